//! What a tool answers.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use crate::calendar::Slot;

/// What a tool answers: a status of HTTP and an object with `ok`.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Map<String, Value>,
}

impl Answer {
    /// A success with these fields.
    pub(super) fn success(fields: Value) -> Self {
        Self::new(200, true, fields)
    }

    /// A refusal that the contract names.
    pub(super) fn refused(code: &str) -> Self {
        Self::refused_with(code, Value::Null)
    }

    /// A refusal that the contract names, with more to say.
    pub(super) fn refused_with(code: &str, fields: Value) -> Self {
        let mut answer = Self::new(200, false, json!({ "error": code }));
        if let Value::Object(fields) = fields {
            answer.body.extend(fields);
        }
        answer
    }

    /// A refusal of an input that the contract does not allow.
    pub(super) fn malformed(code: &str) -> Self {
        Self::new(400, false, json!({ "error": code }))
    }

    /// What is left when an answer got lost.
    pub(super) fn broken() -> Self {
        let body = Map::from_iter([("error".to_owned(), "internal".into())]);
        Self { status: 500, body }
    }

    /// Whether it says `ok: true`.
    pub(crate) fn is_success(&self) -> bool {
        self.body.get("ok") == Some(&Value::Bool(true))
    }

    pub(super) fn without(mut self, key: &str) -> Self {
        self.body.shift_remove(key);
        self
    }

    fn new(status: u16, ok: bool, fields: Value) -> Self {
        let mut body = Map::new();
        body.insert("ok".to_owned(), ok.into());
        if let Value::Object(fields) = fields {
            body.extend(fields);
        }
        Self { status, body }
    }
}

/// An instant on the wire: UTC with `Z`.
pub(crate) fn wire_time(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A slot on the wire.
pub(super) fn wire_slot(slot: Slot) -> Value {
    json!({ "start_at": wire_time(slot.start), "end_at": wire_time(slot.end) })
}
