//! A booking as the store keeps it.

use chrono::{DateTime, Utc};
use rusqlite::Row;

use crate::calendar::Slot;
use crate::lifecycle::Status;

/// A booking as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Booking {
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) tenant: String,
    pub(crate) service_id: String,
    pub(crate) service_name: String,
    pub(crate) slot: Slot,
    pub(crate) customer_name: String,
    pub(crate) customer_email: String,
    pub(crate) status: Status,
}

impl Booking {
    /// The page that shows the booking and cancels it, on a host.
    pub(crate) fn cancellation_url(&self, base_url: &str) -> String {
        format!("{base_url}/p/{}/bookings/{}/cancel", self.tenant, self.token)
    }
}

pub(super) fn instant(row: &Row<'_>, column: usize) -> rusqlite::Result<DateTime<Utc>> {
    let milliseconds = row.get(column)?;
    DateTime::from_timestamp_millis(milliseconds)
        .ok_or(rusqlite::Error::IntegralValueOutOfRange(column, milliseconds))
}
