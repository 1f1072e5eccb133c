-- The moves of a booking from status to status, the first from nothing.
CREATE TABLE status_change (
    seq         INTEGER PRIMARY KEY,
    booking_id  TEXT NOT NULL,
    from_status TEXT,
    to_status   TEXT NOT NULL,
    at_ms       INTEGER NOT NULL,
    reason      TEXT
) STRICT;

CREATE INDEX status_change_by_booking ON status_change (booking_id, seq);

-- What the older formats tell of their bookings.
INSERT INTO status_change (booking_id, from_status, to_status, at_ms)
SELECT id, NULL, 'confirmed', created_ms FROM booking ORDER BY seq;

INSERT INTO status_change (booking_id, from_status, to_status, at_ms, reason)
SELECT id, 'confirmed', 'cancelled', coalesce(cancelled_ms, created_ms), cancel_reason FROM booking
WHERE status = 'cancelled' ORDER BY seq;
