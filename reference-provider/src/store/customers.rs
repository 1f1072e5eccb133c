//! Customers: one row a person at a tenant, kept in the transaction of a booking. What they have booked is read from the
//! bookings and stored nowhere else. Switches that only a fault uses are fields that are off by default.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::bookings::{instant, only};
use crate::calendar::Slot;

const COLUMNS: &str = "seq, id, tenant, key, name, email, phone, created_ms";

/// The bookings of a customer. A key is in lower case, unless a fault keeps it as it was written.
const THEIR_BOOKINGS: &str = "FROM booking WHERE tenant = :tenant AND customer_key = lower(:key)";

/// A customer as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Customer {
    /// The place in the order of making.
    pub(crate) seq: i64,
    pub(crate) id: String,
    tenant: String,
    key: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) phone: Option<String>,
    pub(crate) created: DateTime<Utc>,
}

/// Who has booked.
#[derive(Debug, Clone)]
pub(crate) struct Contact {
    pub(crate) tenant: String,
    /// The address as it is compared.
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) phone: Option<String>,
    pub(crate) at: DateTime<Utc>,
}

/// How many bookings a customer has, and when the first and the last of them start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tally {
    pub(crate) count: i64,
    pub(crate) first: Option<DateTime<Utc>>,
    pub(crate) last: Option<DateTime<Utc>>,
}

/// A booking in the history of a customer.
#[derive(Debug, Clone)]
pub(crate) struct PastBooking {
    pub(crate) id: String,
    pub(crate) service_id: String,
    pub(crate) service_name: String,
    pub(crate) slot: Slot,
    pub(crate) status: String,
}

/// Which bookings of a customer are returned one by one.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct HistoryQuery {
    pub(crate) limit: u32,
    pub(crate) without_cancelled: bool,
    pub(crate) oldest_first: bool,
}

/// Which customers are listed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listing {
    pub(crate) tenant: String,
    pub(crate) tag: Option<String>,
    /// What a name or an address contains.
    pub(crate) text: Option<String>,
    pub(crate) limit: u32,
    /// Only what follows this instant of making, in milliseconds, and this place in the order of making.
    pub(crate) after: Option<(i64, i64)>,
    pub(crate) any_tenant: bool,
    pub(crate) beginnings_only: bool,
    pub(crate) last_again: bool,
    pub(crate) without_next: bool,
    pub(crate) oldest_first: bool,
}

/// Keeps whoever has booked. One who is known stays as they are, but for a phone that was missing.
pub(crate) fn keep(db: &Connection, contact: &Contact) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO customer (tenant, key, name, email, phone, created_ms)
         VALUES (:tenant, :key, :name, :email, :phone, :at)
         ON CONFLICT (tenant, key) DO UPDATE SET phone = excluded.phone
         WHERE phone IS NULL AND excluded.phone IS NOT NULL",
    )?
    .execute(named_params! {
        ":tenant": contact.tenant, ":key": contact.key, ":name": contact.name, ":email": contact.email,
        ":phone": contact.phone, ":at": contact.at.timestamp_millis(),
    })?;
    Ok(())
}

/// The customer with this key, of this tenant or, if need be, of any.
pub(crate) fn find(
    db: &Connection,
    tenant: &str,
    key: &str,
    any_tenant: bool,
) -> rusqlite::Result<Option<Customer>> {
    let own = only("tenant = :tenant", any_tenant, ":tenant IS NOT NULL");
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM customer WHERE {own} AND key = :key ORDER BY tenant <> :tenant LIMIT 1"
    ))?
    .query_row(named_params! { ":tenant": tenant, ":key": key }, customer)
    .optional()
}

/// How many bookings there are, and when the first and the last of them start.
pub(crate) fn tally(db: &Connection, of: &Customer, standing_only: bool) -> rusqlite::Result<Tally> {
    db.prepare_cached(&format!(
        "SELECT count(*), min(start_ms), max(start_ms) {THEIR_BOOKINGS}
             AND (NOT :standing OR status <> 'cancelled')"
    ))?
    .query_row(
        named_params! { ":tenant": of.tenant, ":key": of.key, ":standing": standing_only },
        |row| {
            Ok(Tally {
                count: row.get(0)?,
                first: moment(row, 1)?,
                last: moment(row, 2)?,
            })
        },
    )
}

/// The bookings of a customer, the latest start first, of equal starts the one that was made last.
pub(crate) fn history(
    db: &Connection,
    of: &Customer,
    query: HistoryQuery,
) -> rusqlite::Result<Vec<PastBooking>> {
    let order = if query.oldest_first { "ASC" } else { "DESC" };
    db.prepare_cached(&format!(
        "SELECT id, service_id, service_name, start_ms, end_ms, status {THEIR_BOOKINGS}
             AND (NOT :standing OR status <> 'cancelled')
         ORDER BY start_ms {order}, seq {order} LIMIT :limit"
    ))?
    .query_map(
        named_params! {
            ":tenant": of.tenant, ":key": of.key, ":standing": query.without_cancelled, ":limit": query.limit,
        },
        |row| {
            Ok(PastBooking {
                id: row.get(0)?,
                service_id: row.get(1)?,
                service_name: row.get(2)?,
                slot: Slot {
                    start: instant(row, 3)?,
                    end: instant(row, 4)?,
                },
                status: row.get(5)?,
            })
        },
    )?
    .collect()
}

/// The customers of a tenant, whoever was kept last first.
pub(crate) fn list(db: &Connection, query: &Listing) -> rusqlite::Result<Vec<Customer>> {
    let own = only("tenant = :tenant", query.any_tenant, ":tenant IS NOT NULL");
    let within = if query.beginnings_only { "= 1" } else { "> 0" };
    let (order, beyond) = match (query.oldest_first, query.last_again) {
        (false, false) => ("DESC", "<"),
        (false, true) => ("DESC", "<="),
        (true, false) => ("ASC", ">"),
        (true, true) => ("ASC", ">="),
    };
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM customer
         WHERE {own}
           AND (:after_ms IS NULL OR (created_ms, seq) {beyond} (:after_ms, :after_seq))
           AND (:text IS NULL OR instr(lower(name), lower(:text)) {within} OR instr(lower(email), lower(:text)) {within})
           AND (:tag IS NULL OR EXISTS (SELECT 1 FROM customer_tag WHERE customer = seq AND tag = :tag))
         ORDER BY created_ms {order}, seq {order} LIMIT :limit OFFSET :skipped"
    ))?
    .query_map(
        named_params! {
            ":tenant": query.tenant, ":text": query.text, ":tag": query.tag, ":limit": query.limit,
            ":after_ms": query.after.map(|(made_ms, _)| made_ms), ":after_seq": query.after.map(|(_, seq)| seq),
            ":skipped": i64::from(query.without_next && query.after.is_some()),
        },
        customer,
    )?
    .collect()
}

/// Gives a customer another name.
pub(crate) fn rename(db: &Connection, tenant: &str, key: &str, name: &str) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE customer SET name = ?3 WHERE tenant = ?1 AND key = ?2")?
        .execute([tenant, key, name])?;
    Ok(())
}

/// Gives a customer another phone.
pub(crate) fn set_phone(
    db: &Connection,
    tenant: &str,
    key: &str,
    phone: Option<&str>,
) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE customer SET phone = ?3 WHERE tenant = ?1 AND key = ?2")?
        .execute((tenant, key, phone))?;
    Ok(())
}

fn customer(row: &Row<'_>) -> rusqlite::Result<Customer> {
    Ok(Customer {
        seq: row.get(0)?,
        id: row.get(1)?,
        tenant: row.get(2)?,
        key: row.get(3)?,
        name: row.get(4)?,
        email: row.get(5)?,
        phone: row.get(6)?,
        created: instant(row, 7)?,
    })
}

fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<DateTime<Utc>>> {
    match row.get::<_, Option<i64>>(column)? {
        Some(_) => instant(row, column).map(Some),
        None => Ok(None),
    }
}
