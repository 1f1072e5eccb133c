-- One row a person at a tenant; key is the address as it is compared.
CREATE TABLE customer (
    seq        INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE DEFAULT ('cu_' || lower(hex(randomblob(16)))),
    tenant     TEXT NOT NULL,
    key        TEXT NOT NULL,
    name       TEXT NOT NULL,
    email      TEXT NOT NULL,
    phone      TEXT,
    created_ms INTEGER NOT NULL,
    UNIQUE (tenant, key)
) STRICT;

CREATE INDEX customer_by_making ON customer (tenant, created_ms);

-- Tags are kept as they are compared: trimmed, in lower case.
CREATE TABLE customer_tag (
    customer INTEGER NOT NULL REFERENCES customer (seq),
    tag      TEXT NOT NULL,
    at_ms    INTEGER NOT NULL,
    PRIMARY KEY (customer, tag)
) STRICT, WITHOUT ROWID;

-- Keys were in the lower case of all scripts; only ASCII letters are equal in either case.
UPDATE booking SET customer_key = lower(trim(customer_email)) WHERE customer_key <> lower(trim(customer_email));

-- Whoever has booked before is a customer: as in their first booking, with the first phone that any of them gave.
INSERT INTO customer (tenant, key, name, email, phone, created_ms)
SELECT tenant, customer_key, customer_name, trim(customer_email),
    (SELECT trim(given.customer_phone) FROM booking AS given
     WHERE given.tenant = booking.tenant AND given.customer_key = booking.customer_key AND trim(given.customer_phone) <> ''
     ORDER BY given.seq LIMIT 1),
    created_ms
FROM booking
WHERE seq IN (SELECT min(seq) FROM booking GROUP BY tenant, customer_key)
ORDER BY seq;
