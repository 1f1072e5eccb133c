//! The queries about invoices. It owns which status an invoice may take from which: a change returns whether it took place, so that
//! whatever is told twice, late or out of order changes nothing the second time.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, named_params};

use super::booking::instant;

const SELECT: &str =
    "SELECT invoice.id, invoice.tenant, invoice.number, invoice.booking_id, invoice.token, invoice.amount,
     invoice.currency, invoice.status, invoice.issued_ms, invoice.due_ms, invoice.payment_id, invoice.refund,
     booking.service_name, booking.customer_name, booking.customer_email, invoice.received_units, invoice.refund_id
     FROM invoice JOIN booking ON booking.id = invoice.booking_id";

/// The status of an invoice, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InvoiceStatus {
    /// It has its number, and the gateway has not yet taken it on.
    Draft,
    /// It can be paid.
    Issued,
    Paid,
    /// Nothing is owed: its booking was cancelled, and what was paid is given back.
    Cancelled,
}

impl InvoiceStatus {
    const ALL: [Self; 4] = [Self::Draft, Self::Issued, Self::Paid, Self::Cancelled];

    /// Its name on the wire and in the table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Issued => "issued",
            Self::Paid => "paid",
            Self::Cancelled => "cancelled",
        }
    }
}

/// The status of the refund of a paid invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refund {
    /// It is owed, and the gateway has not said that it is done.
    Pending,
    Refunded,
    /// The gateway will not do it.
    Denied,
}

impl Refund {
    const ALL: [Self; 3] = [Self::Pending, Self::Refunded, Self::Denied];

    /// Its name on the wire and in the table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Refunded => "refunded",
            Self::Denied => "denied",
        }
    }
}

/// An invoice as it is kept, with what its booking says of the service and the customer.
#[derive(Debug, Clone)]
pub(crate) struct Invoice {
    pub(crate) id: String,
    pub(crate) tenant: String,
    pub(crate) number: String,
    pub(crate) booking_id: String,
    /// The token that makes the address of its page one that nobody guesses.
    pub(crate) token: String,
    /// A decimal with as many places as the currency has.
    pub(crate) amount: String,
    /// ISO 4217.
    pub(crate) currency: String,
    pub(crate) status: InvoiceStatus,
    pub(crate) issued: DateTime<Utc>,
    pub(crate) due: DateTime<Utc>,
    /// The gateway's id of what settles it.
    pub(crate) payment_id: Option<String>,
    pub(crate) refund: Option<Refund>,
    pub(crate) service_name: String,
    pub(crate) customer_name: String,
    pub(crate) customer_email: String,
    /// What was paid of it in part, in the gateway's units; None where nothing or all was paid.
    pub(crate) received_units: Option<u64>,
    /// The gateway's id of the refund that was asked for.
    pub(crate) refund_id: Option<String>,
}

/// By what an invoice is looked up.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Key<'a> {
    Id(&'a str),
    Booking(&'a str),
    Payment(&'a str),
    /// A tenant's, by the token of its page.
    Token(&'a str, &'a str),
    /// A tenant's, by its number.
    Number(&'a str, &'a str),
}

/// The invoice that is meant.
pub(crate) fn find(db: &Connection, key: Key<'_>) -> rusqlite::Result<Option<Invoice>> {
    let (condition, values): (&str, Vec<&dyn ToSql>) = match &key {
        Key::Id(id) => ("invoice.id = ?1", vec![id]),
        Key::Booking(id) => ("invoice.booking_id = ?1", vec![id]),
        Key::Payment(id) => ("invoice.payment_id = ?1", vec![id]),
        Key::Token(tenant, token) => ("invoice.token = ?2 AND invoice.tenant = ?1", vec![tenant, token]),
        Key::Number(tenant, number) => (
            "invoice.number = ?2 AND invoice.tenant = ?1",
            vec![tenant, number],
        ),
    };
    db.prepare_cached(&format!("{SELECT} WHERE {condition} LIMIT 1"))?
        .query_row(values.as_slice(), invoice)
        .optional()
}

/// The place of the last invoice of a tenant; 0 where it has none.
pub(crate) fn last_count(db: &Connection, tenant: &str) -> rusqlite::Result<i64> {
    db.prepare_cached("SELECT coalesce(max(count), 0) FROM invoice WHERE tenant = ?1")?
        .query_row([tenant], |row| row.get(0))
}

/// Keeps a new invoice, at this place among those of its tenant.
pub(crate) fn insert(db: &Connection, new: &Invoice, count: i64) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO invoice (id, tenant, count, number, booking_id, token, amount, currency, status, issued_ms, due_ms)
         VALUES (:id, :tenant, :count, :number, :booking, :token, :amount, :currency, :status, :issued, :due)",
    )?
    .execute(named_params! {
        ":id": new.id, ":tenant": new.tenant, ":count": count, ":number": new.number, ":booking": new.booking_id,
        ":token": new.token, ":amount": new.amount, ":currency": new.currency, ":status": new.status.name(),
        ":issued": new.issued.timestamp_millis(), ":due": new.due.timestamp_millis(),
    })?;
    Ok(())
}

/// Notes the payment that the gateway has made for an invoice, and issues a draft.
pub(crate) fn issue(db: &Connection, id: &str, payment_id: &str) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE invoice SET payment_id = coalesce(payment_id, ?2), failure = NULL,
             status = CASE status WHEN 'draft' THEN 'issued' ELSE status END
         WHERE id = ?1",
    )?
    .execute([id, payment_id])?;
    Ok(())
}

/// Notes why the gateway did not do what it was asked.
pub(crate) fn fail(db: &Connection, id: &str, failure: &str) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE invoice SET failure = ?2 WHERE id = ?1")?
        .execute([id, failure])?;
    Ok(())
}

/// Marks an invoice as paid. One that was cancelled is paid too, as its money has arrived and has to go back: the caller sees to that.
/// An invoice with a refund stays as it is.
pub(crate) fn pay(
    db: &Connection,
    id: &str,
    payment_id: Option<&str>,
    now: DateTime<Utc>,
) -> rusqlite::Result<bool> {
    let changed = db
        .prepare_cached(
            "UPDATE invoice SET status = 'paid', paid_ms = :now, received_units = NULL,
                 payment_id = coalesce(payment_id, :payment)
             WHERE id = :id AND status <> 'paid' AND refund IS NULL",
        )?
        .execute(named_params! { ":id": id, ":payment": payment_id, ":now": now.timestamp_millis() })?;
    Ok(changed > 0)
}

/// Cancels an invoice that nobody has paid.
pub(crate) fn cancel(db: &Connection, id: &str) -> rusqlite::Result<bool> {
    let changed = db
        .prepare_cached(
            "UPDATE invoice SET status = 'cancelled' WHERE id = ?1 AND status IN ('draft', 'issued')",
        )?
        .execute([id])?;
    Ok(changed > 0)
}

/// Notes what was paid of an invoice in part, the payment, and that it is owed back where the booking is cancelled.
pub(crate) fn pay_part(db: &Connection, id: &str, payment_id: &str, units: u64) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE invoice SET received_units = :units, payment_id = coalesce(payment_id, :payment)
         WHERE id = :id AND status <> 'paid' AND refund IS NULL",
    )?
    .execute(named_params! { ":id": id, ":payment": payment_id, ":units": i64::try_from(units).unwrap_or(i64::MAX) })?;
    Ok(())
}

/// Sets how far the refund of an invoice is.
pub(super) fn set_refund(db: &Connection, id: &str, refund: Refund) -> rusqlite::Result<()> {
    let status = match refund {
        Refund::Refunded => InvoiceStatus::Cancelled,
        Refund::Pending | Refund::Denied => InvoiceStatus::Paid,
    };
    db.prepare_cached("UPDATE invoice SET refund = ?2, status = ?3 WHERE id = ?1")?
        .execute([id, refund.name(), status.name()])?;
    Ok(())
}

/// Notes how far the refund is that was asked for, where the gateway says no more of it.
pub(crate) fn refund(db: &Connection, id: &str, refund: Refund) -> rusqlite::Result<()> {
    set_refund(db, id, refund)
}

/// Keeps the gateway's id of the refund that was asked for.
pub(crate) fn asked_back(db: &Connection, id: &str, refund_id: &str) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE invoice SET refund_id = ?2 WHERE id = ?1")?
        .execute([id, refund_id])?;
    Ok(())
}

fn invoice(row: &Row<'_>) -> rusqlite::Result<Invoice> {
    let status: String = row.get(7)?;
    let refund: Option<String> = row.get(11)?;
    // The table admits no other.
    let unknown = || rusqlite::Error::InvalidQuery;
    Ok(Invoice {
        id: row.get(0)?,
        tenant: row.get(1)?,
        number: row.get(2)?,
        booking_id: row.get(3)?,
        token: row.get(4)?,
        amount: row.get(5)?,
        currency: row.get(6)?,
        status: InvoiceStatus::ALL
            .into_iter()
            .find(|known| known.name() == status)
            .ok_or_else(unknown)?,
        issued: instant(row, 8)?,
        due: instant(row, 9)?,
        payment_id: row.get(10)?,
        refund: refund
            .map(|name| {
                Refund::ALL
                    .into_iter()
                    .find(|known| known.name() == name)
                    .ok_or_else(unknown)
            })
            .transpose()?,
        service_name: row.get(12)?,
        customer_name: row.get(13)?,
        customer_email: row.get(14)?,
        received_units: row
            .get::<_, Option<i64>>(15)?
            .and_then(|units| u64::try_from(units).ok()),
        refund_id: row.get(16)?,
    })
}
