//! What is in the way of a slot. Switches that only a fault uses are fields that are off by default.
//!
//! A calendar may hold millions of bookings, and each that is made asks this: no more is read than what may be in the way.

use chrono::TimeDelta;
use rusqlite::{Connection, named_params};

use super::bookings::{instant, only};
use crate::calendar::{Place, Slot, Taken};
use crate::tenant::limits;

/// No booking is longer, so what still runs at an instant began within this time before it.
const LONGEST_MS: i64 = limits::LONGEST_MINUTES as i64 * 60_000;

/// No buffer is longer, so what blocks an instant starts within this time after it.
const LONGEST_BUFFER_MS: i64 = limits::LONGEST_BUFFER_MINUTES as i64 * 60_000;

/// What blocks more has an index of its own, `booking_long`; nothing else that starts further off than this is in the way of an instant.
const SHORT_MS: i64 = 2 * 3_600_000;

/// What is taken within a stretch of time, as far as it is looked at.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overlap {
    pub(crate) tenant: String,
    /// The stretch: what blocks nothing of it is left out.
    pub(crate) from_ms: i64,
    pub(crate) to_ms: i64,
    pub(crate) cancelled_too: bool,
    /// Pending bookings do not count.
    pub(crate) pending_free: bool,
    /// Only bookings that start at this time.
    pub(crate) equal_start_ms: Option<i64>,
    pub(crate) service_only: Option<String>,
    /// Bookings that had started by then do not count.
    pub(crate) started_before_ms: Option<i64>,
    /// Bookings that were made since then do not count.
    pub(crate) made_before_ms: Option<i64>,
    /// Each booking blocks this much more on either side.
    pub(crate) margin_ms: i64,
    /// The booking of this customer at this start does not count.
    pub(crate) except: Option<(String, i64)>,
    /// The booking that is to move does not stand in its own way.
    pub(crate) except_booking: Option<String>,
}

impl Overlap {
    /// All that is taken within a stretch of time.
    pub(crate) fn within(tenant: &str, stretch: Slot) -> Self {
        Self {
            tenant: tenant.to_owned(),
            from_ms: stretch.start.timestamp_millis(),
            to_ms: stretch.end.timestamp_millis(),
            ..Self::default()
        }
    }
}

/// What is taken within a stretch of time. A booking holds its time while it is pending or confirmed; one that was attended or
/// missed is over.
pub(crate) fn taken(db: &Connection, wish: &Overlap) -> rusqlite::Result<Vec<Taken>> {
    // The index holds all but these three, so a table of millions is touched only where a booking moves or a fault asks.
    let made = only(
        "created_ms < :made",
        wish.made_before_ms.is_none(),
        ":made IS NULL",
    );
    let except = only(
        "(customer_key <> :except OR start_ms <> :except_start)",
        wish.except.is_none(),
        ":except IS NULL AND :except_start IS NULL",
    );
    let others = only(
        "id <> :except_booking",
        wish.except_booking.is_none(),
        ":except_booking IS NULL",
    );
    let taken = format!(
        "blocked_from_ms < :to AND blocked_to_ms > :from
           AND (status = 'confirmed' OR (status = 'pending' AND NOT :pending_free) OR (status = 'cancelled' AND :cancelled_too))
           AND (:equal_start IS NULL OR start_ms = :equal_start)
           AND (:service IS NULL OR service_id = :service)
           AND (:started IS NULL OR start_ms > :started)
           AND {made} AND {except} AND {others}"
    );
    let columns = "service_id, start_ms, blocked_from_ms, blocked_to_ms, staff_id, resource_id";
    let (from_ms, to_ms) = (wish.from_ms - wish.margin_ms, wish.to_ms + wish.margin_ms);
    db.prepare_cached(&format!(
        "SELECT {columns} FROM booking INDEXED BY booking_by_start
         WHERE tenant = :tenant AND start_ms > :near AND start_ms < :near_too AND {taken}
         UNION ALL
         SELECT {columns} FROM booking INDEXED BY booking_long
         WHERE tenant = :tenant AND blocked_to_ms - blocked_from_ms > 7200000
           AND start_ms > :earliest AND start_ms < :latest AND NOT (start_ms > :near AND start_ms < :near_too) AND {taken}"
    ))?
    .query_map(
        named_params! {
            ":tenant": wish.tenant,
            ":near": from_ms - SHORT_MS - 1, ":near_too": to_ms + SHORT_MS + 1,
            ":earliest": from_ms - LONGEST_MS - LONGEST_BUFFER_MS - 1, ":latest": to_ms + LONGEST_BUFFER_MS + 1,
            ":from": from_ms, ":to": to_ms,
            ":cancelled_too": wish.cancelled_too, ":pending_free": wish.pending_free, ":equal_start": wish.equal_start_ms,
            ":service": wish.service_only, ":started": wish.started_before_ms, ":made": wish.made_before_ms,
            ":except": wish.except.as_ref().map(|(customer, _)| customer),
            ":except_start": wish.except.as_ref().map(|(_, start)| start),
            ":except_booking": wish.except_booking,
        },
        |row| {
            let margin = TimeDelta::milliseconds(wish.margin_ms);
            Ok(Taken {
                service_id: row.get(0)?,
                start: instant(row, 1)?,
                blocked: Slot {
                    start: instant(row, 2)? - margin,
                    end: instant(row, 3)? + margin,
                },
                place: Place {
                    staff_id: row.get(4)?,
                    unit: row.get(5)?,
                },
            })
        },
    )?
    .collect()
}

/// Forgets what stands in the way.
pub(crate) fn remove(db: &Connection, wish: &Overlap) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM booking WHERE tenant = :tenant AND start_ms < :end AND end_ms > :start")?
        .execute(named_params! { ":tenant": wish.tenant, ":start": wish.from_ms, ":end": wish.to_ms })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Storage, open};

    const HOUR_MS: i64 = 3_600_000;

    /// The starts, in hours, of what is in the way of the hour that begins at this one, of bookings with these hours of start, end,
    /// and blocked beginning and end.
    fn in_the_way(bookings: &[[i64; 4]], hour: i64) -> Vec<i64> {
        let (db, _) = open::open(&Storage::Memory).unwrap();
        for times in bookings {
            let [start, end, from, to] = times.map(|hour| hour * HOUR_MS);
            db.execute(
                "INSERT INTO booking (id, token, tenant, service_id, service_name, start_ms, end_ms, blocked_from_ms,
                     blocked_to_ms, customer_name, customer_email, customer_key, status, created_ms)
                 VALUES (?1, ?1, 'shop', 's', 'S', ?1, ?2, ?3, ?4, '', '', '', 'confirmed', 0)",
                [start, end, from, to],
            )
            .unwrap();
        }
        let wish = Overlap {
            tenant: "shop".to_owned(),
            from_ms: hour * HOUR_MS,
            to_ms: (hour + 1) * HOUR_MS,
            ..Overlap::default()
        };
        let taken = taken(&db, &wish).unwrap();
        let mut starts: Vec<_> = taken
            .iter()
            .map(|taken| taken.start.timestamp_millis() / HOUR_MS)
            .collect();
        starts.sort_unstable();
        starts
    }

    #[test]
    fn what_began_long_ago_or_keeps_much_free_before_it_is_in_the_way_once() {
        let day = [76, 100, 76, 100];
        let night = [74, 98, 70, 102];
        let two_hours = [98, 100, 98, 100];
        let later = [105, 106, 101, 106];
        let near_and_long = [99, 110, 99, 110];
        assert_eq!(in_the_way(&[day, two_hours], 99), [76, 98]);
        assert_eq!(in_the_way(&[night, later], 101), [74, 105]);
        assert_eq!(in_the_way(&[near_and_long], 100), [99]);
    }

    #[test]
    fn what_only_touches_is_not_in_the_way() {
        let before = [76, 100, 76, 100];
        let short = [99, 100, 99, 100];
        let after = [103, 104, 101, 104];
        assert!(in_the_way(&[before, short, after], 100).is_empty());
    }
}
