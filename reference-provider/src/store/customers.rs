//! Customers: one row a person at a tenant, kept in the transaction of a booking. What they have booked is read from the
//! bookings and stored nowhere else.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::booking::instant;
use super::bookings::{bind_used, names};
use crate::calendar::Slot;
use crate::lifecycle::Status;
use crate::policy::{Scope, Search, SortOrder};

const COLUMNS: &str = "seq, id, tenant, key, name, email, phone, created_ms";

/// The bookings of a customer: those whose address is the key in lower case.
const THEIR_BOOKINGS: &str = "FROM booking WHERE tenant = :tenant AND customer_key = lower(:key)";

/// A customer as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Customer {
    /// The place in the order of making.
    pub(crate) seq: i64,
    pub(crate) id: String,
    pub(crate) tenant: String,
    key: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) phone: Option<String>,
    pub(crate) created: DateTime<Utc>,
}

/// The contact details of a customer.
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

/// The number of a customer's bookings, and the starts of the first and the last of them.
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

/// The bookings of a customer that are returned one by one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HistoryQuery {
    pub(crate) limit: u32,
    pub(crate) statuses: &'static [Status],
    pub(crate) order: SortOrder,
}

/// The customers that are listed.
#[derive(Debug, Clone)]
pub(crate) struct Listing {
    pub(crate) tenant: String,
    pub(crate) scope: Scope,
    pub(crate) tag: Option<String>,
    /// The text that a name or an address has.
    pub(crate) text: Option<String>,
    pub(crate) search: Search,
    pub(crate) limit: u32,
    /// Only what follows this instant of making, in milliseconds, and this place in the order of making.
    pub(crate) after: Option<(i64, i64)>,
    pub(crate) order: SortOrder,
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

/// The customer of a tenant with this key.
pub(crate) fn find(db: &Connection, tenant: &str, key: &str) -> rusqlite::Result<Option<Customer>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM customer WHERE tenant = :tenant AND key = :key"
    ))?
    .query_row(named_params! { ":tenant": tenant, ":key": key }, customer)
    .optional()
}

/// The number of bookings in these statuses, and the starts of the first and the last of them.
pub(crate) fn tally(db: &Connection, of: &Customer, statuses: &[Status]) -> rusqlite::Result<Tally> {
    db.prepare_cached(&format!(
        "SELECT count(*), min(start_ms), max(start_ms) {THEIR_BOOKINGS}
             AND instr(:statuses, ' ' || status || ' ') > 0"
    ))?
    .query_row(
        named_params! { ":tenant": of.tenant, ":key": of.key, ":statuses": names(statuses) },
        |row| {
            Ok(Tally {
                count: row.get(0)?,
                first: moment(row, 1)?,
                last: moment(row, 2)?,
            })
        },
    )
}

/// The bookings of a customer in order of their starts; equal starts are in the order of making.
pub(crate) fn history(
    db: &Connection,
    of: &Customer,
    query: HistoryQuery,
) -> rusqlite::Result<Vec<PastBooking>> {
    let order = match query.order {
        SortOrder::EarliestFirst => "ASC",
        SortOrder::LatestFirst => "DESC",
    };
    db.prepare_cached(&format!(
        "SELECT id, service_id, service_name, start_ms, end_ms, status {THEIR_BOOKINGS}
             AND instr(:statuses, ' ' || status || ' ') > 0
         ORDER BY start_ms {order}, seq {order} LIMIT :limit"
    ))?
    .query_map(
        named_params! {
            ":tenant": of.tenant, ":key": of.key, ":statuses": names(query.statuses), ":limit": query.limit,
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

/// The customers of a tenant in the order of making.
pub(crate) fn list(db: &Connection, query: &Listing) -> rusqlite::Result<Vec<Customer>> {
    let theirs = match query.scope {
        Scope::OwnTenant => "tenant = :tenant",
        Scope::AllTenants => "TRUE",
    };
    let found = match query.search {
        Search::Anywhere => "instr(lower(name), lower(:text)) > 0 OR instr(lower(email), lower(:text)) > 0",
        Search::Beginning => "instr(lower(name), lower(:text)) = 1 OR instr(lower(email), lower(:text)) = 1",
    };
    let (after, order) = match query.order {
        SortOrder::EarliestFirst => (">", "ASC"),
        SortOrder::LatestFirst => ("<", "DESC"),
    };
    let mut listed = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM customer
         WHERE {theirs}
           AND (:after_ms IS NULL OR (created_ms, seq) {after} (:after_ms, :after_seq))
           AND (:text IS NULL OR {found})
           AND (:tag IS NULL OR EXISTS (SELECT 1 FROM customer_tag WHERE customer = seq AND tag = :tag))
         ORDER BY created_ms {order}, seq {order} LIMIT :limit"
    ))?;
    bind_used(
        &mut listed,
        named_params! {
            ":tenant": query.tenant, ":text": query.text, ":tag": query.tag, ":limit": query.limit,
            ":after_ms": query.after.map(|(made_ms, _)| made_ms), ":after_seq": query.after.map(|(_, seq)| seq),
        },
    )?;
    listed.raw_query().mapped(customer).collect()
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
