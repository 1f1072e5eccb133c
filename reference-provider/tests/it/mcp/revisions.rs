//! How a conversation begins, in each revision.

use reference_provider::Version;
use serde_json::json;

use super::{ALONE, Client, REVISIONS, WITH_HANDSHAKE, initialize, meta, post};
use crate::support::TestProvider;

#[tokio::test]
async fn a_revision_with_a_handshake_is_agreed_on_as_it_was_asked_for() {
    let desk = TestProvider::new();
    for revision in WITH_HANDSHAKE {
        let reply = post(&desk, "shop", &[], &initialize(revision)).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("content-type"), Some("text/event-stream"));
        let session = reply.header("mcp-session-id").unwrap();
        assert!(
            session.len() >= 32 && session.bytes().all(|byte| byte.is_ascii_graphic()),
            "{session}"
        );
        let message = reply.message();
        let result = &message["result"];
        assert_eq!(message["id"], 0);
        assert_eq!(result["protocolVersion"], revision);
        assert_eq!(result["capabilities"], json!({ "tools": {} }));
        assert_eq!(result["serverInfo"]["title"], "Shop");
        assert!(result.get("resultType").is_none());
    }
}

#[tokio::test]
async fn a_revision_that_no_handshake_can_agree_on_is_answered_with_the_latest_that_it_can() {
    let desk = TestProvider::new();
    for revision in ["2024-11-05", "2099-01-01", ALONE, "soon"] {
        let message = post(&desk, "shop", &[], &initialize(revision)).await.message();
        assert_eq!(
            message["result"]["protocolVersion"], "2025-11-25",
            "{revision}: {message}"
        );
    }
}

#[tokio::test]
async fn the_latest_revision_is_discovered_and_opens_no_session() {
    let desk = TestProvider::new();
    let client = Client::connect(&desk, "shop", ALONE).await;
    let reply = client.request("server/discover", json!({})).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("mcp-session-id"), None);
    let message = reply.message();
    let result = &message["result"];
    assert_eq!(result["supportedVersions"], json!(REVISIONS));
    assert_eq!(result["capabilities"], json!({ "tools": {} }));
    assert_eq!(result["resultType"], "complete");
}

#[tokio::test]
async fn a_request_that_stands_alone_says_everything_itself() {
    let desk = TestProvider::new();
    let list = |meta| {
        json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": { "_meta": meta } }).to_string()
    };
    let revision = ("mcp-protocol-version", ALONE);
    let method = ("mcp-method", "tools/list");
    let whole = post(&desk, "shop", &[revision, method], &list(meta(ALONE))).await;
    let listed = whole.message()["result"]["tools"].as_array().unwrap().len();
    assert_eq!(listed, Version::V0_1_0.tools().count());
    for (reply, code) in [
        (
            post(&desk, "shop", &[revision, method], &list(json!({}))).await,
            -32602,
        ),
        (post(&desk, "shop", &[revision], &list(meta(ALONE))).await, -32020),
        (post(&desk, "shop", &[method], &list(meta(ALONE))).await, -32020),
        (
            post(
                &desk,
                "shop",
                &[revision, ("mcp-method", "tools/call")],
                &list(meta(ALONE)),
            )
            .await,
            -32020,
        ),
        (
            post(
                &desk,
                "shop",
                &[("mcp-protocol-version", "2099-01-01"), method],
                &list(meta("2099-01-01")),
            )
            .await,
            -32022,
        ),
    ] {
        assert_eq!(reply.status, 400, "{reply:?}");
        assert_eq!(reply.message()["error"]["code"], code, "{reply:?}");
    }
}

#[tokio::test]
async fn a_header_must_name_a_revision_that_is_there() {
    let desk = TestProvider::new();
    let client = Client::connect(&desk, "shop", "2025-06-18").await;
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" }).to_string();
    assert_eq!(client.post(&ping, &[]).await.message()["result"], json!({}));
    let session = client.session.as_deref().unwrap();
    let headers = [
        ("mcp-session-id", session),
        ("mcp-protocol-version", "1999-01-01"),
    ];
    assert_eq!(post(&desk, "shop", &headers, &ping).await.status, 400);
    // Without one, the oldest is meant.
    let reply = post(&desk, "shop", &headers[..1], &ping).await;
    assert_eq!(reply.message()["result"], json!({}));
}
