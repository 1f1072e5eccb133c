//! How many durable bookings many callers make, of the rows that the same disk commits in groups.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use chrono::{Days, TimeDelta, Utc};
use rusqlite::{Connection, params};
use serde_json::json;
use tokio::task::JoinSet;

use crate::gym::{self, HALF_HOURS, TRAINERS};

/// As many rows as the provider takes into one transaction.
const GROUP: usize = 64;

/// Both in turns, three rounds; a line with the rates of the best round of each and their ratio.
pub(crate) async fn measure(folder: &Path, creates: usize, callers: usize) -> String {
    let (mut booked, mut committed) = (0.0_f64, 0.0_f64);
    for round in 0..3 {
        committed = committed.max(groups(&folder.join(format!("groups-{round}")), creates));
        booked = booked.max(bookings(&folder.join(format!("creates-{round}")), creates, callers).await);
    }
    format!(
        "create_booking: {booked:.0} a second by {callers} callers, {:.2} of the {committed:.0} rows that the disk commits in \
         groups of {GROUP}",
        booked / committed
    )
}

/// Rows of a booking's size, a group to a transaction, each on the disk before the next begins.
#[expect(clippy::cast_precision_loss, reason = "a rate is no count")]
fn groups(folder: &Path, rows: usize) -> f64 {
    // The tables, the indices and the settings are the provider's.
    drop(gym::open(folder, 1));
    let mut file = Connection::open(folder.join("bookings.sqlite3")).unwrap();
    file.pragma_update(None, "journal_mode", "wal").unwrap();
    file.pragma_update(None, "synchronous", "full").unwrap();
    file.set_prepared_statement_cache_capacity(16);
    let began = Instant::now();
    for group in 0..rows.div_ceil(GROUP) {
        let write = file.transaction().unwrap();
        for row in 0..GROUP {
            let number = i64::try_from(group * GROUP + row).unwrap();
            write
                .prepare_cached(
                    "INSERT INTO booking (id, token, tenant, service_id, service_name, staff_id, start_ms, end_ms,
                         blocked_from_ms, blocked_to_ms, customer_name, customer_email, customer_key, status, created_ms)
                     VALUES (?1, ?2, 'gym-0', 'half', 'Half an hour', 'trainer-1', ?3, ?4, ?3, ?4, 'Ada', ?5, ?5, 'confirmed', ?3)",
                )
                .unwrap()
                .execute(params![
                    format!("bk_{:032x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64.cast_signed())),
                    format!("{:032x}", number.wrapping_mul(0xbf58_476d_1ce4_e5b9_u64.cast_signed())),
                    number * 1_800_000,
                    number * 1_800_000 + 1_800_000,
                    format!("c{number}@example.com")
                ])
                .unwrap();
        }
        write.commit().unwrap();
    }
    rows as f64 / began.elapsed().as_secs_f64()
}

/// Bookings that are all of different places, by so many callers at one time.
#[expect(clippy::cast_precision_loss, reason = "a rate is no count")]
async fn bookings(folder: &Path, creates: usize, callers: usize) -> f64 {
    let router = gym::open(folder, 1);
    let next = Arc::new(AtomicUsize::new(0));
    let tomorrow = Utc::now().date_naive() + Days::new(1);
    let opens = tomorrow.and_hms_opt(6, 0, 0).unwrap().and_utc();
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..callers {
        let (router, next) = (router.clone(), Arc::clone(&next));
        tasks.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= creates {
                    return;
                }
                let number = u32::try_from(number).unwrap();
                let day = number / (HALF_HOURS * TRAINERS);
                let half_hour = number % HALF_HOURS;
                let start =
                    opens + TimeDelta::days(day.into()) + TimeDelta::minutes(30 * i64::from(half_hour));
                let input = json!({
                    "service_id": "half", "start_at": start.to_rfc3339(),
                    "customer": { "name": "Ada", "email": format!("c{number}@example.com") },
                });
                gym::call(&router, 0, "create_booking", &input).await;
            }
        });
    }
    tasks.join_all().await;
    creates as f64 / began.elapsed().as_secs_f64()
}
