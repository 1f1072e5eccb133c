//! What is known of the money of invoices: payments, refunds, and that all of a payment has gone back. It owns how facts about one thing
//! become one: whatever the order in which they are told, and however often, the same is kept.

use rusqlite::{Connection, Row, ToSql, named_params};

use super::invoices::{Invoice, Refund};

/// Money that came in for an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payment {
    /// The gateway's id of it; that of the invoice where nobody takes the money.
    pub(crate) id: String,
    /// The amount in the gateway's units; None for the whole amount of the invoice.
    pub(crate) units: Option<u64>,
    /// ISO 4217, in any case of letters.
    pub(crate) currency: String,
}

/// A fact about one refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// The gateway's id of it.
    pub(crate) id: String,
    /// The id of the payment of which it gives something back.
    pub(crate) payment: String,
    /// The amount in the gateway's units; None for all that is left.
    pub(crate) units: Option<u64>,
    /// ISO 4217, in any case of letters; None where the gateway did not say.
    pub(crate) currency: Option<String>,
    pub(crate) state: Refund,
    /// It is one that was asked for when the booking was cancelled.
    pub(crate) is_ours: bool,
}

/// All that is known of the money of one invoice.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    pub(crate) payments: Vec<Payment>,
    pub(crate) refunds: Vec<Told>,
    /// The ids of the payments of which all has gone back, whoever did it.
    pub(crate) given_back: Vec<String>,
}

/// Notes that money came in for an invoice.
pub(crate) fn note_payment(db: &Connection, invoice_id: &str, payment: &Payment) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO payment (payment_id, invoice_id, units, currency) VALUES (:id, :invoice, :units, upper(:currency))
         ON CONFLICT (payment_id, currency) DO UPDATE SET units = max(units, excluded.units)",
    )?
    .execute(named_params! {
        ":id": payment.id, ":invoice": invoice_id, ":units": kept(payment.units), ":currency": payment.currency,
    })?;
    Ok(())
}

/// Notes what was told of a refund. One that has failed stays so, and one that succeeded can only fail.
pub(crate) fn note_refund(db: &Connection, told: &Told) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO refund (refund_id, payment_id, units, currency, state, is_ours)
         VALUES (:id, :payment, :units, :currency, :state, :ours)
         ON CONFLICT (refund_id) DO UPDATE SET
             units = coalesce(max(units, excluded.units), units, excluded.units),
             currency = coalesce(currency, excluded.currency),
             is_ours = max(is_ours, excluded.is_ours),
             state = CASE
                 WHEN 'denied' IN (state, excluded.state) THEN 'denied'
                 WHEN 'refunded' IN (state, excluded.state) THEN 'refunded'
                 ELSE 'pending'
             END",
    )?
    .execute(named_params! {
        ":id": told.id, ":payment": told.payment, ":units": kept(told.units), ":currency": told.currency,
        ":state": told.state.name(), ":ours": told.is_ours,
    })?;
    Ok(())
}

/// Notes that all of a payment has gone back, whoever did it.
pub(crate) fn note_given_back(db: &Connection, payment_id: &str) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT OR IGNORE INTO given_back (payment_id) VALUES (?1)")?
        .execute([payment_id])?;
    Ok(())
}

/// All that is known of the money of an invoice.
pub(crate) fn of_invoice(db: &Connection, invoice: &Invoice) -> rusqlite::Result<Facts> {
    /// The payments of an invoice, and the one that was made for it, which may be told of later.
    const THEIRS: &str =
        "payment_id = ?2 OR payment_id IN (SELECT payment_id FROM payment WHERE invoice_id = ?1)";
    let made_for_it = invoice.payment_id.as_deref().unwrap_or_default();
    let keys: [&dyn ToSql; 2] = [&invoice.id, &made_for_it];
    Ok(Facts {
        payments: db
            .prepare_cached(
                "SELECT payment_id, units, currency FROM payment WHERE invoice_id = ?1 ORDER BY payment_id, currency",
            )?
            .query_map([&invoice.id], |row| {
                Ok(Payment {
                    id: row.get(0)?,
                    units: units(row, 1)?,
                    currency: row.get(2)?,
                })
            })?
            .collect::<Result<_, _>>()?,
        refunds: db
            .prepare_cached(&format!(
                "SELECT refund_id, payment_id, units, currency, state, is_ours FROM refund WHERE {THEIRS}
                 ORDER BY refund_id"
            ))?
            .query_map(keys.as_slice(), |row| {
                Ok(Told {
                    id: row.get(0)?,
                    payment: row.get(1)?,
                    units: units(row, 2)?,
                    currency: row.get(3)?,
                    state: Refund::named(&row.get::<_, String>(4)?)?,
                    is_ours: row.get(5)?,
                })
            })?
            .collect::<Result<_, _>>()?,
        given_back: db
            .prepare_cached(&format!("SELECT payment_id FROM given_back WHERE {THEIRS}"))?
            .query_map(keys.as_slice(), |row| row.get(0))?
            .collect::<Result<_, _>>()?,
    })
}

/// The units as they are kept: no more than a row can hold, which is more than anybody pays.
fn kept(units: Option<u64>) -> Option<i64> {
    units.map(|units| i64::try_from(units).unwrap_or(i64::MAX))
}

fn units(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<u64>> {
    let units: Option<i64> = row.get(at)?;
    Ok(units.and_then(|units| u64::try_from(units).ok()))
}
