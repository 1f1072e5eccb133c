//! Probes of cancelling, of slots, and of what is listed.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{ADA, DAY, ELEVEN, EVE, TEN, listed, lists, verdict};
use crate::support::{TestProvider, instant};

pub(super) async fn cancel(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    desk.cancel(&id).await
}

pub(super) async fn cancel_unknown(desk: TestProvider) -> Value {
    verdict(&desk.cancel("bk_nothing").await)
}

pub(super) async fn cancel_twice(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    desk.cancel(&id).await;
    let again = desk.cancel(&id).await;
    json!({ "ok": again["ok"], "cancelled": again["cancelled"] })
}

pub(super) async fn cancel_from_elsewhere(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    verdict(
        &desk
            .call_at("other-shop", "cancel_booking", json!({ "booking_id": id }))
            .await
            .1,
    )
}

pub(super) async fn slot_after_cancel(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    desk.cancel(&id).await;
    lists(&desk, TEN).await.into()
}

pub(super) async fn slots(desk: TestProvider) -> Value {
    desk.call("check_availability", json!({ "service_id": "hour", "date": DAY }))
        .await
}

pub(super) async fn slots_with_a_booking(desk: TestProvider) -> Value {
    desk.book("hour", TEN, ADA).await;
    lists(&desk, TEN).await.into()
}

pub(super) async fn past_slots(desk: TestProvider) -> Value {
    desk.clock.set(instant("2027-03-02T12:00:00Z"));
    lists(&desk, TEN).await.into()
}

pub(super) async fn impossible_date(desk: TestProvider) -> Value {
    let input = json!({ "service_id": "hour", "date": "2027-02-30" });
    verdict(&desk.call("check_availability", input).await)
}

pub(super) async fn slots_of_unknown_service(desk: TestProvider) -> Value {
    verdict(
        &desk
            .call(
                "check_availability",
                json!({ "service_id": "nothing", "date": DAY }),
            )
            .await,
    )
}

pub(super) async fn services_twice(desk: TestProvider) -> Value {
    let first = desk.call("list_services", json!({})).await;
    let second = desk.call("list_services", json!({})).await;
    // A service that is named anew can still be booked.
    let id = second["services"][1]["id"].as_str().unwrap();
    let booked = desk.book(id, TEN, ADA).await;
    json!({ "same": first == second, "booked": booked["ok"] })
}

/// What is listed where Ada booked twice, the later start first.
pub(super) async fn list_two(desk: TestProvider, input: Value) -> Vec<Value> {
    desk.book("half", ELEVEN, ADA).await;
    // Out of the window, so that no fault about repeats shows here.
    desk.advance(TimeDelta::minutes(5));
    desk.book("half", TEN, ADA).await;
    listed(&desk, input).await
}

pub(super) async fn list(desk: TestProvider) -> Value {
    list_two(desk, json!({ "customer_email": ADA })).await.into()
}

pub(super) async fn list_in_other_case(desk: TestProvider) -> Value {
    let found = list_two(desk, json!({ "customer_email": "ADA@example.com" })).await;
    (!found.is_empty()).into()
}

pub(super) async fn list_of_another(desk: TestProvider) -> Value {
    list_two(desk, json!({ "customer_email": EVE })).await.into()
}

pub(super) async fn list_from_elsewhere(desk: TestProvider) -> Value {
    desk.booked("hour", TEN, ADA).await;
    let (_, there) = desk
        .call_at(
            "other-shop",
            "list_bookings_for_customer",
            json!({ "customer_email": ADA }),
        )
        .await;
    there["bookings"].as_array().map(Vec::len).into()
}

pub(super) async fn list_confirmed(desk: TestProvider) -> Value {
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

pub(super) async fn list_cancelled(desk: TestProvider) -> Value {
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

pub(super) async fn list_one(desk: TestProvider) -> Value {
    list_two(desk, json!({ "customer_email": ADA, "limit": 1 }))
        .await
        .len()
        .into()
}

/// Two bookings on pages of one, as long as a cursor leads on.
pub(super) async fn pages(desk: TestProvider) -> Value {
    for start in [TEN, ELEVEN] {
        desk.booked("half", start, ADA).await;
    }
    let mut found = Vec::new();
    let mut input = json!({ "customer_email": ADA, "limit": 1 });
    while found.len() < 4 {
        let tool = "list_bookings_for_customer";
        let (_, answer) = desk.call_at("shop/v0.2.0", tool, input.clone()).await;
        let starts = answer["bookings"].as_array().unwrap().iter();
        found.push(starts.map(|entry| entry["start_at"].clone()).collect::<Vec<_>>());
        match answer.get("next_cursor") {
            Some(cursor) => input["cursor"] = cursor.clone(),
            None => break,
        }
    }
    json!(found)
}

pub(super) async fn get_cancelled(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    desk.cancel(&id).await;
    let input = json!({ "booking_id": id });
    let (_, answer) = desk.call_at("shop/v0.2.0", "get_booking", input).await;
    answer["status"].clone()
}

pub(super) async fn get_from_elsewhere(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    let input = json!({ "booking_id": id });
    let (_, answer) = desk.call_at("other-shop/v0.2.0", "get_booking", input).await;
    verdict(&answer)
}

pub(super) async fn keys_of_a_success(desk: TestProvider) -> Value {
    let (_, answer) = desk.call_at("shop/v0.2.0", "list_services", json!({})).await;
    answer.as_object().unwrap().keys().cloned().collect()
}

pub(super) async fn unknown_service_in_the_past(desk: TestProvider) -> Value {
    verdict(&desk.book("none", "2027-02-26T09:00:00Z", ADA).await)
}

pub(super) async fn freed_after_a_refusal(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    desk.book("hour", TEN, EVE).await;
    desk.cancel(&id).await;
    verdict(&desk.book("hour", TEN, EVE).await)
}

pub(super) async fn start_soon(desk: TestProvider) -> Value {
    desk.clock.set(instant("2027-03-02T03:00:00Z"));
    verdict(&desk.book("hour", TEN, ADA).await)
}

pub(super) async fn book_half(desk: TestProvider) -> Value {
    desk.book("half", TEN, ADA).await["end_at"].clone()
}

pub(super) async fn second_cancel(desk: TestProvider) -> Value {
    let id = desk.booked("hour", TEN, ADA).await;
    desk.cancel(&id).await;
    desk.book("hour", TEN, EVE).await;
    desk.cancel(&id).await;
    lists(&desk, TEN).await.into()
}

pub(super) async fn slots_twice(desk: TestProvider) -> Value {
    let first = desk.free("hour", DAY).await;
    (first == desk.free("hour", DAY).await).into()
}

pub(super) async fn slots_read_often(desk: TestProvider) -> Value {
    let first = desk.free("hour", DAY).await;
    for _ in 0..3 {
        desk.free("hour", DAY).await;
    }
    (first == desk.free("hour", DAY).await).into()
}

pub(super) async fn services(desk: TestProvider) -> Value {
    desk.call("list_services", json!({})).await
}

pub(super) async fn list_of_a_prefix(desk: TestProvider) -> Value {
    list_two(desk, json!({ "customer_email": ADA.trim_end_matches('m') }))
        .await
        .into()
}

pub(super) async fn list_fields(desk: TestProvider) -> Value {
    desk.book("half", TEN, ADA).await;
    let answer = desk
        .call("list_bookings_for_customer", json!({ "customer_email": ADA }))
        .await;
    let fields = answer["bookings"][0].as_object();
    fields
        .map(|fields| fields.keys().cloned().collect())
        .unwrap_or_default()
}
