//! Listing and calling tools: as over HTTP, in every revision.

use axum::body::to_bytes;
use reference_provider::Fault;
use serde_json::{Value, json};

use super::{ALONE, Client, REVISIONS};
use crate::support::{TestProvider, booking};

const TEN: &str = "2027-03-02T09:00:00Z";
const ADA: &str = "ada@example.com";

#[tokio::test]
async fn tools_are_listed_to_the_letter_as_over_http() {
    let desk = TestProvider::new();
    let response = desk.send("GET", "/p/shop/tools", "").await;
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let over_http = std::str::from_utf8(&body).unwrap();
    let tools = over_http
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .unwrap();
    for revision in REVISIONS {
        let client = Client::connect(&desk, "shop", revision).await;
        let reply = client.request("tools/list", json!({})).await;
        assert!(reply.text().contains(tools), "{revision}: {}", reply.text());
        assert!(reply.message()["result"].get("nextCursor").is_none());
    }
    // The order in which the contract was published, which is no order of the alphabet.
    let create = tools.split_once("\"create_booking\"").unwrap().1;
    let keys = r#""inputSchema":{"type":"object","required":["service_id","start_at","customer"],"properties":{"notes":"#;
    assert!(create.contains(keys), "{create}");
    assert!(
        create.contains(r#""outputSchema":{"type":"object","required":["ok"],"properties":{"ok":"#),
        "{create}"
    );
}

#[tokio::test]
async fn there_is_one_page_of_tools() {
    let desk = TestProvider::new();
    for revision in REVISIONS {
        let client = Client::connect(&desk, "shop", revision).await;
        let (code, _) = client.error("tools/list", json!({ "cursor": "x" })).await;
        assert_eq!(code, -32602);
    }
}

#[tokio::test]
async fn each_tool_answers_as_over_http() {
    for revision in REVISIONS {
        let desk = TestProvider::new();
        let client = Client::connect(&desk, "shop", revision).await;
        let equal = async |tool: &str, input: Value| {
            let answer = client.call(tool, &input).await;
            // A repeat within the window, and a second cancel, are answered as the first.
            assert_eq!(answer, desk.call(tool, input).await, "{revision} {tool}");
            answer
        };
        equal("list_services", json!({})).await;
        let day = json!({ "service_id": "hour", "date": "2027-03-02" });
        assert_eq!(
            equal("check_availability", day.clone()).await["slots"][0]["start_at"],
            "2027-03-02T08:00:00Z"
        );
        let booked = equal("create_booking", booking("hour", TEN, ADA)).await;
        assert_eq!(booked["ok"], true, "{booked}");
        let url = booked["cancellation_url"].as_str().unwrap();
        assert!(url.starts_with("http://book.test/p/shop/bookings/"), "{url}");
        equal("check_availability", day).await;
        let listed = equal("list_bookings_for_customer", json!({ "customer_email": ADA })).await;
        assert_eq!(listed["bookings"][0]["booking_id"], booked["booking_id"]);
        let cancelled = equal("cancel_booking", json!({ "booking_id": booked["booking_id"] })).await;
        assert_eq!(cancelled["freed_slot"]["start_at"], TEN);
    }
}

#[tokio::test]
async fn a_refusal_is_a_result_and_says_what_http_says() {
    let desk = TestProvider::new();
    desk.book("hour", TEN, "eve@example.com").await;
    let with = |key: &str, value: Value| {
        let mut input = booking("hour", TEN, ADA);
        input[key] = value;
        input
    };
    for revision in REVISIONS {
        let client = Client::connect(&desk, "shop", revision).await;
        for (tool, input, code) in [
            ("create_booking", booking("hour", TEN, ADA), "slot_taken"),
            ("create_booking", booking("none", TEN, ADA), "invalid_service"),
            (
                "create_booking",
                booking("hour", "2020-01-01T00:00:00Z", ADA),
                "past_time",
            ),
            ("create_booking", json!({}), "invalid_input"),
            ("create_booking", with("start_at", json!(7)), "invalid_input"),
            ("create_booking", with("customer", json!(null)), "invalid_input"),
            (
                "create_booking",
                with("notes", json!("é".repeat(1001))),
                "invalid_input",
            ),
            ("create_booking", with("colour", json!("red")), "invalid_input"),
            ("create_booking", json!([]), "invalid_input"),
            ("create_booking", json!("book"), "invalid_input"),
            ("list_services", json!({ "page": 2 }), "invalid_input"),
            ("list_services", json!(7), "invalid_input"),
            (
                "check_availability",
                json!({ "service_id": "hour", "date": "2027-02-30" }),
                "invalid_date",
            ),
            (
                "cancel_booking",
                json!({ "booking_id": "bk_0" }),
                "unknown_booking",
            ),
            ("cancel_booking", json!({ "booking_id": 0 }), "unknown_booking"),
            (
                "list_bookings_for_customer",
                json!({ "customer_email": "ada@" }),
                "invalid_email",
            ),
        ] {
            let answer = client.call(tool, &input).await;
            assert_eq!(answer["error"], code, "{revision} {tool} {input}");
            assert_eq!(answer, desk.call(tool, input).await);
        }
    }
}

#[tokio::test]
async fn arguments_that_are_left_out_are_empty() {
    let desk = TestProvider::new();
    for revision in REVISIONS {
        let client = Client::connect(&desk, "shop", revision).await;
        assert_eq!(client.call("list_services", &json!(null)).await["ok"], true);
        let reply = client
            .request("tools/call", json!({ "name": "list_services" }))
            .await;
        assert_eq!(reply.message()["result"]["structuredContent"]["ok"], true);
    }
}

#[tokio::test]
async fn what_cannot_be_called_is_an_error_of_the_protocol() {
    let desk = TestProvider::new();
    for revision in REVISIONS {
        let client = Client::connect(&desk, "shop", revision).await;
        for arguments in [json!({}), json!([])] {
            let params = json!({ "name": "get_bookings", "arguments": arguments });
            let error = client.error("tools/call", params).await;
            assert_eq!(
                error,
                (-32602, "Unknown tool: get_bookings".to_owned()),
                "{revision}"
            );
        }
        assert_eq!(client.error("bookings/list", json!({})).await.0, -32601);
        for method in [
            "prompts/list",
            "resources/list",
            "resources/templates/list",
            "logging/setLevel",
        ] {
            assert_eq!(
                client.error(method, json!({ "level": "info" })).await.0,
                -32601,
                "{method}"
            );
        }
    }
    let client = Client::connect(&desk, "shop", "2025-11-25").await;
    assert_eq!(
        client.error("tools/call", json!({ "arguments": {} })).await.0,
        -32602
    );
    assert_eq!(client.error("tools/call", json!({ "name": 7 })).await.0, -32602);
}

#[tokio::test]
async fn an_answer_that_breaks_is_an_internal_error_and_has_booked() {
    for revision in REVISIONS {
        let desk = TestProvider::faulty(&[Fault::FailsAfterBooking]);
        let client = Client::connect(&desk, "shop", revision).await;
        let params = json!({ "name": "create_booking", "arguments": booking("hour", TEN, ADA) });
        let message = client.request("tools/call", params).await.message();
        assert_eq!(
            message["error"],
            json!({ "code": -32603, "message": "the call failed", "data": { "error": "internal" } })
        );
        assert_eq!(desk.list(ADA).await["bookings"][0]["start_at"], TEN);
    }
}

#[tokio::test]
async fn a_refusal_with_500_is_an_internal_error_too() {
    let desk = TestProvider::faulty_at("shop", Fault::RefusesWith500);
    let unknown = json!({ "booking_id": "bk_0" });
    let client = Client::connect(&desk, "shop", ALONE).await;
    let params = json!({ "name": "cancel_booking", "arguments": unknown });
    let message = client.request("tools/call", params).await.message();
    assert_eq!(message["error"]["code"], -32603);
    assert_eq!(
        message["error"]["data"],
        json!({ "ok": false, "error": "unknown_booking" })
    );
    let sound = Client::connect(&desk, "other-shop", ALONE).await;
    assert_eq!(
        sound.call("cancel_booking", &unknown).await["error"],
        "unknown_booking"
    );
}
