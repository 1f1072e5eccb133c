//! The answer of a tool, and the form of instants on the wire.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use crate::calendar::Slot;

/// The answer of a tool: a status of HTTP and an object with `ok`.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Map<String, Value>,
}

impl Answer {
    /// A success with these fields.
    pub(crate) fn success(fields: Value) -> Self {
        Self::new(200, true, fields)
    }

    /// A refusal that the contract names.
    pub(crate) fn refused(code: &str) -> Self {
        Self::refused_with(code, Value::Null)
    }

    /// A refusal that the contract names, with more to say.
    pub(crate) fn refused_with(code: &str, fields: Value) -> Self {
        let mut answer = Self::new(200, false, json!({ "error": code }));
        if let Value::Object(fields) = fields {
            answer.body.extend(fields);
        }
        answer
    }

    /// A refusal of an input that the contract does not allow.
    pub(crate) fn malformed(code: &str) -> Self {
        Self::new(400, false, json!({ "error": code }))
    }

    /// The answer of a provider that failed: status 500, and a body without `ok`.
    pub(crate) fn broken() -> Self {
        let body = Map::from_iter([("error".to_owned(), "internal".into())]);
        Self { status: 500, body }
    }

    /// Returns true if it says `ok: true`.
    pub(crate) fn is_success(&self) -> bool {
        self.body.get("ok") == Some(&Value::Bool(true))
    }

    /// The code of a refusal.
    pub(crate) fn error(&self) -> Option<&str> {
        self.body.get("error").and_then(Value::as_str)
    }

    /// The answer without a field.
    pub(crate) fn without(mut self, key: &str) -> Self {
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
pub(crate) fn wire_slot(slot: Slot) -> Value {
    json!({ "start_at": wire_time(slot.start), "end_at": wire_time(slot.end) })
}

/// Reads an instant of RFC 3339. A fraction of a millisecond is rounded up: the instant is neither the start of a slot nor in the
/// past because of rounding.
pub(crate) fn read_start(text: &str) -> Option<DateTime<Utc>> {
    let exact = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    let whole = DateTime::from_timestamp_millis(exact.timestamp_millis())?;
    let remainder = exact.timestamp_subsec_nanos() % 1_000_000;
    Some(if remainder == 0 {
        whole
    } else {
        whole + TimeDelta::milliseconds(1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        read_start(text).map(wire_time)
    }

    #[test]
    fn a_start_is_read_as_the_instant_it_names() {
        for spelling in [
            "2030-01-01T10:00:00Z",
            "2030-01-01t10:00:00z",
            "2030-01-01T10:00:00.000Z",
            "2030-01-01T12:00:00+02:00",
            "2030-01-01T10:00:00+00:00",
        ] {
            assert_eq!(
                read(spelling).as_deref(),
                Some("2030-01-01T10:00:00Z"),
                "{spelling}"
            );
        }
        assert_eq!(read("2030-01-01T10:00:00"), None);
    }

    #[test]
    fn less_than_a_millisecond_is_rounded_up() {
        assert_eq!(
            read("2030-01-01T10:00:00.0000001Z").as_deref(),
            Some("2030-01-01T10:00:00.001Z")
        );
    }
}
