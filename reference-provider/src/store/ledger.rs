//! The bookings of all customers of a tenant.

use rusqlite::{Connection, named_params};

use super::booking::Booking;
use super::bookings::{COLUMNS, booking};
use crate::lifecycle::Status;

/// The bookings of a tenant that are listed.
#[derive(Debug, Clone)]
pub(crate) struct LedgerQuery {
    pub(crate) tenant: String,
    /// Only bookings that start at or after this time.
    pub(crate) from_ms: Option<i64>,
    /// Only bookings that start before this time.
    pub(crate) before_ms: Option<i64>,
    pub(crate) status: Option<Status>,
    pub(crate) limit: u32,
}

/// The bookings of a tenant, the latest start first, each with the id of its customer's row, where there is one.
pub(crate) fn of_tenant(
    db: &Connection,
    query: &LedgerQuery,
) -> rusqlite::Result<Vec<(Option<String>, Booking)>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS}, (SELECT customer.id FROM customer
                           WHERE customer.tenant = booking.tenant AND customer.key = booking.customer_key)
         FROM booking
         WHERE tenant = :tenant AND (:from IS NULL OR start_ms >= :from) AND (:before IS NULL OR start_ms < :before)
           AND (:status IS NULL OR status = :status)
         ORDER BY start_ms DESC, seq DESC LIMIT :limit"
    ))?
    .query_map(
        named_params! {
            ":tenant": query.tenant, ":from": query.from_ms, ":before": query.before_ms,
            ":status": query.status.map(Status::name), ":limit": query.limit,
        },
        |row| Ok((row.get(10)?, booking(row)?)),
    )?
    .collect()
}
