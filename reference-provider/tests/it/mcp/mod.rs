//! MCP by hand: requests are written and answers are read here without the SDK, so that it cannot hide its own mistakes.

mod calls;
mod guards;
mod revisions;
mod sdk;
mod sessions;
mod stdio;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::TestProvider;

/// The revisions that begin with a handshake.
const WITH_HANDSHAKE: [&str; 3] = ["2025-03-26", "2025-06-18", "2025-11-25"];

/// The revision in which every request stands alone.
const ALONE: &str = "2026-07-28";

/// All revisions that are spoken.
const REVISIONS: [&str; 4] = ["2025-03-26", "2025-06-18", "2025-11-25", ALONE];

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The text of its only message, whether it came as JSON or as an event.
    fn text(&self) -> &str {
        match self.header("content-type") {
            Some("application/json") => &self.body,
            Some("text/event-stream") => {
                let mut data = self.body.lines().filter_map(|line| line.strip_prefix("data: "));
                let only = data.next().unwrap();
                assert_eq!(data.next(), None, "{}", self.body);
                only
            }
            other => panic!("{other:?}: {self:?}"),
        }
    }

    pub(crate) fn message(&self) -> Value {
        let message: Value = serde_json::from_str(self.text()).unwrap();
        assert_eq!(message["jsonrpc"], "2.0");
        message
    }
}

/// Sends a request with these headers to a path, besides the host.
async fn send(desk: &TestProvider, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in [("host", "book.test")].iter().chain(headers) {
        request.headers_mut().unwrap().remove(*name);
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let response = desk.router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    Reply {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

/// What every POST must say.
const POST_HEADERS: [(&str, &str); 2] = [
    ("content-type", "application/json"),
    ("accept", "application/json, text/event-stream"),
];

/// Posts a body to a tenant's endpoint.
async fn post(desk: &TestProvider, tenant: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let headers = [&POST_HEADERS, headers].concat();
    send(desk, "POST", &format!("/p/{tenant}/mcp"), &headers, body).await
}

fn initialize(revision: &str) -> String {
    json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": revision,
        "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" },
    } })
    .to_string()
}

/// What a request that stands alone carries in its parameters.
fn meta(revision: &str) -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": revision,
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    })
}

/// A client of one tenant in one revision.
pub(crate) struct Client<'a> {
    desk: &'a TestProvider,
    tenant: &'a str,
    revision: &'a str,
    session: Option<String>,
}

impl<'a> Client<'a> {
    /// Shakes hands, where the revision does.
    pub(crate) async fn connect(desk: &'a TestProvider, tenant: &'a str, revision: &'a str) -> Self {
        let mut client = Self {
            desk,
            tenant,
            revision,
            session: None,
        };
        if revision != ALONE {
            let reply = post(desk, tenant, &[], &initialize(revision)).await;
            assert_eq!(reply.message()["result"]["protocolVersion"], revision);
            client.session = Some(reply.header("mcp-session-id").unwrap().to_owned());
            let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
            let reply = client.post(&initialized.to_string(), &[]).await;
            assert_eq!((reply.status, reply.body.as_str()), (202, ""));
        }
        client
    }

    async fn post(&self, body: &str, headers: &[(&str, &str)]) -> Reply {
        let mut all = vec![("mcp-protocol-version", self.revision)];
        all.extend(self.session.as_deref().map(|session| ("mcp-session-id", session)));
        all.extend(headers);
        post(self.desk, self.tenant, &all, body).await
    }

    /// Sends a request; the whole answer.
    pub(crate) async fn request(&self, method: &str, mut params: Value) -> Reply {
        let name = params["name"].as_str().map(str::to_owned);
        let mut headers = Vec::new();
        if self.revision == ALONE {
            params["_meta"] = meta(ALONE);
            headers.push(("mcp-method", method));
            headers.extend(name.as_deref().map(|name| ("mcp-name", name)));
        }
        let body = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params }).to_string();
        let reply = self.post(&body, &headers).await;
        assert_eq!(reply.message()["id"], 7);
        reply
    }

    /// Calls a tool; its result, whose text says the same as its structure.
    async fn call(&self, tool: &str, input: &Value) -> Value {
        let reply = self
            .request("tools/call", json!({ "name": tool, "arguments": input }))
            .await;
        let message = reply.message();
        let result = &message["result"];
        assert_eq!(reply.status, 200);
        assert_eq!(
            result["content"],
            json!([{ "type": "text", "text": result["structuredContent"].to_string() }]),
            "{message}"
        );
        assert_eq!(
            result["resultType"].as_str(),
            (self.revision == ALONE).then_some("complete")
        );
        let answer = &result["structuredContent"];
        assert_eq!(result["isError"], answer["ok"] == false, "{message}");
        answer.clone()
    }

    /// The code and the message of the error with which a request is answered.
    pub(crate) async fn error(&self, method: &str, params: Value) -> (i64, String) {
        let message = self.request(method, params).await.message();
        let error = &message["error"];
        (
            error["code"].as_i64().unwrap(),
            error["message"].as_str().unwrap().to_owned(),
        )
    }
}
