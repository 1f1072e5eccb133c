//! `create_booking`: what is booked, repeats, clashes, alternatives.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{TestProvider, booking, instant};

const TEN: &str = "2027-03-02T09:00:00Z";

#[tokio::test]
async fn a_booking_echoes_what_was_sent_and_derives_its_end() {
    let desk = TestProvider::new();
    let answer = desk.book("long", TEN, "Ada@Example.com").await;
    assert_eq!(answer["ok"], true);
    assert_eq!(answer["confirmed"], true);
    assert_eq!(answer["start_at"], TEN);
    assert_eq!(answer["end_at"], "2027-03-02T10:30:00Z");
    assert_eq!(
        answer["service"],
        json!({ "id": "long", "name": "An hour and a half" })
    );
    assert_eq!(
        answer["customer"],
        json!({ "name": "Ada", "email": "Ada@Example.com" })
    );
    assert!(
        answer["cancellation_url"]
            .as_str()
            .unwrap()
            .starts_with("http://book.test/p/shop/bookings/")
    );
    let id = answer["booking_id"].as_str().unwrap();
    assert!(id.starts_with("bk_") && id.len() == 35);
    assert!(answer.get("error").is_none() && answer.get("available_alternatives").is_none());
}

#[tokio::test]
async fn a_repeat_within_the_window_returns_the_first_booking_unchanged() {
    let desk = TestProvider::new();
    let first = desk.book("hour", TEN, "ada@example.com").await;
    for (seconds, start) in [
        (0, "2027-03-02T10:00:00+01:00"),
        (58, "2027-03-02t09:00:00.000z"),
        (1, TEN),
    ] {
        desk.advance(TimeDelta::seconds(seconds));
        let mut again = booking("hour", start, "ADA@example.com");
        again["customer"]["name"] = "Somebody else".into();
        again["notes"] = "changed".into();
        assert_eq!(desk.call("create_booking", again).await, first);
    }
    assert_eq!(
        desk.list("ada@example.com").await["bookings"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn after_the_window_the_own_booking_holds_the_slot() {
    let desk = TestProvider::new();
    let booked = desk.booked("hour", TEN, "ada@example.com").await;
    desk.advance(TimeDelta::milliseconds(59_999));
    assert_eq!(desk.booked("hour", TEN, "ada@example.com").await, booked);
    desk.advance(TimeDelta::milliseconds(1));
    assert_eq!(
        desk.book("hour", TEN, "ada@example.com").await["error"],
        "slot_taken"
    );
}

#[tokio::test]
async fn a_repeat_is_recognised_before_the_time_is_looked_at() {
    let desk = TestProvider::new();
    desk.clock.set(instant("2027-03-02T08:59:30Z"));
    let first = desk.book("hour", TEN, "ada@example.com").await;
    desk.advance(TimeDelta::seconds(40));
    assert_eq!(desk.book("hour", TEN, "ada@example.com").await, first);
    assert_eq!(
        desk.book("hour", TEN, "eve@example.com").await["error"],
        "past_time"
    );
}

#[tokio::test]
async fn a_cancelled_booking_leaves_the_window() {
    let desk = TestProvider::new();
    let first = desk.booked("hour", TEN, "ada@example.com").await;
    desk.cancel(&first).await;
    let second = desk.booked("hour", TEN, "ada@example.com").await;
    assert_ne!(first, second);
    assert_eq!(desk.booked("hour", TEN, "ada@example.com").await, second);
}

#[tokio::test]
async fn a_refused_request_is_not_remembered() {
    let desk = TestProvider::new();
    let holder = desk.booked("hour", TEN, "eve@example.com").await;
    assert_eq!(
        desk.book("hour", TEN, "ada@example.com").await["error"],
        "slot_taken"
    );
    desk.cancel(&holder).await;
    assert_eq!(desk.book("hour", TEN, "ada@example.com").await["ok"], true);
}

#[tokio::test]
async fn another_service_another_start_and_another_customer_are_no_repeats() {
    let desk = TestProvider::new();
    let first = desk.booked("half", TEN, "ada@example.com").await;
    assert_eq!(
        desk.book("hour", TEN, "ada@example.com").await["error"],
        "slot_taken"
    );
    assert_ne!(
        desk.booked("half", "2027-03-02T09:30:00Z", "ada@example.com")
            .await,
        first
    );
    let refused = desk.book("half", TEN, "eve@example.com").await;
    assert_eq!(refused["error"], "slot_taken");
    assert!(!refused.to_string().contains("ada") && !refused.to_string().contains(&first));
}

#[tokio::test]
async fn bookings_of_different_services_clash_and_neighbours_do_not() {
    let desk = TestProvider::new();
    desk.booked("hour", TEN, "ada@example.com").await;
    for (service, start, fits) in [
        ("half", "2027-03-02T09:00:00Z", false),
        ("half", "2027-03-02T09:30:00Z", false),
        ("long", "2027-03-02T08:00:00Z", false),
        ("hour", "2027-03-02T08:30:00Z", false),
        ("half", "2027-03-02T08:30:00Z", true),
        ("half", "2027-03-02T10:00:00Z", true),
    ] {
        let answer = desk.book(service, start, "eve@example.com").await;
        assert_eq!(answer["ok"], fits, "{service} {start}");
    }
}

#[tokio::test]
async fn only_a_start_after_now_is_in_the_future() {
    let desk = TestProvider::new();
    desk.clock.set(instant(TEN));
    for start in [
        TEN,
        "2027-03-02T08:30:00Z",
        "2027-03-01T09:00:00Z",
        "1999-12-31T23:59:59Z",
    ] {
        assert_eq!(
            desk.book("half", start, "ada@example.com").await["error"],
            "past_time",
            "{start}"
        );
    }
    desk.clock.set(instant(TEN) - TimeDelta::milliseconds(1));
    assert_eq!(desk.book("half", TEN, "ada@example.com").await["ok"], true);
}

#[tokio::test]
async fn a_start_that_is_not_offered_is_slot_taken_with_alternatives_that_can_be_booked() {
    for start in [
        "2027-03-02T09:07:00Z",
        "2027-03-02T09:00:00.000001Z",
        "2027-03-02T02:00:00Z",
        "2027-03-02T11:00:00Z",
        "2027-03-02T15:30:00Z",
        "2027-03-07T09:00:00Z",
        "2027-05-01T09:00:00Z",
        "9999-12-31T23:59:59Z",
    ] {
        let desk = TestProvider::new();
        let refused = desk.book("hour", start, "ada@example.com").await;
        assert_eq!(refused["error"], "slot_taken", "{start}");
        let alternatives = refused["available_alternatives"].as_array().unwrap();
        assert_eq!(alternatives.len(), 5, "{start}");
        let first = &alternatives[0];
        let booked = desk
            .book("hour", first["start_at"].as_str().unwrap(), "ada@example.com")
            .await;
        assert_eq!(
            (&booked["ok"], &booked["end_at"]),
            (&Value::Bool(true), &first["end_at"]),
            "{start}"
        );
    }
}

#[tokio::test]
async fn the_alternatives_are_the_closest_of_all_that_availability_lists() {
    let desk = TestProvider::new();
    for start in [
        "2027-03-02T09:00:00Z",
        "2027-03-02T12:00:00Z",
        "2027-03-02T13:30:00Z",
    ] {
        desk.booked("hour", start, "eve@example.com").await;
    }
    let asked = instant(TEN);
    let mut free = Vec::new();
    for date in ["2027-03-01", "2027-03-02", "2027-03-03", "2027-03-04"] {
        free.extend(desk.free("hour", date).await);
    }
    free.sort_by_key(|start| ((instant(start) - asked).abs(), instant(start)));
    let refused = desk.book("hour", TEN, "ada@example.com").await;
    let offered: Vec<_> = refused["available_alternatives"]
        .as_array()
        .unwrap()
        .iter()
        .map(|slot| slot["start_at"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(offered, free[..5]);
}

#[tokio::test]
async fn one_tenant_knows_nothing_of_another() {
    let desk = TestProvider::new();
    let input = booking("hour", TEN, "ada@example.com");
    let (_, here) = desk.call_at("shop", "create_booking", input.clone()).await;
    let (_, there) = desk.call_at("other-shop", "create_booking", input).await;
    assert_eq!(
        (&here["ok"], &there["ok"]),
        (&Value::Bool(true), &Value::Bool(true))
    );
    assert_ne!(here["booking_id"], there["booking_id"]);
    let cancel = json!({ "booking_id": here["booking_id"] });
    let (_, refused) = desk.call_at("other-shop", "cancel_booking", cancel).await;
    assert_eq!(refused["error"], "unknown_booking");
    assert_eq!(
        desk.list("ada@example.com").await["bookings"][0]["status"],
        "confirmed"
    );
}

/// What can be booked can be mailed: an address is one without a name, and as it is sent to.
#[tokio::test]
async fn an_address_that_no_mail_goes_to_is_refused() {
    let desk = TestProvider::new();
    for email in [
        "Ada <ada@example.com>",
        "<ada@example.com>",
        " ada@example.com",
        "ada@example.com ",
        "ada@example.com\n",
        "ada@ex ample.com",
        "ada",
    ] {
        assert_eq!(
            desk.book("hour", TEN, email).await["error"],
            "invalid_input",
            "{email:?}"
        );
    }
    for email in ["ada+cut@example.com", "a%2fb@example.com", "o'hara@example.co.uk"] {
        let answer = desk.book("hour", TEN, email).await;
        assert_ne!(answer["error"], "invalid_input", "{email:?}");
    }
}
