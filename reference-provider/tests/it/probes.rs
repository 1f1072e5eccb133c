//! What is asked of a provider to see whether it is wrong, and where.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use reference_provider::Fault;
use serde_json::{Value, json};

use crate::support::{Desk, booking, instant};

const DAY: &str = "2027-03-02";
const TEN: &str = "2027-03-02T09:00:00Z";
const HALF_PAST: &str = "2027-03-02T09:30:00Z";
const ELEVEN: &str = "2027-03-02T10:00:00Z";
const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";

/// What each probe came to.
pub(crate) type Answers = BTreeMap<&'static str, Value>;

/// The answers to all probes, each asked of a provider of its own.
pub(crate) async fn observe(fault: Option<Fault>) -> Answers {
    let desk = || Desk::faulty(fault.as_slice());
    let mut seen = BTreeMap::new();
    macro_rules! probe {
        ($($name:ident)+) => { $(seen.insert(stringify!($name), $name(desk()).await);)+ };
    }
    probe! {
        book id_length repeat repeat_in_other_case repeat_after_cancel repeat_after_the_window taken_slot race
        repeat_late repeat_with_other_name other_service_of_the_same_customer other_start other_tenant start_now
        zoneless_start bad_email name refusal_status summer_slots western_slots list_default
        half_overlap other_service_overlap back_to_back off_grid past unknown_service alternatives offset
        unknown_keys long_notes cancel cancel_unknown cancel_twice cancel_from_elsewhere slot_after_cancel
        slots slots_with_a_booking past_slots impossible_date slots_of_unknown_service services_twice
        list list_in_other_case list_of_another list_confirmed list_cancelled list_one
    }
    seen
}

/// Whether it worked, or why not.
fn verdict(answer: &Value) -> Value {
    json!({ "ok": answer["ok"], "error": answer["error"] })
}

async fn listed(desk: &Desk, input: Value) -> Vec<Value> {
    let answer = desk.call("list_bookings_for_customer", input).await;
    answer["bookings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["start_at"].clone())
        .collect()
}

async fn lists(desk: &Desk, start: &str) -> bool {
    desk.free("hour", DAY)
        .await
        .iter()
        .any(|one| one.starts_with(start.trim_end_matches('Z')))
}

async fn book(desk: Desk) -> Value {
    let mut answer = desk.book("hour", TEN, ADA).await;
    let fields = answer.as_object_mut().unwrap();
    if fields.contains_key("booking_id") {
        fields["booking_id"] = "an id".into();
    }
    let absolute = fields["cancellation_url"]
        .as_str()
        .unwrap()
        .starts_with("http://");
    fields["cancellation_url"] = absolute.into();
    answer
}

async fn id_length(desk: Desk) -> Value {
    desk.booked("hour", TEN, ADA).await.len().into()
}

async fn repeat(desk: Desk) -> Value {
    let first = desk.book("hour", TEN, ADA).await;
    let second = desk.book("hour", TEN, ADA).await;
    json!({ "same": first["booking_id"] == second["booking_id"], "ok": second["ok"] })
}

async fn repeat_late(desk: Desk) -> Value {
    let first = desk.book("hour", TEN, ADA).await;
    desk.advance(TimeDelta::seconds(45));
    let second = desk.book("hour", TEN, ADA).await;
    json!({ "same": first["booking_id"] == second["booking_id"], "ok": second["ok"] })
}

async fn repeat_with_other_name(desk: Desk) -> Value {
    desk.book("hour", TEN, ADA).await;
    let mut input = booking("hour", TEN, ADA);
    input["customer"]["name"] = "Countess".into();
    desk.call("create_booking", input).await["customer"]["name"].clone()
}

async fn other_service_of_the_same_customer(desk: Desk) -> Value {
    desk.book("half", TEN, ADA).await;
    verdict(&desk.book("hour", TEN, ADA).await)
}

async fn other_start(desk: Desk) -> Value {
    let first = desk.booked("half", TEN, ADA).await;
    let other = desk.book("half", ELEVEN, ADA).await;
    (other["booking_id"] == first).into()
}

async fn other_tenant(desk: Desk) -> Value {
    let here = desk.booked("half", TEN, ADA).await;
    let (_, there) = desk
        .call_at("other-shop", "create_booking", booking("half", TEN, ADA))
        .await;
    (there["booking_id"] == here).into()
}

async fn start_now(desk: Desk) -> Value {
    desk.clock.set(instant(TEN));
    verdict(&desk.book("hour", TEN, ADA).await)
}

async fn zoneless_start(desk: Desk) -> Value {
    verdict(&desk.book("hour", TEN.trim_end_matches('Z'), ADA).await)
}

async fn bad_email(desk: Desk) -> Value {
    verdict(&desk.book("hour", TEN, "ada@").await)
}

async fn name(desk: Desk) -> Value {
    let mut input = booking("hour", TEN, ADA);
    input["customer"]["name"] = "Ada O'Hara <Ltd>".into();
    desk.call("create_booking", input).await["customer"].clone()
}

async fn refusal_status(desk: Desk) -> Value {
    desk.call_at("shop", "create_booking", booking("nothing", TEN, ADA))
        .await
        .0
        .into()
}

async fn summer_slots(desk: Desk) -> Value {
    let earliest = desk.free("hour", "2027-04-05").await.into_iter().min().unwrap();
    earliest[..16].into()
}

async fn western_slots(desk: Desk) -> Value {
    let input = json!({ "service_id": "hour", "date": DAY });
    let (_, answer) = desk.call_at("west", "check_availability", input).await;
    let starts = answer["slots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|slot| slot["start_at"].as_str().unwrap());
    starts.min().unwrap()[..16].into()
}

async fn list_default(desk: Desk) -> Value {
    desk.book("hour", TEN, ADA).await;
    desk.advance(TimeDelta::days(3));
    listed(&desk, json!({ "customer_email": ADA })).await.into()
}

async fn repeat_in_other_case(desk: Desk) -> Value {
    let first = desk.book("hour", TEN, ADA).await;
    let second = desk.book("hour", TEN, "ADA@example.com").await;
    json!({ "same": first["booking_id"] == second["booking_id"], "ok": second["ok"] })
}

async fn repeat_after_cancel(desk: Desk) -> Value {
    let first = desk.booked("hour", TEN, ADA).await;
    desk.cancel(&first).await;
    let second = desk.book("hour", TEN, ADA).await;
    json!({ "same": second["booking_id"] == first, "ok": second["ok"] })
}

async fn repeat_after_the_window(desk: Desk) -> Value {
    desk.book("hour", TEN, ADA).await;
    desk.advance(TimeDelta::seconds(61));
    verdict(&desk.book("hour", TEN, ADA).await)
}

async fn taken_slot(desk: Desk) -> Value {
    desk.book("hour", TEN, ADA).await;
    verdict(&desk.book("hour", TEN, EVE).await)
}

async fn race(desk: Desk) -> Value {
    let desk = Arc::new(desk);
    let (one, other) = tokio::join!(desk.book("hour", TEN, ADA), desk.book("hour", TEN, EVE));
    [one, other]
        .iter()
        .filter(|answer| answer["ok"] == true)
        .count()
        .into()
}

async fn half_overlap(desk: Desk) -> Value {
    desk.book("hour", TEN, ADA).await;
    verdict(&desk.book("hour", HALF_PAST, EVE).await)
}

async fn other_service_overlap(desk: Desk) -> Value {
    desk.book("hour", TEN, ADA).await;
    verdict(&desk.book("half", TEN, EVE).await)
}

async fn back_to_back(desk: Desk) -> Value {
    desk.book("hour", TEN, ADA).await;
    verdict(&desk.book("hour", ELEVEN, EVE).await)
}

async fn off_grid(desk: Desk) -> Value {
    verdict(&desk.book("hour", "2027-03-02T09:07:00Z", ADA).await)
}

async fn past(desk: Desk) -> Value {
    verdict(&desk.book("hour", "2020-01-01T00:00:00Z", ADA).await)
}

async fn unknown_service(desk: Desk) -> Value {
    verdict(&desk.book("nothing", TEN, ADA).await)
}

async fn alternatives(desk: Desk) -> Value {
    // Outside of opening hours, so that no fault about clashes shows here.
    let answer = desk.book("hour", "2027-03-02T03:00:00Z", ADA).await;
    json!({ "ok": answer["ok"], "error": answer["error"], "slots": answer["available_alternatives"] })
}

async fn offset(desk: Desk) -> Value {
    desk.book("hour", "2027-03-02T13:00:00+04:00", ADA).await;
    let ids = listed(&desk, json!({ "customer_email": ADA })).await;
    // list_misses_bookings hides it there, lists_taken_slots here.
    json!(ids.first() == Some(&json!(TEN)) || !lists(&desk, TEN).await)
}

async fn unknown_keys(desk: Desk) -> Value {
    let mut input = booking("hour", TEN, ADA);
    input["customer"]["age"] = 36.into();
    verdict(&desk.call("create_booking", input).await)
}

async fn long_notes(desk: Desk) -> Value {
    let mut input = booking("hour", TEN, ADA);
    input["notes"] = "x".repeat(1001).into();
    let answer = desk.call("create_booking", input).await;
    let kept = !lists(&desk, TEN).await;
    json!({ "ok": answer["ok"], "error": answer["error"], "kept": kept })
}

async fn cancel(desk: Desk) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    desk.cancel(&id).await
}

async fn cancel_unknown(desk: Desk) -> Value {
    verdict(&desk.cancel("bk_nothing").await)
}

async fn cancel_twice(desk: Desk) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    desk.cancel(&id).await;
    let again = desk.cancel(&id).await;
    json!({ "ok": again["ok"], "cancelled": again["cancelled"] })
}

async fn cancel_from_elsewhere(desk: Desk) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    verdict(
        &desk
            .call_at("other-shop", "cancel_booking", json!({ "booking_id": id }))
            .await
            .1,
    )
}

async fn slot_after_cancel(desk: Desk) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    desk.cancel(&id).await;
    lists(&desk, TEN).await.into()
}

async fn slots(desk: Desk) -> Value {
    desk.call("check_availability", json!({ "service_id": "hour", "date": DAY }))
        .await
}

async fn slots_with_a_booking(desk: Desk) -> Value {
    desk.book("hour", TEN, ADA).await;
    lists(&desk, TEN).await.into()
}

async fn past_slots(desk: Desk) -> Value {
    desk.clock.set(instant("2027-03-02T12:00:00Z"));
    lists(&desk, TEN).await.into()
}

async fn impossible_date(desk: Desk) -> Value {
    let input = json!({ "service_id": "hour", "date": "2027-02-30" });
    verdict(&desk.call("check_availability", input).await)
}

async fn slots_of_unknown_service(desk: Desk) -> Value {
    verdict(
        &desk
            .call(
                "check_availability",
                json!({ "service_id": "nothing", "date": DAY }),
            )
            .await,
    )
}

async fn services_twice(desk: Desk) -> Value {
    let first = desk.call("list_services", json!({})).await;
    let second = desk.call("list_services", json!({})).await;
    // A service that is named anew can still be booked.
    let id = second["services"][1]["id"].as_str().unwrap();
    let booked = desk.book(id, TEN, ADA).await;
    json!({ "same": first == second, "booked": booked["ok"] })
}

/// What is listed where Ada booked twice, the later start first.
async fn list_two(desk: Desk, input: Value) -> Vec<Value> {
    desk.book("half", ELEVEN, ADA).await;
    // Out of the window, so that no fault about repeats shows here.
    desk.advance(TimeDelta::minutes(5));
    desk.book("half", TEN, ADA).await;
    listed(&desk, input).await
}

async fn list(desk: Desk) -> Value {
    list_two(desk, json!({ "customer_email": ADA })).await.into()
}

async fn list_in_other_case(desk: Desk) -> Value {
    let found = list_two(desk, json!({ "customer_email": "ADA@example.com" })).await;
    (!found.is_empty()).into()
}

async fn list_of_another(desk: Desk) -> Value {
    list_two(desk, json!({ "customer_email": EVE })).await.into()
}

async fn list_confirmed(desk: Desk) -> Value {
    desk.booked("half", TEN, ADA).await;
    desk.advance(TimeDelta::minutes(5));
    let id = desk.booked("half", ELEVEN, ADA).await;
    desk.cancel(&id).await;
    listed(
        &desk,
        json!({ "customer_email": ADA, "status_in": ["confirmed"] }),
    )
    .await
    .into()
}

async fn list_cancelled(desk: Desk) -> Value {
    let id = desk.booked("half", TEN, ADA).await;
    desk.cancel(&id).await;
    desk.book("half", ELEVEN, ADA).await;
    listed(
        &desk,
        json!({ "customer_email": ADA, "status_in": ["cancelled"] }),
    )
    .await
    .into()
}

async fn list_one(desk: Desk) -> Value {
    list_two(desk, json!({ "customer_email": ADA, "limit": 1 }))
        .await
        .len()
        .into()
}
