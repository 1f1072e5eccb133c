//! The bookings that block some of a stretch of time.
//!
//! A calendar may hold millions of bookings, and each new one asks this: no more is read than what may be in the way, and all of it from an index.

use rusqlite::{Connection, named_params};

use super::booking::instant;
use super::bookings::names;
use crate::calendar::{Place, Slot, Taken};
use crate::lifecycle::Status;
use crate::policy::Holding;
use crate::tenant::limits;

/// No booking is longer, so what still runs at an instant began within this time before it.
const LONGEST_MS: i64 = limits::LONGEST_MINUTES as i64 * 60_000;

/// No buffer is longer, so what blocks an instant starts within this time after it.
const LONGEST_BUFFER_MS: i64 = limits::LONGEST_BUFFER_MINUTES as i64 * 60_000;

/// A booking that blocks more has an index of its own, `booking_long`; no other that starts further off is in the way of an instant.
const SHORT_MS: i64 = 2 * 3_600_000;

/// A stretch of time of a tenant, and the bookings that block some of it.
#[derive(Debug, Clone)]
pub(crate) struct Overlap {
    pub(crate) tenant: String,
    /// The beginning, in milliseconds since 1970. What ends by then is left out.
    pub(crate) from_ms: i64,
    /// The end, in milliseconds since 1970. What begins then or later is left out.
    pub(crate) to_ms: i64,
    /// The statuses in which a booking holds its time.
    pub(crate) holding: &'static [Status],
}

impl Overlap {
    /// A stretch of time, with the bookings that hold their time in these statuses.
    pub(crate) fn within(tenant: &str, stretch: Slot, holding: Holding) -> Self {
        Self {
            tenant: tenant.to_owned(),
            from_ms: stretch.start.timestamp_millis(),
            to_ms: stretch.end.timestamp_millis(),
            holding: holding.statuses(),
        }
    }
}

/// The bookings that block some of a stretch of time.
pub(crate) fn taken(db: &Connection, overlap: &Overlap) -> rusqlite::Result<Vec<Taken>> {
    db.prepare_cached(
        "SELECT seq, service_id, start_ms, blocked_from_ms, blocked_to_ms, staff_id, resource_id
         FROM booking INDEXED BY booking_by_start
         WHERE tenant = :tenant AND start_ms > :near AND start_ms < :near_too
           AND blocked_from_ms < :to AND blocked_to_ms > :from
           AND instr(:holding, ' ' || status || ' ') > 0
         UNION ALL
         SELECT seq, service_id, start_ms, blocked_from_ms, blocked_to_ms, staff_id, resource_id
         FROM booking INDEXED BY booking_long
         WHERE tenant = :tenant AND blocked_to_ms - blocked_from_ms > 7200000
           AND start_ms > :earliest AND start_ms < :latest AND NOT (start_ms > :near AND start_ms < :near_too)
           AND blocked_from_ms < :to AND blocked_to_ms > :from
           AND instr(:holding, ' ' || status || ' ') > 0",
    )?
    .query_map(
        named_params! {
            ":tenant": overlap.tenant, ":from": overlap.from_ms, ":to": overlap.to_ms,
            ":near": overlap.from_ms - SHORT_MS - 1, ":near_too": overlap.to_ms + SHORT_MS + 1,
            ":earliest": overlap.from_ms - LONGEST_MS - LONGEST_BUFFER_MS - 1,
            ":latest": overlap.to_ms + LONGEST_BUFFER_MS + 1,
            ":holding": names(overlap.holding),
        },
        |row| {
            Ok(Taken {
                seq: row.get(0)?,
                service_id: row.get(1)?,
                start: instant(row, 2)?,
                blocked: Slot {
                    start: instant(row, 3)?,
                    end: instant(row, 4)?,
                },
                place: Place {
                    staff_id: row.get(5)?,
                    unit: row.get(6)?,
                },
            })
        },
    )?
    .collect()
}

/// Removes the bookings that overlap a stretch of time.
pub(crate) fn remove(db: &Connection, overlap: &Overlap) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM booking WHERE tenant = :tenant AND start_ms < :end AND end_ms > :start")?
        .execute(
            named_params! { ":tenant": overlap.tenant, ":start": overlap.from_ms, ":end": overlap.to_ms },
        )?;
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
            holding: Holding::default().statuses(),
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
