//! How many durable bookings many callers make, held against how many the same disk commits in groups without a provider.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use chrono::{Days, TimeDelta, Utc};
use rusqlite::{Connection, Transaction, params};
use serde_json::json;
use tokio::task::JoinSet;

use crate::gym::{self, HALF_HOURS, TRAINERS};

/// As many as the provider takes into one transaction.
const GROUP: usize = 64;

const BOOKING: &str = "INSERT INTO booking (id, token, tenant, service_id, service_name, staff_id, start_ms, end_ms, blocked_from_ms,
     blocked_to_ms, customer_name, customer_email, customer_key, status, created_ms)
 VALUES (?1, ?2, 'gym-0', 'half', 'Half an hour', ?3, ?4, ?5, ?4, ?5, 'Ada', ?6, ?6, 'confirmed', ?7)";

const MOVE: &str = "INSERT INTO status_change (booking_id, to_status, at_ms) VALUES (?1, 'confirmed', ?2)";

const MESSAGE: &str =
    "INSERT INTO outbox (tenant, booking_id, kind, occasion, recipient, sequence, start_ms, end_ms, at_ms)
 VALUES ('gym-0', ?1, 'booking_confirmed', 0, ?2, 0, ?3, ?4, ?5)";

const CUSTOMER: &str =
    "INSERT INTO customer (tenant, key, name, email, created_ms) VALUES ('gym-0', ?1, 'Ada', ?1, ?2)
 ON CONFLICT (tenant, key) DO NOTHING";

/// Both in turns, so many rounds, and changing places every round; a line with the median of each, and that of their ratio with
/// the least and the most.
pub(crate) async fn measure(folder: &Path, creates: usize, callers: usize, rounds: usize) -> String {
    let (mut booked, mut committed, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let (bare, full) = (
            folder.join(format!("groups-{round}")),
            folder.join(format!("creates-{round}")),
        );
        let (made, rows) = if round % 2 == 0 {
            let rows = groups(&bare, creates);
            (bookings(&full, creates, callers).await, rows)
        } else {
            let made = bookings(&full, creates, callers).await;
            (made, groups(&bare, creates))
        };
        booked.push(made);
        committed.push(rows);
        ratios.push(made / rows);
    }
    let ratio = median(&mut ratios);
    format!(
        "create_booking: {:.0} a second by {callers} callers, {ratio:.2} ({:.2} to {:.2}) of the {:.0} that the disk commits in groups \
         of {GROUP}, four rows each",
        median(&mut booked),
        ratios.first().unwrap(),
        ratios.last().unwrap(),
        median(&mut committed),
    )
}

fn median(rates: &mut [f64]) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// The rows that a booking writes, a group to a transaction, each on the disk before the next begins.
#[expect(clippy::cast_precision_loss, reason = "a rate is no count")]
fn groups(folder: &Path, creates: usize) -> f64 {
    // The tables, the indices and the settings are the provider's. What is left of another time would be in the way.
    let _ = std::fs::remove_dir_all(folder);
    drop(gym::open(folder, 1));
    let mut file = Connection::open(folder.join("bookings.sqlite3")).unwrap();
    file.pragma_update(None, "journal_mode", "wal").unwrap();
    file.pragma_update(None, "synchronous", "full").unwrap();
    file.set_prepared_statement_cache_capacity(16);
    let began = Instant::now();
    for group in 0..creates.div_ceil(GROUP) {
        let write = file.transaction().unwrap();
        for number in group * GROUP..creates.min((group + 1) * GROUP) {
            rows_of_a_booking(&write, i64::try_from(number).unwrap());
        }
        write.commit().unwrap();
    }
    creates as f64 / began.elapsed().as_secs_f64()
}

/// A booking, how it began, the message to its customer, and the customer.
fn rows_of_a_booking(write: &Transaction<'_>, number: i64) {
    let spread = |factor: u64| number.cast_unsigned().wrapping_add(1).wrapping_mul(factor);
    // Ids are in no order, as the provider's are.
    let (high, low) = (spread(0x9e37_79b9_7f4a_7c15), spread(0xbf58_476d_1ce4_e5b9));
    let (id, token) = (
        format!("bk_{high:016x}{low:016x}"),
        format!("{low:016x}{high:016x}"),
    );
    let email = format!("c{number}@example.com");
    let places = i64::from(HALF_HOURS * TRAINERS);
    let place = number % places;
    let half_hours = 2 * 24 * (number / places) + place % i64::from(HALF_HOURS);
    let made = Utc::now().timestamp_millis();
    let start = made + 1_800_000 * half_hours;
    let end = start + 1_800_000;
    let trainer = format!("trainer-{}", place / i64::from(HALF_HOURS));
    let insert = |text: &str, values: &[&dyn rusqlite::ToSql]| {
        write.prepare_cached(text).unwrap().execute(values).unwrap();
    };
    insert(BOOKING, params![id, token, trainer, start, end, email, made]);
    insert(MOVE, params![id, made]);
    insert(MESSAGE, params![id, email, start, end, made]);
    insert(CUSTOMER, params![email, made]);
}

/// Bookings that are all of different places, by so many callers at one time.
#[expect(clippy::cast_precision_loss, reason = "a rate is no count")]
async fn bookings(folder: &Path, creates: usize, callers: usize) -> f64 {
    // With what is left of another time, every booking would be a repeat.
    let _ = std::fs::remove_dir_all(folder);
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
