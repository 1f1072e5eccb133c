//! The queries about invoices: their records, each with what its booking says. What an invoice comes to is worked out from what is known
//! of its money, in `billing`.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, named_params};

use super::booking::instant;
use crate::lifecycle::Status;

const SELECT: &str =
    "SELECT invoice.id, invoice.tenant, invoice.number, invoice.booking_id, invoice.token, invoice.amount,
     invoice.currency, invoice.status, invoice.issued_ms, invoice.due_ms, invoice.payment_id, invoice.refund,
     booking.service_name, booking.customer_name, booking.customer_email, booking.status
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

/// How far a refund is: one of them, or what is owed back of an invoice.
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

    /// The one of this name. The tables admit no other.
    pub(super) fn named(name: &str) -> rusqlite::Result<Self> {
        let found = Self::ALL.into_iter().find(|known| known.name() == name);
        found.ok_or(rusqlite::Error::InvalidQuery)
    }

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
    /// Its booking is cancelled.
    pub(crate) is_withdrawn: bool,
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
        Key::Payment(id) => (
            "invoice.payment_id = ?1 OR invoice.id IN (SELECT invoice_id FROM payment WHERE payment_id = ?1)",
            vec![id],
        ),
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

/// Sets what an invoice comes to.
pub(crate) fn settle(
    db: &Connection,
    id: &str,
    status: InvoiceStatus,
    refund: Option<Refund>,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE invoice SET status = :status, refund = :refund,
             paid_ms = CASE :status WHEN 'paid' THEN coalesce(paid_ms, :now) ELSE paid_ms END
         WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": id, ":status": status.name(), ":refund": refund.map(Refund::name), ":now": now.timestamp_millis(),
    })?;
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
        refund: refund.as_deref().map(Refund::named).transpose()?,
        service_name: row.get(12)?,
        customer_name: row.get(13)?,
        customer_email: row.get(14)?,
        is_withdrawn: row.get::<_, String>(15)? == Status::Cancelled.name(),
    })
}
