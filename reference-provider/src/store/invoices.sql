-- One invoice a booking. Amounts are decimals as text. count is the place among the invoices of a tenant, from 1. That an invoice is
-- overdue is not kept: it follows from due_ms. payment_id and refund_id are the gateway's; failure is what it last refused.
CREATE TABLE invoice (
    seq          INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    tenant       TEXT NOT NULL,
    count        INTEGER NOT NULL CHECK (count > 0),
    number       TEXT NOT NULL,
    booking_id   TEXT NOT NULL UNIQUE,
    token        TEXT NOT NULL UNIQUE,
    amount       TEXT NOT NULL,
    currency     TEXT NOT NULL,
    status       TEXT NOT NULL CHECK (status IN ('draft', 'issued', 'paid', 'cancelled')),
    issued_ms    INTEGER NOT NULL,
    due_ms       INTEGER NOT NULL CHECK (due_ms >= issued_ms),
    paid_ms      INTEGER,
    payment_id   TEXT UNIQUE,
    refund       TEXT CHECK (refund IN ('pending', 'refunded', 'denied')),
    refund_id    TEXT,
    failure      TEXT,
    UNIQUE (tenant, count),
    UNIQUE (tenant, number)
) STRICT;
