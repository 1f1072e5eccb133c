//! Inputs that are refused, and in which order reasons are looked for.

use serde_json::{Value, json};

use crate::support::{TestProvider, booking};

const TEN: &str = "2027-03-02T09:00:00Z";

#[tokio::test]
async fn an_input_that_breaks_the_schema_is_invalid_input_and_books_nothing() {
    let desk = TestProvider::new();
    let with = |pointer: &str, value: Value| {
        let mut input = booking("hour", TEN, "ada@example.com");
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        input.pointer_mut(parent).unwrap()[key] = value;
        input
    };
    let mut inputs = vec![json!(null), json!([]), json!("x"), json!({})];
    for (pointer, values) in [
        ("/service_id", vec![json!(1), json!(null)]),
        (
            "/start_at",
            vec![
                json!("2027-03-02T09:00:00"),
                json!("2027-03-02"),
                json!("2027-02-30T09:00:00Z"),
                json!("soon"),
                json!(1_800_000_000),
            ],
        ),
        (
            "/customer",
            vec![
                json!(null),
                json!({}),
                json!({ "name": "Ada" }),
                json!({ "email": "ada@example.com" }),
            ],
        ),
        ("/customer/name", vec![json!(""), json!("  "), json!(7)]),
        (
            "/customer/email",
            vec![json!("ada@"), json!("ada"), json!(""), json!(null)],
        ),
        ("/customer/phone", vec![json!(420)]),
        ("/customer/age", vec![json!(36)]),
        (
            "/notes",
            vec![json!(7), json!("é".repeat(1001)), json!("𝄞".repeat(1001))],
        ),
        ("/end_at", vec![json!(TEN)]),
        ("/agent_vendor", vec![json!(false)]),
    ] {
        inputs.extend(values.into_iter().map(|value| with(pointer, value)));
    }
    for input in inputs {
        let (status, answer) = desk.call_at("shop", "create_booking", input.clone()).await;
        assert_eq!(
            (status, &answer["error"]),
            (400, &json!("invalid_input")),
            "{input}"
        );
    }
    assert_eq!(desk.free("hour", "2027-03-02").await.len(), 12);
    assert_eq!(desk.list("ada@example.com").await["bookings"], json!([]));
}

#[tokio::test]
async fn a_thousand_characters_of_notes_are_accepted_however_long_each_is() {
    for (start, notes) in [
        (TEN, "x".repeat(1000)),
        ("2027-03-02T10:00:00Z", "𝄞".repeat(1000)),
    ] {
        let mut input = booking("hour", start, "ada@example.com");
        input["notes"] = notes.into();
        input["agent_vendor"] = "cursor".into();
        input["customer"]["phone"] = "+420 111".into();
        assert_eq!(
            TestProvider::new().call("create_booking", input).await["ok"],
            true
        );
    }
}

#[tokio::test]
async fn reasons_are_looked_for_in_a_fixed_order() {
    let desk = TestProvider::new();
    let past = "2020-01-01T00:00:00Z";
    assert_eq!(
        desk.book("nothing", past, "nobody").await["error"],
        "invalid_input"
    );
    assert_eq!(
        desk.book("nothing", past, "ada@example.com").await["error"],
        "invalid_service"
    );
    assert_eq!(
        desk.book("hour", past, "ada@example.com").await["error"],
        "past_time"
    );
    assert_eq!(
        desk.book("hour", "2027-03-02T03:00:00Z", "ada@example.com").await["error"],
        "slot_taken"
    );
}

#[tokio::test]
async fn business_refusals_have_status_200() {
    let desk = TestProvider::new();
    for (service, start) in [
        ("nothing", TEN),
        ("hour", "2020-01-01T00:00:00Z"),
        ("hour", "2027-03-02T03:00:00Z"),
    ] {
        let input = booking(service, start, "ada@example.com");
        let (status, answer) = desk.call_at("shop", "create_booking", input).await;
        assert_eq!((status, &answer["ok"]), (200, &json!(false)));
    }
}

#[tokio::test]
async fn the_other_tools_answer_a_broken_input_with_a_code_they_know() {
    let desk = TestProvider::new();
    for (tool, input, code) in [
        ("list_services", json!({ "x": 1 }), "invalid_input"),
        ("list_services", json!([]), "invalid_input"),
        (
            "check_availability",
            json!({ "service_id": "hour" }),
            "invalid_date",
        ),
        (
            "check_availability",
            json!({ "service_id": "hour", "date": "2 March" }),
            "invalid_date",
        ),
        (
            "check_availability",
            json!({ "service_id": "hour", "date": 20_270_302 }),
            "invalid_date",
        ),
        (
            "check_availability",
            json!({ "date": "2027-03-02" }),
            "invalid_service",
        ),
        (
            "check_availability",
            json!({ "service_id": 1, "date": "2 March" }),
            "invalid_service",
        ),
        (
            "check_availability",
            json!({ "service_id": "hour", "date": "2027-03-02", "agent_vendor": "x" }),
            "invalid_service",
        ),
        (
            "check_availability",
            json!({ "service_id": "hour", "date": "2027-03-02", "duration_minutes": 4 }),
            "invalid_service",
        ),
        ("cancel_booking", json!({}), "unknown_booking"),
        ("cancel_booking", json!({ "booking_id": 1 }), "unknown_booking"),
        (
            "list_bookings_for_customer",
            json!({ "customer_email": "ada" }),
            "invalid_email",
        ),
        ("list_bookings_for_customer", json!({}), "invalid_input"),
        (
            "list_bookings_for_customer",
            json!({ "customer_email": "ada@example.com", "limit": 0 }),
            "invalid_input",
        ),
        (
            "list_bookings_for_customer",
            json!({ "customer_email": "ada@example.com", "limit": 101 }),
            "invalid_input",
        ),
        (
            "list_bookings_for_customer",
            json!({ "customer_email": "ada@example.com", "status_in": ["lost"] }),
            "invalid_input",
        ),
    ] {
        let (status, answer) = desk.call_at("shop", tool, input.clone()).await;
        assert_eq!(
            (status, answer["error"].as_str()),
            (400, Some(code)),
            "{tool} {input}"
        );
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused_like_a_broken_input() {
    let desk = TestProvider::new();
    let deep = "[".repeat(10_000);
    for body in ["", "{", "\u{0}", "{\"service_id\":", &deep] {
        let response = desk
            .send("POST", "/p/shop/tools/create_booking", body.to_owned())
            .await;
        let (status, answer) = crate::support::read(response).await;
        assert_eq!(
            (status, answer),
            (400, json!({ "ok": false, "error": "invalid_input" }))
        );
    }
}
