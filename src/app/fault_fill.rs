//! Fills the calendars of tenants that are alike, so that tests find few slots free.

use chrono::Utc;
use futures_util::{StreamExt, stream};
use serde_json::json;

use super::fault_shop::Shop;

/// The most calls at once.
const AT_ONCE: usize = 16;

/// One day of so many keeps some of its slots, and which: together they are long enough for every service.
const KEPT: (usize, std::ops::Range<usize>) = (3, 2..5);

/// Books most of the slots of a service that the last of these shops lists within so many days, at each of them. Each stands beside
/// the id of that service there. A booking that a fault refuses is not made.
pub(super) async fn fill(shops: &[(Shop, String)], days: u32) {
    let Some((right, service)) = shops.last() else {
        return;
    };
    let dates = Utc::now().date_naive().iter_days().take(days as usize + 2);
    let mut starts = Vec::new();
    for (day, date) in dates.enumerate() {
        let asked = json!({ "service_id": service, "date": date.to_string() });
        let listed = right.ask("check_availability", asked).await.unwrap_or_default();
        let slots = listed["slots"].as_array().cloned().unwrap_or_default();
        for (at, slot) in slots.iter().enumerate() {
            if day % KEPT.0 != 0 || !KEPT.1.contains(&at) {
                starts.push(slot["start_at"].clone());
            }
        }
    }
    // Each shop in the same order: which customer came first is not chance.
    let starts = &starts;
    stream::iter(shops)
        .for_each_concurrent(AT_ONCE, |(shop, service)| async move {
            for (number, start) in starts.iter().enumerate() {
                let email = format!("regular-{number}@example.com");
                let asked = json!({
                    "service_id": service, "start_at": start, "customer": { "name": "Regular", "email": email },
                });
                let _ = shop.ask("create_booking", asked).await;
            }
        })
        .await;
}
