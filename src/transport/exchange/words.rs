//! What is said in a conversation, and what is heard.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::transport::error::TransportError;
use crate::transport::parse_answer::{deeper_than, without_bom};
use crate::transport::types::Limits;

/// The most characters that are kept of a text that is no message.
const KEPT_TEXT: usize = 2_000;

/// What is said.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// The text: a message, or what should be one.
    pub text: String,
    /// Over HTTP: the method. POST where there is none.
    pub method: Option<String>,
    /// Over HTTP: headers beside those of every request.
    pub headers: Vec<(String, String)>,
    /// The id of the request, if it is one.
    pub id: Option<Value>,
    /// True if an answer is waited for.
    pub awaits: bool,
    /// The time that the answer may take.
    pub limit: Duration,
}

/// What was heard.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// Over HTTP: the status.
    pub status: Option<u16>,
    /// Over HTTP: the headers, by their names in lower case.
    pub headers: Map<String, Value>,
    /// The messages that came, the reply last.
    pub messages: Vec<Value>,
    /// The start of what came and is no message.
    pub other: Option<String>,
    /// Why nothing came, in words.
    pub trouble: Option<String>,
    /// The error of the connection, if that is why.
    pub error: Option<TransportError>,
    /// True if the answer did not come in time.
    pub late: bool,
    /// The time that it took.
    pub waited: Duration,
}

impl Heard {
    /// The reply: the last message with a result or an error.
    pub fn reply(&self) -> Option<&Value> {
        self.messages.iter().rev().find(|message| is_reply(message))
    }

    pub(super) fn failed(error: &TransportError) -> Self {
        Self {
            late: matches!(error, TransportError::TimedOut(_)),
            trouble: Some(error.to_string()),
            error: Some(error.clone()),
            ..Self::default()
        }
    }
}

/// Returns true for a message that answers a request.
pub(super) fn is_reply(message: &Value) -> bool {
    message.get("result").is_some() || message.get("error").is_some()
}

/// The messages in a text: one, or those of a batch. None where it is no JSON.
pub(super) fn messages_in(text: &[u8], limits: &Limits) -> Option<Vec<Value>> {
    let text = without_bom(text);
    if deeper_than(text, limits.body_depth.saturating_mul(2)) {
        return None;
    }
    match serde_json::from_slice(text).ok()? {
        Value::Array(messages) => Some(messages),
        message @ Value::Object(_) => Some(vec![message]),
        _ => None,
    }
}

/// The start of a text that is no message.
pub(super) fn start(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes.get(..KEPT_TEXT).unwrap_or(bytes));
    text.trim().to_owned()
}
