-- What went out about bookings, one row for each change of a booking.
CREATE TABLE effect (
    seq        INTEGER PRIMARY KEY,
    tenant     TEXT NOT NULL,
    booking_id TEXT NOT NULL,
    kind       TEXT NOT NULL,
    recipient  TEXT NOT NULL,
    at_ms      INTEGER NOT NULL
) STRICT;

CREATE INDEX effect_by_booking ON effect (tenant, booking_id);
