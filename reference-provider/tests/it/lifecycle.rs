//! The moves of a booking: confirming, recording attendance, moving to another start; and what is left of them.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{TestProvider, instant};

const TEN: &str = "2027-03-02T09:00:00Z";
const AFTERNOON: &str = "2027-03-02T13:00:00Z";
const ADA: &str = "ada@example.com";

async fn act(desk: &TestProvider, tool: &str, id: &str) -> Value {
    desk.call(tool, json!({ "booking_id": id })).await
}

async fn statuses(desk: &TestProvider, id: &str) -> Vec<String> {
    let found = act(desk, "get_booking", id).await;
    let moves = found["status_history"].as_array().unwrap().iter();
    let statuses: Vec<String> = moves
        .map(|change| change["to"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(statuses.last().unwrap(), found["status"].as_str().unwrap());
    statuses
}

#[tokio::test]
async fn a_booking_that_waits_holds_its_slot_and_is_announced_once_it_is_confirmed() {
    let desk = TestProvider::new();
    let made = desk.book("asked", TEN, ADA).await;
    assert_eq!((&made["ok"], &made["confirmed"]), (&true.into(), &false.into()));
    let id = made["booking_id"].as_str().unwrap();
    assert_eq!(
        desk.book("hour", TEN, "eve@example.com").await["error"],
        "slot_taken"
    );
    assert_eq!(act(&desk, "effects", id).await["effects"], json!([]));
    let confirmed = json!({ "ok": true, "booking_id": id, "status": "confirmed" });
    for _ in 0..2 {
        assert_eq!(act(&desk, "confirm_booking", id).await, confirmed);
    }
    let sent = act(&desk, "effects", id).await;
    assert_eq!(sent["effects"].as_array().unwrap().len(), 1);
    assert_eq!(sent["effects"][0]["kind"], "booking_confirmed");
    assert_eq!(statuses(&desk, id).await, ["pending", "confirmed"]);
}

#[tokio::test]
async fn a_cancelled_booking_never_comes_back() {
    let desk = TestProvider::new();
    let id = desk.booked("asked", TEN, ADA).await;
    desk.cancel(&id).await;
    let at = |desk: TestProvider, tool: &'static str, more: Value| {
        let mut input = json!({ "booking_id": id });
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        async move {
            let answer = desk.call(tool, input).await;
            (desk, answer["error"].clone())
        }
    };
    let (desk, error) = at(desk, "confirm_booking", json!({})).await;
    assert_eq!(error, "booking_cancelled");
    let (desk, error) = at(desk, "reschedule_booking", json!({ "start_at": AFTERNOON })).await;
    assert_eq!(error, "booking_cancelled");
    desk.clock.set(instant(TEN));
    let (desk, error) = at(desk, "record_attendance", json!({ "attended": true })).await;
    assert_eq!(error, "booking_cancelled");
    assert_eq!(statuses(&desk, &id).await, ["pending", "cancelled"]);
}

#[tokio::test]
async fn attendance_is_recorded_from_the_start_on_and_stays() {
    let desk = TestProvider::new();
    let id = desk.booked("hour", TEN, ADA).await;
    let record = async |attended: bool| {
        let input = json!({ "booking_id": id, "attended": attended });
        desk.call("record_attendance", input).await
    };
    desk.clock.set(instant("2027-03-02T08:59:59.999Z"));
    assert_eq!(record(true).await["error"], "too_early");
    desk.clock.set(instant(TEN));
    assert_eq!(record(true).await["status"], "completed");
    assert_eq!(record(true).await["status"], "completed");
    assert_eq!(record(false).await["error"], "already_recorded");
    assert_eq!(desk.cancel(&id).await["error"], "unauthorized");
    let (_, second) = desk
        .call_at("shop/v0.2.0", "cancel_booking", json!({ "booking_id": id }))
        .await;
    assert_eq!(second, json!({ "ok": false, "error": "booking_over" }));
    assert_eq!(statuses(&desk, &id).await, ["confirmed", "completed"]);
}

#[tokio::test]
async fn a_booking_moves_with_its_id_and_leaves_its_slot_to_others() {
    let desk = TestProvider::new();
    let id = desk.booked("hour", TEN, ADA).await;
    let input = json!({ "booking_id": id, "start_at": "2027-03-02T14:00:00+01:00" });
    let moved = json!({
        "ok": true, "booking_id": id, "status": "confirmed",
        "start_at": AFTERNOON, "end_at": "2027-03-02T14:00:00Z",
    });
    for _ in 0..2 {
        assert_eq!(desk.call("reschedule_booking", input.clone()).await, moved);
    }
    let sent = act(&desk, "effects", &id).await;
    assert_eq!(sent["effects"].as_array().unwrap().len(), 2);
    assert_eq!(sent["effects"][1]["kind"], "booking_rescheduled");
    assert_eq!(
        desk.book("hour", AFTERNOON, "eve@example.com").await["error"],
        "slot_taken"
    );
    assert_eq!(desk.book("hour", TEN, "eve@example.com").await["ok"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_booking_that_is_confirmed_and_cancelled_at_one_time_ends_up_cancelled() {
    for _ in 0..16 {
        let desk = Arc::new(TestProvider::new());
        let id = desk.booked("asked", TEN, ADA).await;
        let mut calls = JoinSet::new();
        for tool in ["confirm_booking", "cancel_booking", "confirm_booking"] {
            let (desk, id) = (Arc::clone(&desk), id.clone());
            calls.spawn(async move { act(&desk, tool, &id).await });
        }
        calls.join_all().await;
        let statuses = statuses(&desk, &id).await;
        assert!(
            [
                vec!["pending", "cancelled"],
                vec!["pending", "confirmed", "cancelled"]
            ]
            .contains(&statuses.iter().map(String::as_str).collect()),
            "{statuses:?}"
        );
        assert!(desk.free("hour", "2027-03-02").await.contains(&TEN.to_owned()));
    }
}

#[tokio::test]
async fn a_booking_moves_by_the_buffers_and_places_of_its_service_and_not_in_its_own_way() {
    let desk = TestProvider::new();
    let make = async |more: Value| {
        let mut input = json!({ "name": "Made", "duration_minutes": 30 });
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let made = desk.call("create_service", input).await;
        made["service_id"].as_str().unwrap().to_owned()
    };
    let to = async |id: &str, start: &str| {
        let input = json!({ "booking_id": id, "start_at": start });
        desk.call("reschedule_booking", input).await
    };
    let buffered = make(json!({ "buffer_after_minutes": 30 })).await;
    let first = desk.booked(&buffered, TEN, ADA).await;
    let second = desk.booked(&buffered, AFTERNOON, ADA).await;
    let refused = to(&second, "2027-03-02T09:30:00Z").await;
    assert_eq!(refused["error"], "slot_taken");
    // The second booking does not stand in the way of its own alternatives.
    let closest = &refused["available_alternatives"][0];
    assert_eq!(closest["start_at"], "2027-03-02T10:00:00Z");
    assert_eq!(to(&second, "2027-03-02T10:00:00Z").await["ok"], true);
    assert_eq!(to(&first, "2027-03-02T09:30:00Z").await["error"], "slot_taken");
    assert_eq!(to(&second, "2027-03-02T10:30:00Z").await["ok"], true);
    assert_eq!(to(&first, "2027-03-02T09:30:00Z").await["ok"], true);

    let class = make(json!({ "capacity": 2 })).await;
    for email in [ADA, "eve@example.com"] {
        desk.booked(&class, AFTERNOON, email).await;
    }
    let third = desk
        .booked(&class, "2027-03-02T14:00:00Z", "ida@example.com")
        .await;
    assert_eq!(to(&third, AFTERNOON).await["error"], "slot_taken");
    desk.call("retire_service", json!({ "service_id": class })).await;
    let refused = to(&third, "2027-03-02T15:00:00Z").await;
    assert_eq!(
        (&refused["error"], &refused["available_alternatives"]),
        (&json!("slot_taken"), &json!([]))
    );
    assert_eq!(to(&third, "2027-03-02T14:00:00Z").await["ok"], true);
}
