//! What is not about bookings: addresses, methods, sizes, the listing, the date.

use serde_json::{Value, json};

use crate::support::{TestProvider, read};

#[tokio::test]
async fn tools_are_listed_with_their_schemas_in_the_shape_of_mcp() {
    let (status, listing) = read(TestProvider::new().send("GET", "/p/shop/tools", "").await).await;
    assert_eq!(status, 200);
    let tools = listing["tools"].as_array().unwrap();
    let names: Vec<_> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "list_services",
            "check_availability",
            "create_booking",
            "cancel_booking",
            "list_bookings_for_customer",
            "get_booking",
            "list_bookings",
            "confirm_booking",
            "reschedule_booking",
            "record_attendance",
            "get_customer",
            "list_customers",
            "tag_customer",
            "create_service",
            "retire_service",
            "create_invoice",
            "get_invoice",
            "advance_clock",
            "effects"
        ]
    );
    for tool in tools {
        assert!(tool["description"].is_string() && tool["outputSchema"]["required"] == json!(["ok"]));
        assert_eq!(tool["inputSchema"]["additionalProperties"], false);
        assert!(tool["annotations"]["readOnlyHint"].is_boolean());
    }
}

#[tokio::test]
async fn what_is_not_there_is_404_without_ok() {
    let desk = TestProvider::new();
    for (method, path, code) in [
        ("GET", "/p/nobody/tools", "unknown_tenant"),
        ("POST", "/p/nobody/tools/create_booking", "unknown_tenant"),
        ("POST", "/p/shop/tools/get_bookings", "unknown_tool"),
        ("GET", "/favicon.ico", "not_found"),
    ] {
        let (status, body) = read(desk.send(method, path, "{}").await).await;
        assert_eq!((status, body["error"].as_str()), (404, Some(code)), "{path}");
        assert!(body.get("ok").is_none());
    }
}

#[tokio::test]
async fn another_method_is_405() {
    let response = TestProvider::new()
        .send("GET", "/p/shop/tools/create_booking", "")
        .await;
    assert_eq!(response.headers()["allow"], "POST");
    let (status, body) = read(response).await;
    assert_eq!(status, 405);
    assert!(body.get("ok").is_none());
}

#[tokio::test]
async fn a_body_over_64_kib_is_413() {
    let desk = TestProvider::new();
    let send = async |size: usize| {
        let body = format!("{{}}{}", " ".repeat(size - 2));
        read(desk.send("POST", "/p/shop/tools/list_services", body).await).await
    };
    assert_eq!(send(64 * 1024).await.0, 200);
    let (status, body) = send(64 * 1024 + 1).await;
    assert_eq!(status, 413);
    assert!(body.get("ok").is_none());
}

#[tokio::test]
async fn the_date_header_is_the_providers_clock() {
    let desk = TestProvider::new();
    for path in ["/", "/p/shop/tools", "/nothing"] {
        let response = desk.send("GET", path, "").await;
        assert_eq!(response.headers()["date"], "Mon, 01 Mar 2027 08:00:00 GMT");
    }
}

#[tokio::test]
async fn the_tenants_are_listed_with_their_addresses() {
    let (_, body) = read(TestProvider::new().send("GET", "/", "").await).await;
    let urls: Vec<&Value> = body["tenants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tenant| &tenant["url"])
        .collect();
    assert_eq!(
        urls,
        [
            "http://book.test/p/shop",
            "http://book.test/p/other-shop",
            "http://book.test/p/west"
        ]
    );
    assert_eq!(body["tenants"][0]["mcp"], "http://book.test/p/shop/mcp");
}
