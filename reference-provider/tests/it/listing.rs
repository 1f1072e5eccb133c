//! `list_bookings_for_customer`.

use serde_json::{Value, json};

use crate::support::{TestProvider, instant};

async fn starts(desk: &TestProvider, input: Value) -> Vec<String> {
    let answer = desk.call("list_bookings_for_customer", input).await;
    assert_eq!(answer["ok"], true, "{answer}");
    let starts = answer["bookings"].as_array().unwrap().iter();
    starts
        .map(|entry| entry["start_at"].as_str().unwrap()[..16].to_owned())
        .collect()
}

#[tokio::test]
async fn an_entry_says_which_booking_of_which_service_when_and_where_it_stands() {
    let desk = TestProvider::new();
    let id = desk
        .booked("half", "2027-03-02T09:00:00Z", "ada@example.com")
        .await;
    assert_eq!(
        desk.call(
            "list_bookings_for_customer",
            json!({ "customer_email": "ADA@EXAMPLE.COM" })
        )
        .await,
        json!({ "ok": true, "bookings": [{
            "booking_id": id,
            "start_at": "2027-03-02T09:00:00Z",
            "end_at": "2027-03-02T09:30:00Z",
            "status": "confirmed",
            "service": { "id": "half", "name": "Half an hour" },
        }] })
    );
}

#[tokio::test]
async fn bookings_are_listed_latest_first_filtered_and_limited() {
    let desk = TestProvider::new();
    let email = "ada@example.com";
    for hour in ["08:30", "12:00", "14:00"] {
        desk.booked("hour", &format!("2027-03-01T{hour}:00Z"), email)
            .await;
    }
    let cancelled = desk.booked("hour", "2027-03-02T09:00:00Z", email).await;
    desk.cancel(&cancelled).await;
    desk.booked("hour", "2027-03-02T12:00:00Z", "joada@example.com")
        .await;
    // Within the second booking: it has not ended, so it is not past.
    desk.clock.set(instant("2027-03-01T12:59:59Z"));
    let (second, third, fourth) = ("2027-03-01T12:00", "2027-03-01T14:00", "2027-03-02T09:00");
    let with = |more: Value| {
        let mut input = json!({ "customer_email": email });
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        input
    };
    assert_eq!(starts(&desk, with(json!({}))).await, [fourth, third, second]);
    let all = starts(&desk, with(json!({ "include_past": true }))).await;
    assert_eq!(all, [fourth, third, second, "2027-03-01T08:30"]);
    assert_eq!(
        starts(&desk, with(json!({ "status_in": ["confirmed"] }))).await,
        [third, second]
    );
    assert_eq!(
        starts(&desk, with(json!({ "status_in": ["cancelled"] }))).await,
        [fourth]
    );
    assert_eq!(
        starts(&desk, with(json!({ "status_in": ["confirmed", "cancelled"] })))
            .await
            .len(),
        3
    );
    assert!(starts(&desk, with(json!({ "status_in": [] }))).await.is_empty());
    assert_eq!(starts(&desk, with(json!({ "limit": 1 }))).await, [fourth]);
    assert_eq!(
        starts(&desk, with(json!({ "limit": 2.9 }))).await,
        [fourth, third]
    );
    desk.clock.set(instant("2027-03-01T13:00:00Z"));
    assert_eq!(starts(&desk, with(json!({}))).await, [fourth, third]);
}

#[tokio::test]
async fn a_stranger_has_no_bookings_and_that_is_no_error() {
    let desk = TestProvider::new();
    desk.booked("hour", "2027-03-02T09:00:00Z", "joann@example.com")
        .await;
    assert!(
        starts(&desk, json!({ "customer_email": "ann@example.com" }))
            .await
            .is_empty()
    );
    assert!(
        starts(&desk, json!({ "customer_email": "%@example.com" }))
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn fifty_are_listed_unless_more_are_asked_for() {
    let desk = TestProvider::new();
    let mut booked = 0;
    'all: for day in 2..12 {
        for start in desk.free("half", &format!("2027-03-{day:02}")).await {
            desk.booked("half", &start, "ada@example.com").await;
            booked += 1;
            if booked == 60 {
                break 'all;
            }
        }
    }
    assert_eq!(
        starts(&desk, json!({ "customer_email": "ada@example.com" }))
            .await
            .len(),
        50
    );
    assert_eq!(
        starts(
            &desk,
            json!({ "customer_email": "ada@example.com", "limit": 100 })
        )
        .await
        .len(),
        60
    );
}
