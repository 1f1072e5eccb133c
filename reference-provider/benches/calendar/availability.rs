//! How much longer `check_availability` takes on a full calendar than on an empty one.

use std::path::Path;
use std::time::{Duration, Instant};

use axum::Router;
use chrono::{Days, Utc};
use serde_json::json;

use crate::gym;

/// Asks both for the same dates in turn; a line with the median of each and their ratio.
pub(crate) async fn measure(full: &Path, empty: &Path, tenants: usize, calls: usize) -> String {
    let (full, empty) = (gym::open(full, tenants), gym::open(empty, tenants));
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for number in 0..calls {
        with.push(ask(&full, tenants, number).await);
        without.push(ask(&empty, tenants, number).await);
    }
    let (with, without) = (median(&mut with), median(&mut without));
    format!(
        "check_availability: {:.2} ms at the median, {:.1} times that of an empty calendar",
        with.as_secs_f64() * 1000.0,
        with.as_secs_f64() / without.as_secs_f64()
    )
}

async fn ask(router: &Router, tenants: usize, number: usize) -> Duration {
    // Dates and tenants in no order that a cache would like.
    let days = (number * 131) % 360 + 1;
    let date = Utc::now().date_naive() + Days::new(days as u64);
    let input = json!({ "service_id": "half", "date": date.to_string() });
    let began = Instant::now();
    let answer = gym::call(router, number * 7 % tenants, "check_availability", &input).await;
    let took = began.elapsed();
    assert!(!answer["slots"].as_array().unwrap().is_empty(), "{answer}");
    took
}

pub(crate) fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}
