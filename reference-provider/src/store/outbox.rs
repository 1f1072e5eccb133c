//! Messages about bookings: what is to be told to whom. A row is written in the transaction of the change that it tells of, so that
//! neither exists without the other, and a change that is known already adds none. How a row leaves the house stands in
//! `delivery`.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, Row, named_params};

use super::booking::{Booking, instant};
use super::bookings;
use crate::calendar::Slot;
use crate::lifecycle::Status;

pub(super) const COLUMNS: &str =
    "seq, tenant, booking_id, kind, occasion, recipient, sequence, start_ms, end_ms, at_ms, attempts";

/// The kinds of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MessageKind {
    Confirmed,
    /// It has another time.
    Rescheduled,
    Cancelled,
    /// The booking is about to begin.
    Reminder,
}

impl MessageKind {
    const ALL: [Self; 4] = [
        Self::Confirmed,
        Self::Rescheduled,
        Self::Cancelled,
        Self::Reminder,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "booking_confirmed",
            Self::Rescheduled => "booking_rescheduled",
            Self::Cancelled => "booking_cancelled",
            Self::Reminder => "booking_reminder",
        }
    }
}

/// A message as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// Its place in the order in which messages went out.
    pub(crate) seq: i64,
    pub(crate) tenant: String,
    pub(crate) booking_id: String,
    pub(crate) kind: MessageKind,
    /// Its number among those of its kind about its booking.
    pub(crate) occasion: i64,
    /// The address as the customer gave it.
    pub(crate) recipient: String,
    /// The number of earlier messages about changes of the booking: `SEQUENCE` of iCalendar (RFC 5545).
    pub(crate) sequence: u32,
    /// The booking's time as the message tells it.
    pub(crate) slot: Slot,
    /// The present of the tenant when it went out.
    pub(crate) at: DateTime<Utc>,
    /// The number of attempts to send it.
    pub(crate) attempts: u32,
}

impl Message {
    /// The key that no other message has, and that stays when it is sent again. Its characters may stand in an address.
    pub(crate) fn key(&self) -> String {
        let Self {
            booking_id,
            kind,
            occasion,
            ..
        } = self;
        format!("{booking_id}.{}.{occasion}", kind.name())
    }
}

/// Tells the customer of a booking what became of it, once and for all.
pub(crate) fn insert(
    db: &Connection,
    kind: MessageKind,
    booking: &Booking,
    at: DateTime<Utc>,
) -> rusqlite::Result<()> {
    insert_occasion(db, kind, 0, booking, at)
}

/// As [`insert`], however often the customer was told before: each move of a booking is news.
pub(crate) fn insert_again(
    db: &Connection,
    kind: MessageKind,
    booking: &Booking,
    at: DateTime<Utc>,
) -> rusqlite::Result<()> {
    let told: i64 = db
        .prepare_cached(
            "SELECT coalesce(max(occasion) + 1, 0) FROM outbox WHERE booking_id = ?1 AND kind = ?2",
        )?
        .query_row([&booking.id, kind.name()], |row| row.get(0))?;
    insert_occasion(db, kind, told, booking, at)
}

fn insert_occasion(
    db: &Connection,
    kind: MessageKind,
    occasion: i64,
    booking: &Booking,
    at: DateTime<Utc>,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO outbox (tenant, booking_id, kind, occasion, recipient, sequence, start_ms, end_ms, at_ms)
         VALUES (:tenant, :booking, :kind, :occasion, :recipient,
             (SELECT count(*) FROM outbox WHERE booking_id = :booking AND kind <> 'booking_reminder'),
             :start, :end, :at)
         ON CONFLICT (booking_id, kind, occasion) DO NOTHING",
    )?
    .execute(named_params! {
        ":tenant": booking.tenant, ":booking": booking.id, ":kind": kind.name(), ":occasion": occasion,
        ":recipient": booking.customer_email, ":start": booking.slot.start.timestamp_millis(),
        ":end": booking.slot.end.timestamp_millis(), ":at": at.timestamp_millis(),
    })?;
    Ok(())
}

/// The bookings of which a tenant reminds its customers.
#[derive(Debug, Clone)]
pub(crate) struct Reminding {
    pub(crate) tenant: String,
    pub(crate) now: DateTime<Utc>,
    /// The time before the start.
    pub(crate) ahead: TimeDelta,
    /// The statuses of bookings that are reminded of.
    pub(crate) statuses: &'static [Status],
    /// The number of reminders for each start.
    pub(crate) copies: u32,
}

/// The condition on which a reminder is due: the booking has the status, comes within `ahead`, and was made before that. Who has been told
/// something within that time, the reminder itself included, is told nothing more.
const IS_DUE: &str = "tenant = :tenant AND start_ms > :now AND start_ms <= :now + :ahead
    AND created_ms < start_ms - :ahead
    AND instr(:statuses, ' ' || status || ' ') > 0
    AND NOT EXISTS (SELECT 1 FROM outbox WHERE booking_id = booking.id AND outbox.at_ms >= booking.start_ms - :ahead)";

/// The bookings that a tenant has to remind of now.
pub(crate) fn due_for_reminder(db: &Connection, reminding: &Reminding) -> rusqlite::Result<Vec<Booking>> {
    bookings::find_all(
        db,
        IS_DUE,
        named_params! {
            ":tenant": reminding.tenant, ":now": reminding.now.timestamp_millis(),
            ":ahead": reminding.ahead.num_milliseconds(), ":statuses": bookings::names(reminding.statuses),
        },
    )
}

/// Reminds everybody who is to be reminded now, each once for each start.
pub(crate) fn remind(db: &Connection, reminding: &Reminding) -> rusqlite::Result<()> {
    for booking in due_for_reminder(db, reminding)? {
        let start = booking.slot.start.timestamp_millis();
        insert_occasion(db, MessageKind::Reminder, start, &booking, reminding.now)?;
        for _ in 1..reminding.copies {
            insert_again(db, MessageKind::Reminder, &booking, reminding.now)?;
        }
    }
    Ok(())
}

/// The messages of a tenant, or about one of its bookings, in order: the last `limit` of them.
pub(crate) fn list(
    db: &Connection,
    tenant: &str,
    booking_id: Option<&str>,
    limit: u32,
) -> rusqlite::Result<Vec<Message>> {
    // An `OR` on the booking would keep SQLite from using the index.
    let booking = match booking_id {
        Some(_) => "booking_id = :booking",
        None => ":booking IS NULL",
    };
    let mut messages = db
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM outbox WHERE tenant = :tenant AND {booking} ORDER BY seq DESC LIMIT :limit"
        ))?
        .query_map(
            named_params! { ":tenant": tenant, ":booking": booking_id, ":limit": limit },
            message,
        )?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    messages.reverse();
    Ok(messages)
}

pub(super) fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    let name: String = row.get(3)?;
    let kind = MessageKind::ALL.into_iter().find(|kind| kind.name() == name);
    Ok(Message {
        seq: row.get(0)?,
        tenant: row.get(1)?,
        booking_id: row.get(2)?,
        // Whoever writes the table has no other.
        kind: kind.ok_or(rusqlite::Error::InvalidQuery)?,
        occasion: row.get(4)?,
        recipient: row.get(5)?,
        sequence: row.get(6)?,
        slot: Slot {
            start: instant(row, 7)?,
            end: instant(row, 8)?,
        },
        at: instant(row, 9)?,
        attempts: row.get(10)?,
    })
}
