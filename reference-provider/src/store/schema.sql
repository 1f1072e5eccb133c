-- Times are milliseconds since 1970 in UTC. customer_key is the address as it is compared.
CREATE TABLE booking (
    seq            INTEGER PRIMARY KEY,
    id             TEXT NOT NULL UNIQUE,
    token          TEXT NOT NULL UNIQUE,
    tenant         TEXT NOT NULL,
    service_id     TEXT NOT NULL,
    service_name   TEXT NOT NULL,
    start_ms       INTEGER NOT NULL,
    end_ms         INTEGER NOT NULL CHECK (end_ms > start_ms),
    customer_name  TEXT NOT NULL,
    customer_email TEXT NOT NULL,
    customer_key   TEXT NOT NULL,
    customer_phone TEXT,
    notes          TEXT,
    agent_vendor   TEXT,
    status         TEXT NOT NULL CHECK (status IN ('confirmed', 'cancelled')),
    created_ms     INTEGER NOT NULL,
    cancelled_ms   INTEGER,
    cancel_reason  TEXT
) STRICT;

CREATE INDEX booking_by_start ON booking (tenant, start_ms);
CREATE INDEX booking_by_customer ON booking (tenant, customer_key, start_ms);
