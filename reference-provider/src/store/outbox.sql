-- Messages about bookings: written in the transaction of the change that they tell of, sent after it. A change is known by its
-- booking, its kind and the occasion (0 where it happens once), so none is told of twice. start_ms and end_ms are the booking's as
-- the message tells them; at_ms is the present of the tenant. next_ms is when a message is next tried, by the provider's clock,
-- and done_ms when it was sent or given up; only what was given up keeps its failure after that.
CREATE TABLE outbox (
    seq        INTEGER PRIMARY KEY,
    tenant     TEXT NOT NULL,
    booking_id TEXT NOT NULL,
    kind       TEXT NOT NULL,
    occasion   INTEGER NOT NULL,
    recipient  TEXT NOT NULL,
    sequence   INTEGER NOT NULL,
    start_ms   INTEGER NOT NULL,
    end_ms     INTEGER NOT NULL,
    at_ms      INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    next_ms    INTEGER NOT NULL DEFAULT 0,
    done_ms    INTEGER,
    failure    TEXT,
    UNIQUE (booking_id, kind, occasion)
) STRICT;

CREATE INDEX outbox_open ON outbox (next_ms) WHERE done_ms IS NULL;

INSERT OR IGNORE INTO outbox (seq, tenant, booking_id, kind, occasion, recipient, sequence, start_ms, end_ms, at_ms, done_ms)
SELECT effect.seq, effect.tenant, booking_id, kind, 0, recipient,
    row_number() OVER (PARTITION BY booking_id ORDER BY effect.seq) - 1, start_ms, end_ms, at_ms, at_ms
FROM effect JOIN booking ON booking.id = booking_id;

DROP TABLE effect;
