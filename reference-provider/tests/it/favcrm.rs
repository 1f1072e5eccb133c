//! The faces in the shape of FavCRM: the same bookings and rules under other names.

use std::sync::Arc;

use jsonschema::{Draft, Validator};
use reference_provider::{Fault, Options, Provider, Tenants, router};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::{TestProvider, read};

mod later;

const LIVE: &str = "shop/favcrm";
const ARTICLE: &str = "shop/favcrm-article";
const DAY: &str = "2027-03-02";
const ADA: &str = "ada@example.com";

/// Calls a tool of a face, whose answer must be an envelope; the status and the envelope.
async fn call(desk: &TestProvider, face: &str, tool: &str, input: Value) -> (u16, Value) {
    let path = format!("/p/{face}/tools/{tool}");
    let (status, answer) = read(desk.send("POST", &path, input.to_string()).await).await;
    assert!(
        !answer["data"].is_null() && answer["summary"].is_string() && answer["renderType"].is_string(),
        "{tool} {input}: {answer}"
    );
    (status, answer)
}

/// The data of a success.
async fn data(desk: &TestProvider, face: &str, tool: &str, input: Value) -> Value {
    let (status, mut answer) = call(desk, face, tool, input).await;
    assert_eq!(status, 200, "{answer}");
    assert_ne!(answer["renderType"], "error", "{answer}");
    answer["data"].take()
}

/// The code of a refusal, with its status.
async fn refused(desk: &TestProvider, face: &str, tool: &str, input: Value) -> (u16, String) {
    let (status, answer) = call(desk, face, tool, input).await;
    assert_eq!(answer["renderType"], "error", "{answer}");
    (status, answer["data"]["code"].as_str().unwrap().to_owned())
}

/// The account of Ada.
async fn account(desk: &TestProvider) -> String {
    let input = json!({ "name": "Ada", "email": ADA });
    let created = data(desk, LIVE, "create_account", input).await;
    created["account"]["id"].as_str().unwrap().to_owned()
}

/// An hour of the live shape, at these times.
fn hour(account: &str, day: &str, start: &str, end: &str) -> Value {
    json!({
        "accountId": account, "serviceId": "hour", "bookingDate": day, "startTime": start, "endTime": end,
    })
}

/// An hour of the article's shape.
fn hour_at(start: &str, email: &str) -> Value {
    json!({ "serviceId": "hour", "start": start, "customer": { "name": "Ada", "email": email } })
}

fn names(listing: &Value) -> Vec<&str> {
    let tools = listing["tools"].as_array().unwrap();
    tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn each_face_lists_its_own_tools_with_the_same_untyped_output() {
    let desk = TestProvider::new();
    let (_, live) = read(desk.send("GET", "/p/shop/favcrm/tools", "").await).await;
    assert_eq!(
        names(&live),
        [
            "create_service",
            "list_services",
            "get_available_slots",
            "search_members",
            "create_account",
            "create_booking",
            "confirm_booking",
            "create_invoice",
            "cancel_booking",
            "list_bookings",
            "get_booking_detail",
            "get_booking_settings"
        ]
    );
    let (_, article) = read(desk.send("GET", "/p/shop/favcrm-article/tools", "").await).await;
    assert_eq!(
        names(&article),
        [
            "create_service",
            "list_services",
            "get_available_slots",
            "create_booking",
            "confirm_booking",
            "create_invoice",
            "list_bookings",
            "get_booking_detail"
        ]
    );
    for tool in [&live, &article]
        .iter()
        .flat_map(|listing| listing["tools"].as_array().unwrap())
    {
        assert_eq!(
            tool["outputSchema"]["required"],
            json!(["data", "summary", "renderType"])
        );
        assert_eq!(tool["outputSchema"]["properties"]["data"], json!({}));
    }
}

#[tokio::test]
async fn without_the_sandbox_there_is_no_face() {
    let options = Options::in_memory(Tenants::generated(1));
    let router = router(Arc::new(Provider::open(options).unwrap()));
    for face in ["favcrm", "favcrm-article"] {
        let path = format!("/p/tenant-0000/{face}/tools");
        let request = axum::http::Request::get(path).body(axum::body::Body::empty());
        let response = router.clone().oneshot(request.unwrap()).await.unwrap();
        assert_eq!(read(response).await.0, 404, "{face}");
    }
}

#[tokio::test]
async fn prices_are_decimal_strings_and_the_zone_is_a_setting() {
    let desk = TestProvider::new();
    for face in [LIVE, ARTICLE] {
        let services = data(&desk, face, "list_services", json!({})).await;
        assert_eq!(
            services["services"][0],
            json!({
                "id": "half", "name": "Half an hour", "durationMinutes": 30,
                "price": "10.50", "currency": "CZK", "status": "active",
            })
        );
    }
    let made = json!({ "name": "Intro Consultation", "durationMinutes": 30, "price": "0.00" });
    let made = data(&desk, ARTICLE, "create_service", made).await;
    assert_eq!(
        (&made["service"]["durationMinutes"], &made["service"]["price"]),
        (&json!(30), &json!("0.00"))
    );
    let services = data(&desk, LIVE, "list_services", json!({})).await;
    assert!(
        services["services"]
            .as_array()
            .unwrap()
            .contains(&made["service"]),
        "{services}"
    );
    let settings = data(&desk, LIVE, "get_booking_settings", json!({})).await;
    assert_eq!(settings["timezone"], "Europe/Prague");
}

#[tokio::test]
async fn slots_are_local_times_in_the_live_shape_and_instants_in_the_articles() {
    let desk = TestProvider::new();
    let input = json!({ "serviceId": "hour", "date": DAY });
    let live = data(&desk, LIVE, "get_available_slots", input.clone()).await;
    assert_eq!(
        live["slots"][0],
        json!({ "startTime": "09:00", "endTime": "10:00", "available": true })
    );
    let article = data(&desk, ARTICLE, "get_available_slots", input).await;
    assert_eq!(
        article["slots"][0],
        json!({ "start": "2027-03-02T08:00:00Z", "end": "2027-03-02T09:00:00Z", "available": true })
    );
    assert_eq!(
        live["slots"].as_array().unwrap().len(),
        desk.free("hour", DAY).await.len()
    );
}

#[tokio::test]
async fn an_account_is_one_for_each_address_and_is_found_by_any_part() {
    let desk = TestProvider::new();
    let id = account(&desk).await;
    let again = json!({ "name": "Somebody", "email": " ADA@example.com", "phone": "1" });
    assert_eq!(
        refused(&desk, LIVE, "create_account", again).await,
        (400, "VALIDATION_ERROR".to_owned())
    );
    let again = json!({ "name": "Somebody", "email": "ADA@example.com", "phone": "1" });
    let again = data(&desk, LIVE, "create_account", again).await;
    assert_eq!(
        again["account"],
        json!({ "id": id, "name": "Ada", "email": ADA, "phone": "1" })
    );
    for query in ["ada", "ADA@EXAMPLE", "@example.com"] {
        let found = data(&desk, LIVE, "search_members", json!({ "query": query })).await;
        assert_eq!(found["members"].as_array().unwrap().len(), 1, "{query}");
    }
    let elsewhere = data(
        &desk,
        "other-shop/favcrm",
        "search_members",
        json!({ "query": "ada" }),
    )
    .await;
    assert_eq!(elsewhere["members"], json!([]));
}

#[tokio::test]
async fn a_booking_of_the_live_shape_is_the_providers_own() {
    let desk = TestProvider::new();
    let account = account(&desk).await;
    let input = hour(&account, DAY, "10:00", "11:00");
    let booked = data(&desk, LIVE, "create_booking", input.clone()).await;
    let id = booked["booking"]["id"].as_str().unwrap();
    assert_eq!(
        booked["booking"],
        json!({
            "id": id, "status": "confirmed", "serviceId": "hour", "serviceName": "An hour", "accountId": account,
            "bookingDate": DAY, "startTime": "10:00", "endTime": "11:00",
        })
    );
    let own = desk.list(ADA).await;
    assert_eq!(own["bookings"][0]["booking_id"], *id);
    assert_eq!(own["bookings"][0]["start_at"], "2027-03-02T09:00:00Z");
    let repeat = data(&desk, LIVE, "create_booking", input).await;
    assert_eq!(repeat["booking"]["id"], *id);

    let detail = data(&desk, LIVE, "get_booking_detail", json!({ "bookingId": id })).await;
    assert_eq!(
        detail["booking"]["customer"],
        json!({ "name": "Ada", "email": ADA })
    );
    let rows = data(&desk, LIVE, "list_bookings", json!({})).await;
    assert_eq!(rows["bookings"], json!([booked["booking"]]));

    let cancel = json!({ "bookingId": id, "idempotencyKey": "k1" });
    for _ in 0..2 {
        let cancelled = data(&desk, LIVE, "cancel_booking", cancel.clone()).await;
        assert_eq!(cancelled["booking"]["status"], "cancelled");
    }
    assert_eq!(
        desk.list(ADA).await["bookings"][0]["status"],
        "cancelled",
        "the provider's own list"
    );
}

#[tokio::test]
async fn a_booking_of_the_articles_shape_is_the_providers_own() {
    let desk = TestProvider::new();
    let input = json!({
        "serviceId": "half", "start": "2027-03-02T14:00:00Z",
        "customer": { "name": "Amy Chan", "email": "amy@example.com" }, "notes": "by the window",
    });
    let booked = data(&desk, ARTICLE, "create_booking", input).await;
    let id = booked["booking"]["id"].as_str().unwrap();
    let detail = data(&desk, ARTICLE, "get_booking_detail", json!({ "bookingId": id })).await;
    assert_eq!(
        detail["booking"],
        json!({
            "id": id, "status": "confirmed", "serviceId": "half", "serviceName": "Half an hour",
            "start": "2027-03-02T14:00:00Z", "end": "2027-03-02T14:30:00Z",
            "customer": { "name": "Amy Chan", "email": "amy@example.com" },
            "totalPrice": "10.50", "currency": "CZK", "notes": "by the window",
        })
    );
    assert_eq!(
        desk.list("amy@example.com").await["bookings"][0]["booking_id"],
        *id
    );
}

#[tokio::test]
async fn bookings_are_listed_by_local_day_and_status_the_latest_first() {
    let desk = TestProvider::new();
    let mut made = Vec::new();
    // The first is on 1 March in Prague and in UTC, the others on the days after it.
    for start in [
        "2027-03-01T10:00:00Z",
        "2027-03-02T10:00:00Z",
        "2027-03-03T10:00:00Z",
    ] {
        let booked = data(&desk, ARTICLE, "create_booking", hour_at(start, ADA)).await;
        made.push(booked["booking"]["id"].clone());
    }
    desk.cancel(made[2].as_str().unwrap()).await;
    let listed = async |input: Value| {
        let rows = data(&desk, ARTICLE, "list_bookings", input).await;
        let rows = rows["bookings"].as_array().unwrap();
        rows.iter().map(|row| row["id"].clone()).collect::<Vec<_>>()
    };
    let [first, second, third] = made.try_into().unwrap();
    assert_eq!(
        listed(json!({})).await,
        [third.clone(), second.clone(), first.clone()]
    );
    assert_eq!(
        listed(json!({ "from": DAY, "to": DAY })).await,
        std::slice::from_ref(&second)
    );
    assert_eq!(
        listed(json!({ "status": "cancelled" })).await,
        std::slice::from_ref(&third)
    );
    assert_eq!(listed(json!({ "limit": 1 })).await, [third]);
    assert_eq!(listed(json!({ "to": "2027-03-01" })).await, [first]);
}

#[tokio::test]
async fn refusals_have_favcrms_codes() {
    let desk = TestProvider::new();
    let ada = account(&desk).await;
    let eve = data(
        &desk,
        LIVE,
        "create_account",
        json!({ "name": "Eve", "email": "eve@example.com" }),
    )
    .await["account"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    data(&desk, LIVE, "create_booking", hour(&ada, DAY, "10:00", "11:00")).await;
    let mut nothing = hour(&ada, DAY, "10:00", "11:00");
    nothing["serviceId"] = "nothing".into();
    for (tool, input, status, code) in [
        (
            "create_booking",
            hour(&eve, DAY, "10:30", "11:30"),
            200,
            "BOOKING_RACE_CONFLICT",
        ),
        (
            "create_booking",
            hour(&ada, "2027-03-01", "08:00", "09:00"),
            200,
            "BOOKING_IN_PAST",
        ),
        (
            "create_booking",
            hour("nobody", DAY, "12:00", "13:00"),
            200,
            "ACCOUNT_NOT_FOUND",
        ),
        ("create_booking", nothing, 200, "SERVICE_NOT_FOUND"),
        (
            "create_booking",
            hour(&ada, DAY, "14:00", "14:30"),
            400,
            "VALIDATION_ERROR",
        ),
        (
            "create_booking",
            hour(&ada, "2027-03-28", "02:30", "03:30"),
            400,
            "VALIDATION_ERROR",
        ),
        (
            "create_booking",
            hour(&ada, DAY, "9:00", "10:00"),
            400,
            "VALIDATION_ERROR",
        ),
        (
            "get_available_slots",
            json!({ "serviceId": "nothing", "date": DAY }),
            200,
            "SERVICE_NOT_FOUND",
        ),
        (
            "get_booking_detail",
            json!({ "bookingId": "bk_0" }),
            200,
            "BOOKING_NOT_FOUND",
        ),
        (
            "cancel_booking",
            json!({ "bookingId": "bk_0", "idempotencyKey": "k" }),
            200,
            "BOOKING_NOT_FOUND",
        ),
        (
            "cancel_booking",
            json!({ "bookingId": "bk_0" }),
            400,
            "VALIDATION_ERROR",
        ),
    ] {
        assert_eq!(
            refused(&desk, LIVE, tool, input.clone()).await,
            (status, code.to_owned()),
            "{tool} {input}"
        );
    }
}

#[tokio::test]
async fn a_slot_that_the_customer_has_already_is_told_apart() {
    let desk = TestProvider::new();
    let start = "2027-03-02T09:00:00Z";
    let first = data(&desk, ARTICLE, "create_booking", hour_at(start, ADA)).await;
    desk.advance(chrono::TimeDelta::seconds(61));
    let (_, answer) = call(&desk, ARTICLE, "create_booking", hour_at(start, ADA)).await;
    assert_eq!(answer["data"]["code"], "BOOKING_ON_HAND");
    assert_eq!(
        answer["data"]["details"],
        json!({
            "existingBookingId": first["booking"]["id"], "existingBookingDate": DAY, "isRace": false,
        })
    );
    let other = refused(
        &desk,
        ARTICLE,
        "create_booking",
        hour_at(start, "eve@example.com"),
    )
    .await;
    assert_eq!(other.1, "BOOKING_RACE_CONFLICT");
}

#[tokio::test]
async fn a_fault_shows_in_both_faces() {
    let desk = TestProvider::faulty(&[Fault::DoubleBooks]);
    let start = "2027-03-02T09:00:00Z";
    data(
        &desk,
        ARTICLE,
        "create_booking",
        hour_at(start, "eve@example.com"),
    )
    .await;
    let ada = account(&desk).await;
    let booked = data(&desk, LIVE, "create_booking", hour(&ada, DAY, "10:00", "11:00")).await;
    assert_eq!(booked["booking"]["status"], "confirmed");
}

#[tokio::test]
async fn a_face_is_reached_over_mcp_as_over_http() {
    let desk = TestProvider::new();
    let client = crate::mcp::Client::connect(&desk, LIVE, "2025-11-25").await;
    let listed = client.request("tools/list", json!({})).await.message();
    let over_http = read(desk.send("GET", "/p/shop/favcrm/tools", "").await).await.1;
    assert_eq!(listed["result"]["tools"], over_http["tools"]);

    let input = json!({ "name": "list_services", "arguments": {} });
    let message = client.request("tools/call", input).await.message();
    let result = &message["result"];
    assert_eq!(result["isError"], false);
    let schema = &over_http["tools"][0]["outputSchema"];
    assert!(
        validator(schema).is_valid(&result["structuredContent"]),
        "{message}"
    );

    let input = json!({ "name": "get_booking_detail", "arguments": { "bookingId": "bk_0" } });
    let message = client.request("tools/call", input).await.message();
    assert_eq!(message["result"]["isError"], true);
    assert_eq!(
        message["result"]["structuredContent"]["data"]["code"],
        "BOOKING_NOT_FOUND"
    );
    assert_eq!(
        client
            .error(
                "tools/call",
                json!({ "name": "check_availability", "arguments": {} })
            )
            .await
            .0,
        -32602
    );
}

fn validator(schema: &Value) -> Validator {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .build(schema)
        .unwrap()
}
