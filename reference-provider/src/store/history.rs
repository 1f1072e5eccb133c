//! The moves of bookings from status to status. A move and its row are written in one transaction, so that the history always
//! ends with the status in which a booking stands.
//!
//! The table in `lifecycle` says which moves there are.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, named_params};

use super::booking::{Booking, instant};
use crate::lifecycle::Status;

/// A move of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Change {
    /// The status before; `None` for the first.
    pub(crate) from: Option<Status>,
    pub(crate) to: Status,
    pub(crate) at: DateTime<Utc>,
}

/// Keeps how a booking began.
pub(super) fn begin(db: &Connection, booking: &Booking, at: DateTime<Utc>) -> rusqlite::Result<()> {
    keep(db, &booking.id, None, booking.status, at, None)
}

/// Moves a booking on if the table of moves allows it. Returns true if it did.
pub(crate) fn advance(
    db: &Connection,
    booking: &Booking,
    to: Status,
    at: DateTime<Utc>,
    reason: Option<&str>,
) -> rusqlite::Result<bool> {
    let legal = booking.status.leads_to(to);
    if legal {
        force(db, booking, to, at, reason)?;
    }
    Ok(legal)
}

/// Moves a booking to a status, whatever the table of moves says.
pub(crate) fn force(
    db: &Connection,
    booking: &Booking,
    to: Status,
    at: DateTime<Utc>,
    reason: Option<&str>,
) -> rusqlite::Result<()> {
    let cancels = to == Status::Cancelled;
    db.prepare_cached(
        "UPDATE booking SET status = :to, cancelled_ms = iif(:cancels, :at, NULL), cancel_reason = iif(:cancels, :reason, NULL)
         WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": booking.id, ":to": to.name(), ":cancels": cancels, ":at": at.timestamp_millis(), ":reason": reason,
    })?;
    keep(db, &booking.id, Some(booking.status), to, at, reason)
}

fn keep(
    db: &Connection,
    booking_id: &str,
    from: Option<Status>,
    to: Status,
    at: DateTime<Utc>,
    reason: Option<&str>,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO status_change (booking_id, from_status, to_status, at_ms, reason)
         VALUES (:booking, :from, :to, :at, :reason)",
    )?
    .execute(named_params! {
        ":booking": booking_id, ":from": from.map(Status::name), ":to": to.name(),
        ":at": at.timestamp_millis(), ":reason": reason,
    })?;
    Ok(())
}

/// The moves of a booking, the first one first.
pub(crate) fn of(db: &Connection, booking_id: &str) -> rusqlite::Result<Vec<Change>> {
    // The table holds names of statuses only.
    let status = |name: &str| Status::named(name).ok_or(rusqlite::Error::InvalidQuery);
    db.prepare_cached(
        "SELECT from_status, to_status, at_ms FROM status_change WHERE booking_id = ?1 ORDER BY seq",
    )?
    .query_map([booking_id], |row| {
        let (from, to) = (row.get::<_, Option<String>>(0)?, row.get::<_, String>(1)?);
        Ok(Change {
            from: from.as_deref().map(status).transpose()?,
            to: status(&to)?,
            at: instant(row, 2)?,
        })
    })?
    .collect()
}
