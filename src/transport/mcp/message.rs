//! JSON-RPC messages: those we send, made of the SDK's types, and those we receive, read by hand so that nothing is lost.

use std::borrow::Cow;

use rmcp::model::{
    CallToolRequest, CallToolRequestParams, ClientCapabilities, ClientJsonRpcMessage, ClientRequest,
    DiscoverRequest, DiscoverRequestParams, ErrorCode, Implementation, InitializeRequest,
    InitializeRequestParams, InitializedNotification, PingRequest, ProtocolVersion, RequestId,
};
use serde_json::{Map, Value, json};

use super::server_requests;
use crate::transport::client_options::{Revision, ServerRequests};
use crate::transport::parse_answer::kind;
use crate::transport::trace::TRACEPARENT;

/// The levels of JSON around the output of a tool: the message and its result.
pub(in crate::transport) const ENVELOPE: usize = 2;

/// A message, ready to be sent.
#[derive(Debug, Clone)]
pub(in crate::transport) struct Message {
    /// The id of a request; a notification has none.
    pub(in crate::transport) id: Option<i64>,
    pub(in crate::transport) method: &'static str,
    /// The tool, the prompt or the address that is asked for, if one is.
    pub(in crate::transport) name: Option<String>,
    /// The trace that it belongs to, if one was begun for it.
    pub(in crate::transport) trace: Option<String>,
    /// What headers repeat of its arguments, by the name after `Mcp-Param-`.
    pub(in crate::transport) mirrored: Vec<(String, String)>,
    /// The whole of it.
    pub(in crate::transport) value: Value,
}

/// Writes the messages of one client.
#[derive(Debug, Clone)]
pub(in crate::transport) struct Writer {
    client: Implementation,
    policy: ServerRequests,
}

impl Writer {
    /// `user_agent` is `name/version`.
    pub(super) fn new(user_agent: &str, policy: ServerRequests) -> Self {
        let (name, version) = user_agent.split_once('/').unwrap_or((user_agent, "0"));
        Self {
            client: Implementation::new(name, version),
            policy,
        }
    }

    pub(super) fn initialize(&self, id: i64, offered: Revision) -> Message {
        let params = InitializeRequestParams::new(ClientCapabilities::default(), self.client.clone());
        let mut message = request(id, "initialize", InitializeRequest::new(params));
        set_param(&mut message, "protocolVersion", json!(offered.as_str()));
        let capabilities = server_requests::capabilities(self.policy, false);
        set_param(&mut message, "capabilities", capabilities);
        message
    }

    pub(super) fn initialized() -> Message {
        let message = ClientJsonRpcMessage::notification(InitializedNotification::default().into());
        Message {
            id: None,
            method: "notifications/initialized",
            name: None,
            trace: None,
            mirrored: Vec::new(),
            value: serde_json::to_value(message).unwrap_or_default(),
        }
    }

    /// The question that a server without `initialize` answers.
    pub(super) fn discover(&self, id: i64) -> Message {
        let message = request(
            id,
            "server/discover",
            DiscoverRequest::new(DiscoverRequestParams::default()),
        );
        self.stateless(message)
    }

    /// The question that asks for nothing.
    pub(super) fn ping(id: i64) -> Message {
        request(id, "ping", ClientRequest::PingRequest(PingRequest::default()))
    }

    /// The call of a tool, which begins a trace.
    pub(super) fn call_tool(id: i64, tool: &str, input: &Value, trace: Option<&str>) -> Message {
        let params = CallToolRequestParams::new(Cow::Owned(tool.to_owned())).with_arguments(Map::new());
        let mut message = request(id, "tools/call", CallToolRequest::new(params));
        // An input that breaks the schema may be no object, which the SDK's type cannot hold.
        set_param(&mut message, "arguments", input.clone());
        message.name = Some(tool.to_owned());
        if let Some(trace) = trace {
            set_param(&mut message, "_meta", json!({ TRACEPARENT: trace }));
            message.trace = Some(trace.to_owned());
        }
        message
    }

    /// Any other request with parameters. `name` is what of it is asked for.
    pub(super) fn other(id: i64, method: &'static str, params: Value, name: Option<&str>) -> Message {
        let mut value = json!({ "jsonrpc": "2.0", "id": id, "method": method });
        if let (Value::Object(fields), false) = (&mut value, params.is_null()) {
            fields.insert("params".to_owned(), params);
        }
        Message {
            id: Some(id),
            method,
            name: name.map(str::to_owned),
            trace: None,
            mirrored: Vec::new(),
            value,
        }
    }

    /// A page of a listing.
    pub(super) fn list(id: i64, method: &'static str, cursor: Option<&str>) -> Message {
        let params = cursor.map_or(json!({}), |cursor| json!({ "cursor": cursor }));
        Self::other(id, method, params, None)
    }

    /// The message as the stateless revision wants it: it carries what a handshake would have agreed.
    pub(super) fn stateless(&self, mut message: Message) -> Message {
        let agreed = json!({
            "io.modelcontextprotocol/protocolVersion": ProtocolVersion::NO_INITIALIZE.as_str(),
            "io.modelcontextprotocol/clientInfo": serde_json::to_value(&self.client).unwrap_or_default(),
            "io.modelcontextprotocol/clientCapabilities": server_requests::capabilities(self.policy, true),
        });
        let mut meta = message
            .value
            .pointer("/params/_meta")
            .cloned()
            .unwrap_or(json!({}));
        if let (Value::Object(meta), Value::Object(agreed)) = (&mut meta, agreed) {
            meta.extend(agreed);
        }
        set_param(&mut message, "_meta", meta);
        message
    }
}

/// Sets a parameter of a message, which has parameters from then on.
pub(super) fn set_param(message: &mut Message, name: &str, value: Value) {
    let Value::Object(fields) = &mut message.value else {
        return;
    };
    let params = fields.entry("params").or_insert(Value::Null);
    if params.is_null() {
        *params = json!({});
    }
    if let Value::Object(params) = params {
        params.insert(name.to_owned(), value);
    }
}

fn request(id: i64, method: &'static str, request: impl Into<ClientRequest>) -> Message {
    let message = ClientJsonRpcMessage::request(request.into(), RequestId::Number(id));
    Message {
        id: Some(id),
        method,
        name: None,
        trace: None,
        mirrored: Vec::new(),
        // The SDK's types can always be written.
        value: serde_json::to_value(message).unwrap_or_default(),
    }
}

impl Message {
    /// As it travels.
    pub(in crate::transport) fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(&self.value).unwrap_or_default()
    }
}

/// The content of a reply: a result, or an error.
pub(in crate::transport) type Reply = Result<Value, RpcError>;

/// A JSON-RPC error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::transport) struct RpcError {
    pub(in crate::transport) code: i64,
    pub(in crate::transport) message: String,
    pub(in crate::transport) data: Option<Value>,
}

impl RpcError {
    pub(super) fn is(&self, code: ErrorCode) -> bool {
        self.code == i64::from(code.0)
    }
}

/// A message that came.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::transport) enum Incoming {
    /// The reply to a request of ours.
    Reply { id: Value, reply: Reply },
    /// A request of the server's own.
    Request {
        id: Value,
        method: String,
        params: Value,
    },
    /// A notification.
    Notification,
}

/// The messages of a text; 2025-03-26 knows several in one. The error says what the text is instead.
pub(in crate::transport) fn parse_messages(value: Value) -> Result<Vec<Incoming>, String> {
    match value {
        Value::Array(messages) if !messages.is_empty() => messages.into_iter().map(one).collect(),
        value => Ok(vec![one(value)?]),
    }
}

fn one(value: Value) -> Result<Incoming, String> {
    let Value::Object(mut message) = value else {
        return Err(kind(&value).to_owned());
    };
    if message.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return Err("JSON that is no JSON-RPC 2.0 message".to_owned());
    }
    let id = message.remove("id");
    if let Some(method) = message.get("method").and_then(Value::as_str) {
        return Ok(match id {
            Some(id) => Incoming::Request {
                id,
                method: method.to_owned(),
                params: message.get("params").cloned().unwrap_or_default(),
            },
            None => Incoming::Notification,
        });
    }
    let id = id.unwrap_or(Value::Null);
    match (message.remove("result"), message.remove("error")) {
        (Some(result), None) => Ok(Incoming::Reply {
            id,
            reply: Ok(result),
        }),
        (None, Some(error)) => {
            let code = error.get("code").and_then(Value::as_i64);
            let text = error.get("message").and_then(Value::as_str);
            match (code, text) {
                (Some(code), text) => Ok(Incoming::Reply {
                    id,
                    reply: Err(RpcError {
                        code,
                        message: text.unwrap_or("(without a message)").to_owned(),
                        data: error.get("data").cloned(),
                    }),
                }),
                (None, _) => Err("a JSON-RPC error without a code".to_owned()),
            }
        }
        (Some(_), Some(_)) => Err("a JSON-RPC message with both a result and an error".to_owned()),
        (None, None) => Err("a JSON-RPC message without a result".to_owned()),
    }
}

/// An id in words. Only numbers are quoted: a text could be anything, also a secret.
pub(in crate::transport) fn shown_id(id: &Value) -> String {
    match id {
        Value::Number(number) => number.to_string(),
        Value::Null => "null".to_owned(),
        other => format!("of {}", kind(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_those_of_the_protocol() {
        let writer = Writer::new("proofhouse/1.2", ServerRequests::Decline);
        assert_eq!(
            writer.initialize(1, Revision::NEWEST_WITH_INITIALIZE).value,
            json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
                "protocolVersion": "2025-11-25",
                "capabilities": { "roots": {}, "elicitation": {}, "sampling": {} },
                "clientInfo": { "name": "proofhouse", "version": "1.2" } } })
        );
        assert_eq!(
            Writer::initialized().value,
            json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })
        );
        for input in [json!({ "b": 1, "a": 2 }), json!([]), json!(null)] {
            assert_eq!(
                Writer::call_tool(2, "create_booking", &input, None).value,
                json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call",
                    "params": { "name": "create_booking", "arguments": input } })
            );
        }
        assert_eq!(
            Writer::ping(6).value,
            json!({ "jsonrpc": "2.0", "id": 6, "method": "ping" })
        );
        assert_eq!(
            Writer::list(3, "tools/list", Some("next")).value,
            json!({ "jsonrpc": "2.0", "id": 3, "method": "tools/list", "params": { "cursor": "next" } })
        );
        let traced = Writer::call_tool(4, "a", &json!({}), Some("00-1-2-01"));
        assert_eq!(
            traced.value["params"]["_meta"],
            json!({ "traceparent": "00-1-2-01" })
        );
        let traced = writer.stateless(traced).value;
        assert_eq!(traced["params"]["_meta"]["traceparent"], json!("00-1-2-01"));
        let stateless = writer.stateless(Writer::list(4, "tools/list", None)).value;
        assert_eq!(
            stateless["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"],
            json!("2026-07-28")
        );
        assert_eq!(writer.discover(5).value["method"], json!("server/discover"));
    }

    #[test]
    fn the_kinds_of_messages_are_told_apart() {
        let reply = |id: Value, reply: Reply| Ok(vec![Incoming::Reply { id, reply }]);
        let rows = [
            (
                json!({ "jsonrpc": "2.0", "id": 1, "result": {} }),
                reply(json!(1), Ok(json!({}))),
            ),
            (
                json!({ "jsonrpc": "2.0", "id": null, "error": { "code": -32700, "message": "what?" } }),
                reply(
                    Value::Null,
                    Err(RpcError {
                        code: -32700,
                        message: "what?".to_owned(),
                        data: None,
                    }),
                ),
            ),
            (
                json!({ "jsonrpc": "2.0", "id": "a", "method": "ping" }),
                Ok(vec![Incoming::Request {
                    id: json!("a"),
                    method: "ping".to_owned(),
                    params: Value::Null,
                }]),
            ),
            (
                json!([{ "jsonrpc": "2.0", "method": "notifications/message" }]),
                Ok(vec![Incoming::Notification]),
            ),
        ];
        for (text, expected) in rows {
            assert_eq!(parse_messages(text.clone()), expected, "{text}");
        }
        let wrong = [
            (json!({ "ok": true }), "JSON that is no JSON-RPC 2.0 message"),
            (json!("ok"), "a JSON string"),
            (json!([]), "a JSON array"),
            (
                json!({ "jsonrpc": "2.0", "id": 1 }),
                "a JSON-RPC message without a result",
            ),
            (
                json!({ "jsonrpc": "2.0", "id": 1, "error": "no" }),
                "a JSON-RPC error without a code",
            ),
            (
                json!({ "jsonrpc": "2.0", "id": 1, "result": 1, "error": {} }),
                "a JSON-RPC message with both a result and an error",
            ),
        ];
        for (text, what) in wrong {
            assert_eq!(parse_messages(text.clone()), Err(what.to_owned()), "{text}");
        }
    }
}
