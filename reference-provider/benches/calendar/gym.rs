//! The tenants that are measured: gyms with ten trainers, open from six to ten in the evening, bookable for a year.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use reference_provider::{Options, Provider, Storage, Tenants, router};
use serde_json::Value;
use tower::ServiceExt;

/// How many trainers each gym has.
pub(crate) const TRAINERS: u32 = 10;

/// How many half hours a day has.
pub(crate) const HALF_HOURS: u32 = 32;

fn tenants(count: usize) -> Tenants {
    let days = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let hours = days.map(|day| format!("{day}: [\"06:00-22:00\"]")).join(", ");
    let ids: Vec<String> = (0..TRAINERS).map(|number| format!("trainer-{number}")).collect();
    let staff: String = ids
        .iter()
        .map(|id| format!("{{ id: {id}, name: Trainer }}, "))
        .collect();
    let mut text = String::from("tenants:\n");
    for number in 0..count {
        let _ = writeln!(
            text,
            "  - slug: gym-{number}\n    name: Gym\n    timezone: UTC\n    currency: EUR\n    slot_step_minutes: 30\n    \
             horizon_days: 365\n    hours: {{ {hours} }}\n    staff: [{staff}]\n    services:\n      \
             - {{ id: half, name: Half an hour, duration_minutes: 30, staff: [{}] }}",
            ids.join(", ")
        );
    }
    Tenants::parse(&text, "gyms").unwrap()
}

/// A provider that keeps its bookings in this folder.
pub(crate) fn open(folder: &Path, count: usize) -> Router {
    let options = Options {
        storage: Storage::Folder(folder.to_owned()),
        ..Options::in_memory(tenants(count))
    };
    router(Arc::new(Provider::open(options).unwrap()))
}

/// Calls a tool; the answer, which must be a success.
pub(crate) async fn call(router: &Router, tenant: usize, tool: &str, input: &Value) -> Value {
    let request = Request::builder()
        .method("POST")
        .uri(format!("/p/gym-{tenant}/tools/{tool}"))
        .header("content-type", "application/json")
        .header("host", "bench.test")
        .body(Body::from(input.to_string()))
        .unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let answer: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(answer["ok"], true, "{tool} {input}: {answer}");
    answer
}
