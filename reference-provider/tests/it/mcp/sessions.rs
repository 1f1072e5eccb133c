//! Sessions: whose they are, and how they end.

use axum::body::Body;
use axum::http::Request;
use reference_provider::{Tenants, Version};
use serde_json::json;
use tower::ServiceExt;

use super::{ALONE, Client, post, send};
use crate::support::{NOW, TestProvider, booking};

const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
const TEN: &str = "2027-03-02T09:00:00Z";

#[tokio::test]
async fn a_session_of_one_tenant_is_unknown_at_another() {
    let desk = TestProvider::new();
    let client = Client::connect(&desk, "shop", "2025-11-25").await;
    let session = [("mcp-session-id", client.session.as_deref().unwrap())];
    let stream = [session[0], ("accept", "text/event-stream")];
    let elsewhere = "/p/other-shop/mcp";
    for reply in [
        post(&desk, "other-shop", &session, LIST).await,
        post(&desk, "other-shop", &session, &super::initialize("2025-11-25")).await,
        send(&desk, "GET", elsewhere, &stream, "").await,
        send(&desk, "DELETE", elsewhere, &session, "").await,
    ] {
        assert_eq!(reply.status, 404, "{reply:?}");
        assert_eq!(reply.header("content-type"), Some("application/json"));
    }
    assert_eq!(post(&desk, "shop", &session, LIST).await.status, 200);
}

#[tokio::test]
async fn tenants_know_nothing_of_each_others_bookings() {
    let desk = TestProvider::new();
    for revision in ["2025-06-18", ALONE] {
        let here = Client::connect(&desk, "shop", revision).await;
        let there = Client::connect(&desk, "other-shop", revision).await;
        let booked = here
            .call("create_booking", &booking("hour", TEN, "ada@example.com"))
            .await;
        let cancel = json!({ "booking_id": booked["booking_id"] });
        assert_eq!(
            there.call("cancel_booking", &cancel).await["error"],
            "unknown_booking"
        );
        assert_eq!(here.call("cancel_booking", &cancel).await["cancelled"], true);
    }
}

#[tokio::test]
async fn each_of_a_thousand_tenants_is_served() {
    let desk = TestProvider::of(Tenants::generated(1000), NOW);
    for tenant in (0..1000).step_by(97).map(|number| format!("tenant-{number:04}")) {
        let client = Client::connect(&desk, &tenant, "2025-06-18").await;
        assert_eq!(client.call("list_services", &json!({})).await["ok"], true);
    }
}

#[tokio::test]
async fn a_session_ends_when_its_client_deletes_it() {
    let desk = TestProvider::new();
    let client = Client::connect(&desk, "shop", "2025-06-18").await;
    let session = [("mcp-session-id", client.session.as_deref().unwrap())];
    assert_eq!(
        send(&desk, "DELETE", "/p/shop/mcp", &session, "").await.status,
        204
    );
    assert_eq!(post(&desk, "shop", &session, LIST).await.status, 404);
    assert_eq!(
        send(&desk, "DELETE", "/p/shop/mcp", &session, "").await.status,
        404
    );
    let again = Client::connect(&desk, "shop", "2025-06-18").await;
    assert_ne!(again.session, client.session);
}

#[tokio::test]
async fn a_revision_with_a_handshake_needs_the_session_that_it_was_given() {
    let desk = TestProvider::new();
    assert_eq!(post(&desk, "shop", &[], LIST).await.status, 400);
    assert_eq!(send(&desk, "DELETE", "/p/shop/mcp", &[], "").await.status, 400);
    for id in ["", "x", "6be57d71-0ac8-4b33-b2d5-d3ed48a44532"] {
        assert_eq!(
            post(&desk, "shop", &[("mcp-session-id", id)], LIST).await.status,
            404
        );
    }
}

#[tokio::test]
async fn a_tool_can_be_called_before_the_client_says_that_it_is_initialized() {
    let desk = TestProvider::new();
    let reply = post(&desk, "shop", &[], &super::initialize("2025-03-26")).await;
    let session = [("mcp-session-id", reply.header("mcp-session-id").unwrap())];
    let reply = post(&desk, "shop", &session, LIST).await;
    let listed = reply.message()["result"]["tools"].as_array().unwrap().len();
    assert_eq!(listed, Version::V0_1_0.tools().count());
}

#[tokio::test]
async fn a_client_may_listen_within_its_session_only() {
    let desk = TestProvider::new();
    let client = Client::connect(&desk, "shop", "2025-06-18").await;
    let session = ("mcp-session-id", client.session.as_deref().unwrap());
    let accept = ("accept", "text/event-stream");
    let get = async |headers: &[(&str, &str)]| send(&desk, "GET", "/p/shop/mcp", headers, "").await.status;
    assert_eq!(get(&[accept]).await, 400);
    assert_eq!(get(&[session, ("accept", "application/json")]).await, 406);
    assert_eq!(get(&[accept, ("mcp-protocol-version", ALONE)]).await, 405);
    let request = Request::get("/p/shop/mcp")
        .header("host", "book.test")
        .header(accept.0, accept.1)
        .header(session.0, session.1)
        .body(Body::empty());
    // It stays open, so its end is not waited for.
    let response = desk.router.clone().oneshot(request.unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
}
