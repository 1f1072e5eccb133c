//! The refunds of an invoice. It owns what they come to: the amounts and the ids decide, and no state is followed by an older one.

use rusqlite::{Connection, OptionalExtension, named_params};

use super::invoices::{Invoice, Refund, set_refund};

/// A fact about one refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// The gateway's id of it.
    pub(crate) id: String,
    /// The amount in the gateway's units; None for all that is left.
    pub(crate) units: Option<u64>,
    pub(crate) state: Refund,
    /// It is the one that was asked for when the booking was cancelled.
    pub(crate) is_ours: bool,
}

/// Takes in what was told of a refund. `owed` is what the invoice costs, in the gateway's units. A refund that has failed stays so, and
/// one that succeeded can only fail.
pub(crate) fn note(db: &Connection, invoice: &Invoice, owed: u64, told: &Told) -> rusqlite::Result<()> {
    let units = told.units.map(|units| i64::try_from(units).unwrap_or(i64::MAX));
    db.prepare_cached(
        "INSERT INTO refund (refund_id, invoice_id, units, state, is_ours)
         VALUES (:id, :invoice, :units, :state, :ours)
         ON CONFLICT (refund_id) DO UPDATE SET
             units = coalesce(excluded.units, units),
             is_ours = max(is_ours, excluded.is_ours),
             state = CASE
                 WHEN state = 'denied' OR excluded.state = 'pending' THEN state
                 ELSE excluded.state
             END",
    )?
    .execute(named_params! {
        ":id": told.id, ":invoice": invoice.id, ":units": units, ":state": told.state.name(), ":ours": told.is_ours,
    })?;
    settle(db, invoice, owed)
}

/// Notes that the whole of what was charged was given back, whoever did it.
pub(crate) fn note_all(db: &Connection, invoice: &Invoice) -> rusqlite::Result<()> {
    let failed = count(db, invoice, "state = 'denied'")?;
    // The refund that failed is told of as given back by events that were written before.
    match failed {
        0 => set_refund(db, &invoice.id, Refund::Refunded),
        _ => Ok(()),
    }
}

/// Sets how far the refund of an invoice is, by all that is known.
fn settle(db: &Connection, invoice: &Invoice, owed: u64) -> rusqlite::Result<()> {
    let received = invoice.received_units.unwrap_or(owed);
    let given: u64 = db
        .prepare_cached(
            "SELECT coalesce(sum(coalesce(units, :all)), 0) FROM refund
             WHERE invoice_id = :invoice AND state = 'refunded'",
        )?
        .query_row(
            named_params! { ":invoice": invoice.id, ":all": i64::try_from(received).unwrap_or(i64::MAX) },
            |row| row.get::<_, i64>(0),
        )
        .map(|sum| u64::try_from(sum).unwrap_or(0))?;
    if given >= received {
        return set_refund(db, &invoice.id, Refund::Refunded);
    }
    // As long as the booking stands, nothing is owed back: a part that was given is somebody's kindness.
    if invoice.refund.is_none() {
        return Ok(());
    }
    let ours: Option<String> = db
        .prepare_cached(
            "SELECT state FROM refund WHERE invoice_id = ?1 AND is_ours ORDER BY state = 'denied' DESC LIMIT 1",
        )?
        .query_row([&invoice.id], |row| row.get(0))
        .optional()?;
    let state = match ours.as_deref() {
        Some("denied") => Refund::Denied,
        _ => Refund::Pending,
    };
    set_refund(db, &invoice.id, state)
}

fn count(db: &Connection, invoice: &Invoice, which: &str) -> rusqlite::Result<i64> {
    db.prepare_cached(&format!(
        "SELECT count(*) FROM refund WHERE invoice_id = ?1 AND {which}"
    ))?
    .query_row([&invoice.id], |row| row.get(0))
}
