//! The tools over MCP's streamable HTTP.
//!
//! One endpoint serves all tenants. What answers for a tenant is made for each request and costs a few allocations, so
//! a thousand tenants cost nothing until somebody asks. Sessions outlive requests and are shared, each bound to its
//! tenant.
//!
//! # How it answers
//!
//! Requests within a session are answered as a stream of one event, requests that stand alone (2026-07-28) as JSON.
//! A body may have 64 KiB. One that is no JSON is 400 with -32700, one that is no single message 400 with -32600.

use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::Response;
use rmcp::model::ClientJsonRpcMessage;
use rmcp::transport::StreamableHttpServerConfig;
use rmcp::transport::StreamableHttpService;
use serde::de::IgnoredAny;
use serde_json::json;

use super::limits::LARGEST_BODY;
use super::problem::{as_json, problem, unknown_tenant};
use crate::api_flavor::ApiFlavor;
use crate::mcp::{Sessions, TenantTools, doubled};
use crate::provider::Provider;

const SESSION: &str = "mcp-session-id";

/// The parts that all tenants share.
pub(crate) struct Endpoint {
    provider: Arc<Provider>,
    config: StreamableHttpServerConfig,
    sessions: Sessions,
}

impl Endpoint {
    pub(crate) fn new(provider: Arc<Provider>) -> Self {
        let config = StreamableHttpServerConfig::default()
            // The door before it has looked at hosts and origins.
            .disable_allowed_hosts()
            .with_json_response(true)
            .with_sse_retry(None)
            .with_max_request_body_bytes(LARGEST_BODY);
        Self {
            provider,
            config,
            sessions: Sessions::new(),
        }
    }

    /// Ends all sessions and the streams that clients hold open.
    pub(crate) fn close(&self) {
        self.config.cancellation_token.cancel();
    }

    async fn respond(&self, tenant: &str, flavor: ApiFlavor, request: Request<Body>) -> Response {
        let provider = Arc::clone(&self.provider);
        let slug = tenant.to_owned();
        let tools = move || Ok(TenantTools::new(Arc::clone(&provider), slug.clone(), flavor));
        let service = StreamableHttpService::new(tools, self.sessions.manager(), self.config.clone());
        service.handle(request).await.map(Body::new)
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.close();
    }
}

/// Answers whatever is sent to a tenant's address.
pub(super) async fn answer(
    State(endpoint): State<Arc<Endpoint>>,
    Extension(flavor): Extension<ApiFlavor>,
    Path(tenant): Path<String>,
    parts: Parts,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    if endpoint.provider.tenant(&tenant).is_none() {
        return unknown_tenant(&tenant);
    }
    // A session is at home at one address: no tenant's name has a slash.
    let home = format!("{tenant}{}", flavor.path());
    let session = session(&parts.headers);
    if let Some(id) = &session
        && !endpoint.sessions.is_open(id, &home).await
    {
        return problem(StatusCode::NOT_FOUND, "unknown_session", "initialize again");
    }
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return problem(rejection.status(), "unreadable_body", &rejection.body_text()),
    };
    if parts.method == Method::POST
        && let Some(refusal) = refusal(&body)
    {
        return refusal;
    }
    let ends = parts.method == Method::DELETE;
    let mut response = endpoint
        .respond(&tenant, flavor, Request::from_parts(parts, Body::from(body)))
        .await;
    match session {
        Some(id) if ends && response.status().is_success() => {
            endpoint.sessions.forget(&id);
            // It is done, not only accepted; the client of the Python SDK warns about anything but 200 and 204.
            *response.status_mut() = StatusCode::NO_CONTENT;
        }
        Some(_) => {}
        None => {
            if let Some(id) = self::session(response.headers()) {
                endpoint.sessions.opened(&id, &home).await;
            }
        }
    }
    response
}

/// The session that a request or an answer names. An id that is no text is none of ours, and stands for one.
fn session(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(SESSION)?;
    Some(id.to_str().unwrap_or_default().to_owned())
}

/// The answer to a body that is no message; the SDK would call it an unsupported media type.
fn refusal(body: &[u8]) -> Option<Response> {
    if let Some(error) = doubled(body) {
        return Some(as_json(StatusCode::BAD_REQUEST, error.to_string()));
    }
    if serde_json::from_slice::<ClientJsonRpcMessage>(body).is_ok() {
        return None;
    }
    let (code, message) = match serde_json::from_slice::<IgnoredAny>(body) {
        Ok(IgnoredAny) => (-32600, "this is not one message of JSON-RPC"),
        Err(_) => (-32700, "this is not JSON"),
    };
    let error = json!({ "jsonrpc": "2.0", "id": null, "error": { "code": code, "message": message } });
    Some(as_json(StatusCode::BAD_REQUEST, error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::provider::Options;
    use crate::tenant::Tenants;
    use crate::version::Version;

    /// Longer than a session is kept.
    const LONG: Duration = Duration::from_secs(310);

    const FLAVOR: ApiFlavor = ApiFlavor::Contracts(Version::V0_1_0);

    fn post(body: &str) -> Request<Body> {
        Request::post("/")
            .header("host", "book.test")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .body(Body::from(body.to_owned()))
            .unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_that_nobody_uses_ends_and_leaves_nothing() {
        let options = Options::in_memory(Tenants::generated(1));
        let endpoint = Endpoint::new(Arc::new(Provider::open(options).unwrap()));
        let hello = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18",
            "capabilities":{},"clientInfo":{"name":"test","version":"1"}}}"#;
        for initialized in [false, true] {
            let answer = endpoint.respond("tenant-0000", FLAVOR, post(hello)).await;
            let id = session(answer.headers()).unwrap();
            endpoint.sessions.opened(&id, "tenant-0000").await;
            if initialized {
                let mut note = post(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
                note.headers_mut().insert(SESSION, id.parse().unwrap());
                assert_eq!(endpoint.respond("tenant-0000", FLAVOR, note).await.status(), 202);
            }
            assert!(endpoint.sessions.is_open(&id, "tenant-0000").await);
            tokio::time::sleep(LONG).await;
            assert!(!endpoint.sessions.is_open(&id, "tenant-0000").await);
            assert!(endpoint.sessions.manager().sessions.read().await.is_empty());
        }
    }

    #[test]
    fn a_body_that_is_no_message_is_told_apart_from_one_that_is_no_json() {
        assert!(refusal(br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#).is_none());
        let doubled = br#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x","arguments":{"a":1,"a":2}}}"#;
        assert_eq!(refusal(doubled).unwrap().status(), 400);
        for body in [
            &b"[]"[..],
            b"{}",
            b"7",
            br#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#,
            b"{",
            b"",
        ] {
            assert_eq!(refusal(body).unwrap().status(), 400);
        }
    }
}
