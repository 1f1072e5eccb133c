//! The bookings of a tenant's whole calendar, a page at a time.

use rusqlite::{Connection, named_params};

use super::booking::Booking;
use super::bookings::{COLUMNS, bind_used, booking, names};
use crate::lifecycle::Status;
use crate::policy::{Scope, SortOrder};

/// The bookings of a calendar that are listed.
#[derive(Debug, Clone)]
pub(crate) struct CalendarQuery {
    pub(crate) tenant: String,
    pub(crate) statuses: Vec<Status>,
    /// Only bookings that start at this time or later.
    pub(crate) from_ms: i64,
    /// Only bookings that start before this time.
    pub(crate) to_ms: i64,
    pub(crate) limit: u32,
    /// Only what follows this start and this place in the order of making.
    pub(crate) after: Option<(i64, i64)>,
    pub(crate) scope: Scope,
    pub(crate) order: SortOrder,
}

/// The bookings in their order, each with its place in the order of making.
pub(crate) fn list(db: &Connection, query: &CalendarQuery) -> rusqlite::Result<Vec<(i64, Booking)>> {
    let theirs = match query.scope {
        Scope::OwnTenant => "tenant = :tenant",
        Scope::AllTenants => "TRUE",
    };
    let (after, order) = match query.order {
        SortOrder::EarliestFirst => (">", "ASC"),
        SortOrder::LatestFirst => ("<", "DESC"),
    };
    let mut listed = db.prepare_cached(&format!(
        "SELECT {COLUMNS}, seq FROM booking
         WHERE {theirs} AND start_ms >= :from AND start_ms < :to AND instr(:statuses, ' ' || status || ' ') > 0
           AND (:after_start IS NULL OR (start_ms, seq) {after} (:after_start, :after_seq))
         ORDER BY start_ms {order}, seq {order} LIMIT :limit"
    ))?;
    bind_used(
        &mut listed,
        named_params! {
            ":tenant": query.tenant, ":from": query.from_ms, ":to": query.to_ms, ":statuses": names(&query.statuses),
            ":after_start": query.after.map(|(start, _)| start), ":after_seq": query.after.map(|(_, seq)| seq),
            ":limit": query.limit,
        },
    )?;
    let rows = listed.raw_query();
    rows.mapped(|row| Ok((row.get(10)?, booking(row)?))).collect()
}
