//! What is asked of a provider to see whether it is wrong about services that calls make, and in which probes each fault shows.

use chrono::TimeDelta;
use reference_provider::Fault;
use serde_json::{Value, json};

use crate::probes::{Answers, verdict};
use crate::support::TestProvider;

const TEN: &str = "2027-03-02T09:00:00Z";
const HALF_PAST: &str = "2027-03-02T09:30:00Z";
const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";

/// The answers to the probes, each asked of a provider of its own.
pub(crate) async fn observe(desk: impl Fn() -> TestProvider) -> Answers {
    let mut seen = Answers::new();
    macro_rules! probe {
        ($($name:ident)+) => { $(seen.insert(stringify!($name), $name(desk()).await);)+ };
    }
    probe! {
        class default_confirmation buffer_before buffer_after lead_time own_horizon confirmation service_twice service_after_retiring price
        duration made_services unknown_staff retired_listed retired_booked booking_of_a_retired retire_unknown retire_twice
    }
    seen
}

/// The probes in which a fault of these tools shows.
pub(crate) fn shows_in(fault: Fault) -> &'static [&'static str] {
    match fault {
        Fault::CapacityOffByOne | Fault::ClassesTakeOne => &["class"],
        Fault::BufferBeforeIgnored => &["buffer_before"],
        Fault::BufferAfterIgnored => &["buffer_after"],
        Fault::LeadTimeIgnored | Fault::LeadTimeListedOnly => &["lead_time"],
        Fault::ServiceHorizonIgnored => &["own_horizon"],
        Fault::ConfirmsUnasked => &[
            "confirmation",
            "pending",
            "attendance_of_pending",
            "reschedule_pending",
            "history",
        ],
        Fault::WaitsByDefault => &["default_confirmation"],
        Fault::MakesServiceAgain => &["service_twice"],
        Fault::RepeatReturnsRetired => &["service_after_retiring"],
        Fault::PriceAsFloat | Fault::ServiceInTenantsCurrency => &["price"],
        Fault::RoundsDurations => &["duration"],
        Fault::MadeServicesUnlisted => &["made_services"],
        Fault::AcceptsUnknownStaff => &["unknown_staff"],
        Fault::RetiredBooks => &["retired_booked"],
        Fault::RetiredListed => &["retired_listed"],
        Fault::RetireCancelsBookings => &["booking_of_a_retired"],
        Fault::RetireUnknownOk => &["retire_unknown"],
        Fault::SecondRetireFails => &["retire_twice"],
        _ => &[],
    }
}

/// A service of half an hour with these fields besides; its id.
async fn make(desk: &TestProvider, fields: Value) -> String {
    let made = create(desk, fields).await;
    made["service_id"].as_str().unwrap().to_owned()
}

async fn create(desk: &TestProvider, fields: Value) -> Value {
    let mut input = json!({ "name": "Made", "duration_minutes": 30 });
    input
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    desk.call("create_service", input).await
}

async fn retire(desk: &TestProvider, id: &str) -> Value {
    desk.call("retire_service", json!({ "service_id": id })).await
}

/// Whether a start is listed, and whether it can be booked.
async fn listed_and_booked(desk: &TestProvider, service: &str, start: &str) -> Value {
    let listed = desk.free(service, &start[..10]).await.contains(&start.to_owned());
    let booked = desk.book(service, start, ADA).await["ok"].clone();
    json!({ "listed": listed, "booked": booked })
}

async fn class(desk: TestProvider) -> Value {
    let class = make(&desk, json!({ "capacity": 3 })).await;
    let mut booked = 0;
    for customer in ["a@example.com", "b@example.com", "c@example.com", "d@example.com"] {
        booked += i32::from(desk.book(&class, TEN, customer).await["ok"] == true);
    }
    booked.into()
}

async fn buffer_before(desk: TestProvider) -> Value {
    let service = make(&desk, json!({ "buffer_before_minutes": 30 })).await;
    desk.book(&service, TEN, ADA).await;
    desk.book(&service, HALF_PAST, EVE).await["ok"].clone()
}

async fn buffer_after(desk: TestProvider) -> Value {
    let service = make(&desk, json!({ "buffer_after_minutes": 30 })).await;
    desk.book(&service, TEN, ADA).await;
    desk.book(&service, HALF_PAST, EVE).await["ok"].clone()
}

async fn lead_time(desk: TestProvider) -> Value {
    let service = make(&desk, json!({ "lead_time_minutes": 26 * 60 })).await;
    listed_and_booked(&desk, &service, TEN).await
}

async fn own_horizon(desk: TestProvider) -> Value {
    let service = make(&desk, json!({ "horizon_days": 1 })).await;
    listed_and_booked(&desk, &service, "2027-03-03T09:00:00Z").await
}

async fn confirmation(desk: TestProvider) -> Value {
    let service = make(&desk, json!({ "requires_confirmation": true })).await;
    let confirmed = desk.book(&service, TEN, ADA).await["confirmed"].clone();
    let free = desk.free(&service, &TEN[..10]).await.contains(&TEN.to_owned());
    json!({ "confirmed": confirmed, "free": free })
}

async fn default_confirmation(desk: TestProvider) -> Value {
    create(&desk, json!({})).await["requires_confirmation"].clone()
}

async fn service_twice(desk: TestProvider) -> Value {
    let first = make(&desk, json!({})).await;
    desk.advance(TimeDelta::seconds(59));
    (first == make(&desk, json!({ "agent_vendor": "another" })).await).into()
}

async fn service_after_retiring(desk: TestProvider) -> Value {
    let first = make(&desk, json!({})).await;
    retire(&desk, &first).await;
    (first == make(&desk, json!({})).await).into()
}

async fn price(desk: TestProvider) -> Value {
    let made = create(&desk, json!({ "price": "1234567.89", "currency": "EUR" })).await;
    json!([made["price"], made["currency"]])
}

async fn duration(desk: TestProvider) -> Value {
    create(&desk, json!({ "duration_minutes": 50 })).await["duration_minutes"].clone()
}

async fn names(desk: &TestProvider) -> Vec<Value> {
    let answer = desk.call("list_services", json!({})).await;
    let services = answer["services"].as_array().unwrap().iter();
    services.map(|service| service["name"].clone()).collect()
}

async fn made_services(desk: TestProvider) -> Value {
    make(&desk, json!({})).await;
    names(&desk).await.into()
}

async fn unknown_staff(desk: TestProvider) -> Value {
    verdict(&create(&desk, json!({ "staff_ids": ["nobody"] })).await)
}

/// A service that calls made, and one of the file, both retired.
async fn retired_listed(desk: TestProvider) -> Value {
    let made = make(&desk, json!({})).await;
    retire(&desk, &made).await;
    retire(&desk, "hour").await;
    names(&desk).await.into()
}

async fn retired_booked(desk: TestProvider) -> Value {
    let made = make(&desk, json!({})).await;
    retire(&desk, &made).await;
    retire(&desk, "hour").await;
    let first = desk.book(&made, TEN, ADA).await["ok"].clone();
    json!([first, desk.book("hour", "2027-03-03T09:00:00Z", ADA).await["ok"]])
}

async fn booking_of_a_retired(desk: TestProvider) -> Value {
    desk.booked("hour", TEN, ADA).await;
    retire(&desk, "hour").await;
    desk.book("half", TEN, EVE).await["ok"].clone()
}

async fn retire_unknown(desk: TestProvider) -> Value {
    verdict(&retire(&desk, "nothing").await)
}

async fn retire_twice(desk: TestProvider) -> Value {
    let made = make(&desk, json!({})).await;
    retire(&desk, &made).await;
    verdict(&retire(&desk, &made).await)
}
