//! Who may call, and what is no message.

use super::{ALONE, Client, initialize, post, send};
use crate::support::TestProvider;

const PATH: &str = "/p/shop/mcp";

#[tokio::test]
async fn a_tenant_that_is_not_there_is_404_whatever_is_asked() {
    let desk = TestProvider::new();
    for method in ["GET", "POST", "DELETE", "PUT"] {
        let json = [("content-type", "application/json")];
        let reply = send(&desk, method, "/p/nobody/mcp", &json, "").await;
        assert_eq!(reply.status, 404);
        assert!(reply.body.contains("unknown_tenant"), "{}", reply.body);
    }
}

#[tokio::test]
async fn another_method_is_405() {
    let desk = TestProvider::new();
    for method in ["PUT", "PATCH", "OPTIONS"] {
        let reply = send(&desk, method, PATH, &[], "").await;
        assert_eq!(reply.status, 405, "{method}");
        assert_eq!(reply.header("allow"), Some("GET, POST, DELETE"));
    }
    let alone = [("mcp-protocol-version", ALONE)];
    assert_eq!(send(&desk, "DELETE", PATH, &alone, "").await.status, 405);
}

#[tokio::test]
async fn any_host_is_served_as_over_http() {
    let desk = TestProvider::new();
    for host in ["book.test", "127.0.0.1:4700", "[::1]:4700", "shops.example:8443"] {
        let reply = post(&desk, "shop", &[("host", host)], &initialize("2025-06-18")).await;
        assert_eq!(reply.status, 200, "{host}");
    }
}

#[tokio::test]
async fn a_page_from_elsewhere_may_not_call() {
    let desk = TestProvider::new();
    let from = async |origin: &str| {
        post(&desk, "shop", &[("origin", origin)], &initialize("2025-06-18"))
            .await
            .status
    };
    for origin in [
        "http://localhost:6274",
        "http://127.0.0.1:4700",
        "https://localhost",
        "http://[::1]:1",
    ] {
        assert_eq!(from(origin).await, 200, "{origin}");
    }
    // The name under which the provider was called is one that the page chose.
    for origin in [
        "http://evil.example",
        "http://book.test",
        "null",
        "localhost",
        "http://localhost.evil.example",
    ] {
        assert_eq!(from(origin).await, 403, "{origin}");
    }
}

#[tokio::test]
async fn what_is_no_message_is_400_with_the_code_of_json_rpc() {
    let desk = TestProvider::new();
    let client = Client::connect(&desk, "shop", "2025-03-26").await;
    for (body, code) in [
        ("", -32700),
        ("{", -32700),
        ("{}", -32600),
        ("[]", -32600),
        ("null", -32600),
        (
            r#"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}]"#,
            -32600,
        ),
        (r#"{"id":1,"method":"ping"}"#, -32600),
    ] {
        let reply = client.post(body, &[]).await;
        assert_eq!(reply.status, 400, "{body}");
        let message = reply.message();
        assert_eq!(message["error"]["code"], code, "{body}");
        assert!(message["id"].is_null());
    }
}

#[tokio::test]
async fn a_message_must_be_json_and_both_kinds_of_answer_acceptable() {
    let desk = TestProvider::new();
    let body = initialize("2025-06-18");
    let both = "application/json, text/event-stream";
    for (kind, accept, status) in [
        ("text/plain", both, 415),
        ("application/json", "application/json", 406),
        ("application/json", "text/event-stream", 406),
        (
            "application/json; charset=utf-8",
            "text/event-stream, application/json",
            200,
        ),
    ] {
        let headers = [("content-type", kind), ("accept", accept)];
        let reply = send(&desk, "POST", PATH, &headers, &body).await;
        assert_eq!(reply.status, status, "{kind} {accept}");
    }
}

#[tokio::test]
async fn a_body_over_64_kib_is_413() {
    let desk = TestProvider::new();
    let padded = |size: usize| {
        let body = initialize("2025-06-18");
        let padding = " ".repeat(size - body.len());
        body + &padding
    };
    assert_eq!(post(&desk, "shop", &[], &padded(64 * 1024)).await.status, 200);
    assert_eq!(post(&desk, "shop", &[], &padded(64 * 1024 + 1)).await.status, 413);
}

#[tokio::test]
async fn the_date_header_is_the_providers_clock() {
    let reply = post(&TestProvider::new(), "shop", &[], &initialize("2025-06-18")).await;
    assert_eq!(reply.header("date"), Some("Mon, 01 Mar 2027 08:00:00 GMT"));
}
