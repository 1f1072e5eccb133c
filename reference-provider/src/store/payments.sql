-- What is known of the money of invoices, by the gateway's ids. units are the gateway's: NULL stands for the whole amount of an invoice in
-- payment, and for all that is left of its payment in refund. currency is NULL where the gateway did not say. is_ours is 1 for what was
-- asked for when a booking was cancelled. given_back holds the payments of which the gateway said that all has gone back. A refund may be
-- told of before its payment, so nothing here refers to another table.
CREATE TABLE payment (
    payment_id TEXT NOT NULL,
    invoice_id TEXT NOT NULL,
    units      INTEGER CHECK (units >= 0),
    currency   TEXT NOT NULL,
    PRIMARY KEY (payment_id, currency)
) STRICT;
CREATE INDEX payment_by_invoice ON payment (invoice_id);
CREATE TABLE given_back (payment_id TEXT PRIMARY KEY) STRICT;

INSERT INTO payment (payment_id, invoice_id, units, currency)
    SELECT coalesce(payment_id, id), id, received_units, currency FROM invoice
    WHERE status = 'paid' OR paid_ms IS NOT NULL OR received_units IS NOT NULL OR refund IS NOT NULL;

ALTER TABLE refund RENAME TO refund_of_format_5;
DROP INDEX refund_by_invoice;
CREATE TABLE refund (
    refund_id  TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL,
    units      INTEGER CHECK (units >= 0),
    currency   TEXT,
    state      TEXT NOT NULL CHECK (state IN ('pending', 'refunded', 'denied')),
    is_ours    INTEGER NOT NULL CHECK (is_ours IN (0, 1))
) STRICT;
CREATE INDEX refund_by_payment ON refund (payment_id);
INSERT INTO refund (refund_id, payment_id, units, state, is_ours)
    SELECT refund_of_format_5.refund_id, coalesce(invoice.payment_id, invoice.id), units, state, is_ours
    FROM refund_of_format_5 JOIN invoice ON invoice.id = refund_of_format_5.invoice_id;
DROP TABLE refund_of_format_5;
-- What older versions knew without a refund that says so.
INSERT INTO given_back (payment_id)
    SELECT coalesce(payment_id, id) FROM invoice WHERE refund = 'refunded';
INSERT OR IGNORE INTO refund (refund_id, payment_id, state, is_ours)
    SELECT coalesce(payment_id, id) || '-refused', coalesce(payment_id, id), 'denied', 1 FROM invoice
    WHERE refund = 'denied' AND NOT EXISTS (
        SELECT 1 FROM refund
        WHERE refund.payment_id = coalesce(invoice.payment_id, invoice.id) AND state = 'denied' AND is_ours
    );
ALTER TABLE invoice DROP COLUMN received_units;
ALTER TABLE invoice DROP COLUMN refund_id;
