//! Fills a folder with bookings, day by day and tenant by tenant, as they would have come about.

use std::path::Path;

use chrono::{Days, TimeDelta, Utc};
use rusqlite::{Connection, params};

use crate::gym::{self, HALF_HOURS, TRAINERS};

/// Writes the bookings of so many days, a fifth of them to come, beginning today; how many there are.
pub(crate) fn fill(folder: &Path, tenants: usize, days: u32, a_day: u32) -> i64 {
    assert!(
        a_day < HALF_HOURS * TRAINERS,
        "a day has {} places",
        HALF_HOURS * TRAINERS
    );
    // Makes the tables.
    drop(gym::open(folder, tenants));
    let mut file = Connection::open(folder.join("bookings.sqlite3")).unwrap();
    let count = |file: &Connection| {
        let query = "SELECT count(*) FROM booking";
        file.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let wanted = i64::try_from(tenants).unwrap() * i64::from(days) * i64::from(a_day);
    if count(&file) == wanted {
        return wanted;
    }
    // Nobody else has the file yet, and nobody minds where it gets lost.
    file.pragma_update(None, "journal_mode", "off").unwrap();
    file.pragma_update(None, "synchronous", "off").unwrap();
    let first = Utc::now().date_naive() - Days::new((days - days / 5).into());
    let write = file.transaction().unwrap();
    {
        let mut insert = write
            .prepare(
                "INSERT INTO booking (id, token, tenant, service_id, service_name, staff_id, start_ms, end_ms,
                     blocked_from_ms, blocked_to_ms, customer_name, customer_email, customer_key, status, created_ms)
                 VALUES (?1, ?1, ?2, 'half', 'Half an hour', ?3, ?4, ?5, ?4, ?5, 'Ada', ?6, ?6, 'confirmed', ?7)",
            )
            .unwrap();
        for (number, date) in first.iter_days().take(days as usize).enumerate() {
            let opens = date.and_hms_opt(6, 0, 0).unwrap().and_utc();
            for tenant in 0..tenants {
                for place in 0..a_day {
                    // Seven and a multiple of two have no common divisor, so every place comes once, spread over the day.
                    let place = place * 7 % (HALF_HOURS * TRAINERS);
                    let start = opens + TimeDelta::minutes(30 * i64::from(place % HALF_HOURS));
                    let trainer = format!("trainer-{}", place / HALF_HOURS);
                    let id = format!("bk_{number}_{tenant}_{place}");
                    let email = format!("c{}@example.com", (number * 31 + place as usize) % 5000);
                    let start = start.timestamp_millis();
                    let (end, made) = (start + 1_800_000, start - 7 * 86_400_000);
                    insert
                        .execute(params![
                            id,
                            format!("gym-{tenant}"),
                            trainer,
                            start,
                            end,
                            email,
                            made
                        ])
                        .unwrap();
                }
            }
        }
    }
    write.commit().unwrap();
    count(&file)
}
