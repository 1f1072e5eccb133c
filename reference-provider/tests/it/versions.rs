//! The second version of the contracts: the same bookings behind another address.

use reference_provider::{Fault, Version};
use serde_json::{Value, json};

use crate::support::{TestProvider, booking, read};

const SECOND: &str = "shop/v0.2.0";

async fn second(desk: &TestProvider, tool: &str, input: Value) -> Value {
    desk.call_at(SECOND, tool, input).await.1
}

async fn three_bookings(desk: &TestProvider) -> Vec<String> {
    let mut ids = Vec::new();
    for hour in ["08:30", "12:00", "14:00"] {
        ids.push(
            desk.booked("half", &format!("2027-03-02T{hour}:00Z"), "ada@example.com")
                .await,
        );
    }
    ids.reverse();
    ids
}

/// The ids on each page, as long as a cursor leads on and at most ten pages.
async fn pages(desk: &TestProvider, limit: u32) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut input = json!({ "customer_email": "ada@example.com", "limit": limit });
    while found.len() < 10 {
        let answer = second(desk, "list_bookings_for_customer", input.clone()).await;
        let page = answer["bookings"].as_array().unwrap().iter();
        found.push(
            page.map(|entry| entry["booking_id"].as_str().unwrap().to_owned())
                .collect(),
        );
        match answer.get("next_cursor") {
            Some(cursor) => input["cursor"] = cursor.clone(),
            None => break,
        }
    }
    found
}

#[tokio::test]
async fn each_address_lists_the_tools_of_its_version() {
    let desk = TestProvider::new();
    for version in Version::ALL {
        let path = format!("/p/shop{}/tools", version.path());
        let (status, listed) = read(desk.send("GET", &path, "").await).await;
        let names: Vec<_> = listed["tools"].as_array().unwrap().iter().collect();
        assert_eq!(status, 200);
        assert!(
            names
                .iter()
                .map(|tool| tool["name"].as_str().unwrap())
                .eq(version.tools().map(|tool| tool.name()))
        );
    }
}

#[tokio::test]
async fn a_booking_made_at_one_version_is_found_at_the_other_as_it_stands() {
    let desk = TestProvider::new();
    let mut input = booking("hour", "2027-03-02T10:00:00+01:00", "ada@example.com");
    input["notes"] = "Second floor.".into();
    let made = desk.call("create_booking", input).await;
    let found = second(&desk, "get_booking", json!({ "booking_id": made["booking_id"] })).await;
    assert_eq!(
        found,
        json!({
            "ok": true, "booking_id": made["booking_id"], "status": "confirmed",
            "start_at": "2027-03-02T09:00:00Z", "end_at": "2027-03-02T10:00:00Z",
            "service": { "id": "hour", "name": "An hour" },
            "customer": { "name": "Ada", "email": "ada@example.com" },
            "status_history": [{ "to": "confirmed", "at": "2027-03-01T08:00:00Z" }],
            "notes": "Second floor.",
        })
    );
    let id = made["booking_id"].as_str().unwrap();
    second(&desk, "cancel_booking", json!({ "booking_id": id })).await;
    let found = second(&desk, "get_booking", json!({ "booking_id": id })).await;
    assert_eq!(found["status"], "cancelled");
    let unknown = json!({ "ok": false, "error": "unknown_booking" });
    let elsewhere = desk
        .call_at("other-shop/v0.2.0", "get_booking", json!({ "booking_id": id }))
        .await
        .1;
    assert_eq!(elsewhere, unknown);
    assert_eq!(
        second(&desk, "get_booking", json!({ "booking_id": "none" })).await,
        unknown
    );
}

#[tokio::test]
async fn pages_hold_every_booking_once_and_the_last_leads_nowhere() {
    let desk = TestProvider::new();
    let ids = three_bookings(&desk).await;
    assert_eq!(pages(&desk, 1).await.concat(), ids);
    assert_eq!(pages(&desk, 2).await, [ids[..2].to_vec(), ids[2..].to_vec()]);
    assert_eq!(pages(&desk, 3).await, [ids]);
}

#[tokio::test]
async fn a_booking_made_between_two_pages_moves_none_of_the_others() {
    let desk = TestProvider::new();
    let ids = three_bookings(&desk).await;
    let first = second(
        &desk,
        "list_bookings_for_customer",
        json!({ "customer_email": "ada@example.com", "limit": 2 }),
    )
    .await;
    desk.booked("half", "2027-03-03T09:00:00Z", "ada@example.com")
        .await;
    let rest = second(
        &desk,
        "list_bookings_for_customer",
        json!({ "customer_email": "ada@example.com", "limit": 2, "cursor": first["next_cursor"] }),
    )
    .await;
    assert_eq!(rest["bookings"].as_array().unwrap().len(), 1);
    assert_eq!(rest["bookings"][0]["booking_id"], ids[2]);
}

#[tokio::test]
async fn an_input_that_breaks_the_schema_has_the_code_of_the_second_version() {
    let desk = TestProvider::new();
    let email = "ada@example.com";
    for (tool, input, code) in [
        ("cancel_booking", json!({}), "invalid_input"),
        ("get_booking", json!({ "booking_id": "" }), "invalid_input"),
        (
            "check_availability",
            json!({ "service_id": "half" }),
            "invalid_input",
        ),
        (
            "check_availability",
            json!({ "service_id": "half", "date": "2027-02-30" }),
            "invalid_date",
        ),
        (
            "check_availability",
            json!({ "service_id": 7, "date": "2027-02-30" }),
            "invalid_input",
        ),
        (
            "check_availability",
            json!({ "service_id": "half", "date": "2027-03-02", "duration_minutes": 30 }),
            "invalid_input",
        ),
        (
            "list_bookings_for_customer",
            json!({ "customer_email": "ada@" }),
            "invalid_email",
        ),
        (
            "list_bookings_for_customer",
            json!({ "customer_email": email, "limit": 1.5 }),
            "invalid_input",
        ),
        (
            "list_bookings_for_customer",
            json!({ "customer_email": email, "cursor": "none" }),
            "invalid_input",
        ),
        (
            "create_booking",
            json!({ "service_id": "half", "start_at": "2027-03-02T09:00:00Z", "customer": { "name": "\u{3000}", "email": email } }),
            "invalid_input",
        ),
    ] {
        let (status, answer) = desk.call_at(SECOND, tool, input.clone()).await;
        assert_eq!(
            (status, answer),
            (400, json!({ "ok": false, "error": code })),
            "{tool} {input}"
        );
    }
}

#[tokio::test]
async fn a_fault_of_the_pages_spoils_them() {
    for (fault, shown) in [
        (Fault::PagesOverlap, vec![0, 0, 0]),
        (Fault::PagesLoseOne, vec![0, 2]),
    ] {
        let desk = TestProvider::faulty(&[fault]);
        let ids = three_bookings(&desk).await;
        let expected: Vec<_> = shown.into_iter().map(|at: usize| ids[at].clone()).collect();
        assert_eq!(
            pages(&desk, 1).await.concat()[..expected.len()],
            expected,
            "{fault}"
        );
    }
    let desk = TestProvider::faulty(&[Fault::CursorNeverEnds]);
    three_bookings(&desk).await;
    assert_eq!(pages(&desk, 3).await.len(), 10);
}

#[tokio::test]
async fn a_fault_of_the_look_up_shows_what_it_should_not() {
    let desk = TestProvider::faulty_at("other-shop", Fault::GetBookingCrossesTenants);
    let id = desk
        .booked("half", "2027-03-02T09:00:00Z", "ada@example.com")
        .await;
    let input = json!({ "booking_id": id });
    let (_, found) = desk
        .call_at("other-shop/v0.2.0", "get_booking", input.clone())
        .await;
    assert_eq!(found["booking_id"], id);

    let desk = TestProvider::faulty(&[Fault::GetBookingIgnoresCancel]);
    let id = desk
        .booked("half", "2027-03-02T09:00:00Z", "ada@example.com")
        .await;
    desk.cancel(&id).await;
    let found = second(&desk, "get_booking", json!({ "booking_id": id })).await;
    assert_eq!(found["status"], "confirmed");
}

#[tokio::test]
async fn faults_of_the_answer_and_of_the_order_show() {
    let desk = TestProvider::faulty(&[Fault::ExtraOutputFields]);
    let made = second(
        &desk,
        "create_booking",
        booking("half", "2027-03-02T09:00:00Z", "ada@example.com"),
    )
    .await;
    assert_eq!(made["internal_id"], 7);
    let desk = TestProvider::faulty(&[Fault::ServiceCheckedAfterTime]);
    let answer = second(
        &desk,
        "create_booking",
        booking("none", "2020-01-01T09:00:00Z", "ada@example.com"),
    )
    .await;
    assert_eq!(answer["error"], "past_time");
}

#[tokio::test]
async fn an_impossible_date_is_a_500_at_both_versions_with_that_fault_and_a_broken_one_at_none() {
    let desk = TestProvider::faulty(&[Fault::ImpossibleDateIs500]);
    for version in Version::ALL {
        let at = format!("shop{}", version.path());
        let ask = async |date: &str| {
            let input = json!({ "service_id": "half", "date": date });
            desk.call_at(&at, "check_availability", input).await
        };
        let (status, answer) = ask("2027-02-30").await;
        assert_eq!((status, &answer["error"]), (500, &json!("invalid_date")), "{at}");
        assert_eq!(ask("tomorrow").await.0, 400, "{at}");
    }
}
