//! The bookings of a tenant's whole calendar, a page at a time. Switches that only a fault uses are fields that are off by default.

use rusqlite::{Connection, named_params};

use super::bookings::{Booking, COLUMNS, booking, names};
use crate::lifecycle::Status;

/// Which bookings of a calendar are listed.
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
    pub(crate) any_tenant: bool,
    pub(crate) latest_first: bool,
    /// A page begins with the booking that ended the one before.
    pub(crate) last_again: bool,
    /// A page leaves out the booking with which it should begin.
    pub(crate) without_next: bool,
}

/// The bookings, the earliest start first, each with its place in the order of making.
pub(crate) fn list(db: &Connection, query: &CalendarQuery) -> rusqlite::Result<Vec<(i64, Booking)>> {
    // An OR on the tenant would keep SQLite from using the index.
    let tenant = match query.any_tenant {
        true => ":tenant IS NOT NULL",
        false => "tenant = :tenant",
    };
    let (after, order) = match (query.latest_first, query.last_again) {
        (true, _) => ("<", "DESC"),
        (false, true) => (">=", "ASC"),
        (false, false) => (">", "ASC"),
    };
    db.prepare_cached(&format!(
        "SELECT {COLUMNS}, seq FROM booking
         WHERE {tenant} AND start_ms >= :from AND start_ms < :to AND instr(:statuses, ' ' || status || ' ') > 0
           AND (:after_start IS NULL OR (start_ms, seq) {after} (:after_start, :after_seq))
         ORDER BY start_ms {order}, seq {order} LIMIT :limit OFFSET :skipped"
    ))?
    .query_map(
        named_params! {
            ":tenant": query.tenant, ":from": query.from_ms, ":to": query.to_ms, ":statuses": names(&query.statuses),
            ":after_start": query.after.map(|(start, _)| start), ":after_seq": query.after.map(|(_, seq)| seq),
            ":limit": query.limit, ":skipped": i64::from(query.without_next && query.after.is_some()),
        },
        |row| Ok((row.get(10)?, booking(row)?)),
    )?
    .collect()
}
