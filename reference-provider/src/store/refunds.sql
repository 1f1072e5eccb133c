-- The refunds of invoices, by the gateway's id. units are the gateway's, NULL where it did not say and the whole rest is meant. is_ours
-- is 1 for the one that was asked for when the booking was cancelled. received_units are what was paid of an invoice in part.
CREATE TABLE refund (
    refund_id  TEXT PRIMARY KEY,
    invoice_id TEXT NOT NULL,
    units      INTEGER CHECK (units >= 0),
    state      TEXT NOT NULL CHECK (state IN ('pending', 'refunded', 'denied')),
    is_ours    INTEGER NOT NULL CHECK (is_ours IN (0, 1))
) STRICT;
CREATE INDEX refund_by_invoice ON refund (invoice_id);
ALTER TABLE invoice ADD COLUMN received_units INTEGER;
