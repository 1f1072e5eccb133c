//! JSON-RPC messages: those we send, made of the SDK's types, and those we receive, read by hand so that nothing is lost.

use std::borrow::Cow;

use rmcp::model::{
    CallToolRequest, CallToolRequestParams, ClientCapabilities, ClientJsonRpcMessage, ClientRequest,
    DiscoverRequest, DiscoverRequestParams, ErrorCode, Implementation, InitializeRequest,
    InitializeRequestParams, InitializedNotification, ListToolsRequest, PaginatedRequestParams, PingRequest,
    ProtocolVersion, RequestId,
};
use serde_json::{Map, Value, json};

use crate::transport::parse_answer::kind;

/// The levels of JSON around the output of a tool: the message and its result.
pub(in crate::transport) const ENVELOPE: usize = 2;

/// A message, ready to be sent.
#[derive(Debug, Clone)]
pub(in crate::transport) struct Message {
    /// The id of a request; a notification has none.
    pub(in crate::transport) id: Option<i64>,
    pub(in crate::transport) method: &'static str,
    /// The tool that is called, if one is.
    pub(in crate::transport) name: Option<String>,
    /// The whole of it.
    pub(in crate::transport) value: Value,
}

/// Writes the messages of one client.
#[derive(Debug, Clone)]
pub(in crate::transport) struct Writer {
    client: Implementation,
}

impl Writer {
    /// `user_agent` is `name/version`.
    pub(super) fn new(user_agent: &str) -> Self {
        let (name, version) = user_agent.split_once('/').unwrap_or((user_agent, "0"));
        Self {
            client: Implementation::new(name, version),
        }
    }

    pub(super) fn initialize(&self, id: i64) -> Message {
        let params = InitializeRequestParams::new(ClientCapabilities::default(), self.client.clone())
            .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE);
        request(id, "initialize", InitializeRequest::new(params))
    }

    pub(super) fn initialized() -> Message {
        let message = ClientJsonRpcMessage::notification(InitializedNotification::default().into());
        Message {
            id: None,
            method: "notifications/initialized",
            name: None,
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

    pub(super) fn call_tool(id: i64, tool: &str, input: &Value) -> Message {
        let params = CallToolRequestParams::new(Cow::Owned(tool.to_owned())).with_arguments(Map::new());
        let mut message = request(id, "tools/call", CallToolRequest::new(params));
        // An input that breaks the schema may be no object, which the SDK's type cannot hold.
        set_param(&mut message, "arguments", input.clone());
        message.name = Some(tool.to_owned());
        message
    }

    pub(super) fn list_tools(id: i64, cursor: Option<String>) -> Message {
        let params = PaginatedRequestParams::default().with_cursor(cursor);
        request(id, "tools/list", ListToolsRequest::with_param(params))
    }

    /// The message as the stateless revision wants it: it carries what a handshake would have agreed.
    pub(super) fn stateless(&self, mut message: Message) -> Message {
        let agreed = json!({
            "io.modelcontextprotocol/protocolVersion": ProtocolVersion::NO_INITIALIZE.as_str(),
            "io.modelcontextprotocol/clientInfo": serde_json::to_value(&self.client).unwrap_or_default(),
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        set_param(&mut message, "_meta", agreed);
        message
    }
}

/// Sets a parameter of a message, which has parameters from then on.
fn set_param(message: &mut Message, name: &str, value: Value) {
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
    Request { id: Value, method: String },
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

/// Our reply to a request of the server's own: a ping is answered, anything else was never offered.
pub(in crate::transport) fn refusal(id: &Value, method: &str) -> Value {
    if method == "ping" {
        json!({ "jsonrpc": "2.0", "id": id, "result": {} })
    } else {
        json!({
            "jsonrpc": "2.0",
            "id": id,
            "error": { "code": ErrorCode::METHOD_NOT_FOUND.0, "message": "this client offers nothing to servers" },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_those_of_the_protocol() {
        let writer = Writer::new("proofhouse/1.2");
        assert_eq!(
            writer.initialize(1).value,
            json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
                "protocolVersion": "2025-11-25", "capabilities": {},
                "clientInfo": { "name": "proofhouse", "version": "1.2" } } })
        );
        assert_eq!(
            Writer::initialized().value,
            json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })
        );
        for input in [json!({ "b": 1, "a": 2 }), json!([]), json!(null)] {
            assert_eq!(
                Writer::call_tool(2, "create_booking", &input).value,
                json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call",
                    "params": { "name": "create_booking", "arguments": input } })
            );
        }
        assert_eq!(
            Writer::ping(6).value,
            json!({ "jsonrpc": "2.0", "id": 6, "method": "ping" })
        );
        assert_eq!(
            Writer::list_tools(3, Some("next".to_owned())).value["params"],
            json!({ "cursor": "next" })
        );
        let stateless = writer.stateless(Writer::list_tools(4, None)).value;
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
                    }),
                ),
            ),
            (
                json!({ "jsonrpc": "2.0", "id": "a", "method": "ping" }),
                Ok(vec![Incoming::Request {
                    id: json!("a"),
                    method: "ping".to_owned(),
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
