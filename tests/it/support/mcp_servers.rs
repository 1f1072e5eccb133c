//! Small providers that speak MCP, over HTTP and as commands, and do whatever a test wants when a tool is called.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use indexmap::IndexMap;
use proofhouse::transport::{Limits, Pool, Transport};
use serde_json::{Value, json};

use super::servers::{Request, Response, Server};

/// The tool that these providers list.
pub(crate) const TOOL: &str = "create_booking";

/// How a server over HTTP answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// With JSON, without sessions.
    Json,
    /// With event streams, in a session.
    Stream,
}

pub(crate) const FORMS: [Form; 2] = [Form::Json, Form::Stream];

impl Form {
    /// A message as the body of an answer.
    pub(crate) fn message(self, message: &Value) -> Response {
        match self {
            Self::Json => Response::Json(200, message.clone()),
            Self::Stream => events(&format!("id: 1\ndata:\n\nevent: message\ndata: {message}\n\n")),
        }
    }

    /// The answer to a request.
    pub(crate) fn result(self, request: &Request, result: &Value) -> Response {
        self.message(&json!({ "jsonrpc": "2.0", "id": request.json()["id"], "result": result }))
    }

    /// The refusal of a request.
    pub(crate) fn error(self, request: &Request, code: i64, message: &str) -> Response {
        let error = json!({ "code": code, "message": message });
        self.message(&json!({ "jsonrpc": "2.0", "id": request.json()["id"], "error": error }))
    }
}

/// An event stream.
pub(crate) fn events(text: &str) -> Response {
    Response::text(200, "text/event-stream", text)
}

/// The result of a call that gives this output.
pub(crate) fn called(output: &Value) -> Value {
    json!({ "content": [{ "type": "text", "text": output.to_string() }], "structuredContent": output })
}

fn hello() -> Value {
    json!({ "protocolVersion": "2025-11-25", "capabilities": { "tools": {} },
        "serverInfo": { "name": "test", "version": "1" } })
}

fn listing() -> Value {
    json!({ "tools": [{ "name": TOOL, "inputSchema": { "type": "object" } }] })
}

/// The method of a JSON-RPC request.
pub(crate) fn method(request: &Request) -> String {
    match serde_json::from_slice::<Value>(&request.body) {
        Ok(message) => message["method"].as_str().unwrap_or("(none)").to_owned(),
        Err(_) => format!("{} without a body", request.method),
    }
}

/// The methods of all requests so far.
pub(crate) fn methods(server: &Server) -> Vec<String> {
    server.requests().iter().map(method).collect()
}

/// What a server that behaves answers to anything but the call of a tool.
pub(crate) fn polite(form: Form, request: &Request) -> Response {
    match method(request).as_str() {
        "initialize" => {
            let response = form.result(request, &hello());
            match form {
                Form::Json => response,
                Form::Stream => response.with("Mcp-Session-Id", format!("session-{}", request.number)),
            }
        }
        "tools/list" => form.result(request, &listing()),
        other if other.starts_with("notifications/") => Response::text(202, "text/plain", ""),
        other => panic!("a request that nobody expected: {other}"),
    }
}

/// A server that behaves until a tool is called. The number of a request that `on_call` sees counts calls only.
pub(crate) fn serve(form: Form, on_call: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Server {
    let calls = AtomicUsize::new(0);
    Server::start(move |request| {
        if method(request) != "tools/call" {
            return polite(form, request);
        }
        let number = calls.fetch_add(1, Ordering::SeqCst) + 1;
        on_call(&Request {
            number,
            ..request.clone()
        })
    })
}

/// The way to a server over HTTP.
pub(crate) fn over_http(limits: Limits, url: &str) -> Arc<dyn Transport> {
    Pool::new(limits, "proofhouse/test")
        .unwrap()
        .mcp(url, None, None)
        .unwrap()
}

/// The start of every shell script below: `$id` is that of the request, `answer` replies to it.
const SCRIPT: &str = r#"
answer() { printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" "$1"; }
refuse() { printf '{"jsonrpc":"2.0","id":%s,"error":{"code":%s,"message":"%s"}}\n' "$id" "$1" "$2"; }
"#;

/// A command that behaves until a tool is called, and then runs this piece of shell.
pub(crate) fn script(on_call: &str) -> String {
    script_from(&format!("answer '{}'", hello()), on_call)
}

/// The same, with another answer to `initialize`.
pub(crate) fn script_from(on_initialize: &str, on_call: &str) -> String {
    let listing = listing();
    format!(
        r#"{SCRIPT}
while read -r line; do
  id=${{line#*\"id\":}}; id=${{id%%,*}}
  case "$line" in
    *'"method":"initialize"'*) {on_initialize} ;;
    *'"method":"notifications/'*) ;;
    *'"method":"tools/list"'*) answer '{listing}' ;;
    *'"method":"tools/call"'*) {on_call} ;;
  esac
done"#
    )
}

/// The way to a command that runs this script.
pub(crate) fn over_stdio(limits: Limits, script: &str) -> Arc<dyn Transport> {
    Pool::new(limits, "proofhouse/test")
        .unwrap()
        .stdio(
            "sh",
            &["-c".to_owned(), script.to_owned()],
            &IndexMap::new(),
            None,
            &|_| None,
        )
        .unwrap()
}

/// The process that wrote its number to this file, once it has.
pub(crate) fn process_in(file: &Path) -> Option<u32> {
    std::fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// Waits until a process is not running any more, nor left to us as a zombie. Those of others are for others to reap.
pub(crate) async fn gone(process: u32) -> bool {
    for _ in 0..100 {
        let Ok(status) = std::fs::read_to_string(format!("/proc/{process}/stat")) else {
            return true;
        };
        let mut fields = status.rsplit(')').next().unwrap().split_whitespace();
        let (state, parent) = (fields.next(), fields.next());
        if state == Some("Z") && parent != Some(std::process::id().to_string().as_str()) {
            return true;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    false
}
