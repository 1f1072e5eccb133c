//! The delivery of messages from the outbox: a sender claims a few, tries, and records the results. A claim counts as an attempt and
//! delays the next one, so a message whose sender died is tried again, and two senders on one file do not send the same message at
//! one time.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, named_params};

use super::booking::Booking;
use super::bookings;
use super::outbox::{COLUMNS, Message, message};

/// The time between the first attempt and the second; each further one waits twice as long as the one before.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(15);

/// Attempts do not move further apart than after so many.
const DOUBLINGS: u32 = 8;

/// A message that waits. Messages about one booking go out in their order, so one behind another does not wait yet.
const WAITS: &str = "done_ms IS NULL AND NOT EXISTS (SELECT 1 FROM outbox AS earlier
    WHERE earlier.booking_id = outbox.booking_id AND earlier.seq < outbox.seq AND earlier.done_ms IS NULL)";

/// The result of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Attempt {
    Sent,
    /// It is tried again when its time comes; why it failed.
    Failed(String),
    /// It is never tried again, and why.
    GivenUp(String),
}

/// Takes messages that are to be sent now, each with its booking as it stands, if there still is one.
pub(crate) fn claim(
    db: &Connection,
    now: DateTime<Utc>,
    most: u32,
) -> rusqlite::Result<Vec<(Message, Option<Booking>)>> {
    let mut claimed = db
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM outbox WHERE {WAITS} AND next_ms <= :now ORDER BY next_ms, seq LIMIT :most"
        ))?
        .query_map(
            named_params! { ":now": now.timestamp_millis(), ":most": most },
            message,
        )?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let mut update =
        db.prepare_cached("UPDATE outbox SET attempts = attempts + 1, next_ms = :next WHERE seq = :seq")?;
    for message in &mut claimed {
        let wait = FIRST_WAIT * (1 << message.attempts.min(DOUBLINGS));
        update.execute(named_params! { ":next": (now + wait).timestamp_millis(), ":seq": message.seq })?;
        message.attempts += 1;
    }
    claimed
        .into_iter()
        .map(|message| {
            let booking = bookings::find(db, &message.tenant, &message.booking_id)?;
            Ok((message, booking))
        })
        .collect()
}

/// Says what became of messages that were claimed.
pub(crate) fn settle(
    db: &Connection,
    attempts: &[(i64, Attempt)],
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    let mut update =
        db.prepare_cached("UPDATE outbox SET done_ms = :done, failure = :failure WHERE seq = :seq")?;
    for (seq, attempt) in attempts {
        let (done, failure) = match attempt {
            Attempt::Sent => (true, None),
            Attempt::Failed(why) => (false, Some(why)),
            Attempt::GivenUp(why) => (true, Some(why)),
        };
        let done = done.then(|| now.timestamp_millis());
        update.execute(named_params! { ":seq": seq, ":done": done, ":failure": failure })?;
    }
    Ok(())
}

/// The time at which the next message is to be tried, by the provider's clock. It may have passed long ago.
pub(crate) fn next_attempt(db: &Connection) -> rusqlite::Result<Option<DateTime<Utc>>> {
    let next: Option<i64> = db
        .prepare_cached(&format!(
            "SELECT next_ms FROM outbox WHERE {WAITS} ORDER BY next_ms LIMIT 1"
        ))?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(next.and_then(DateTime::from_timestamp_millis))
}
