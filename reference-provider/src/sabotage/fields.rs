//! Fields of inputs and answers, as faults read and change them.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::tools::{Answer, read_start, wire_time};

/// A text of an input.
pub(super) fn text<'a>(input: &'a Value, pointer: &str) -> &'a str {
    input.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// An instant of an input.
pub(super) fn instant(input: &Value, pointer: &str) -> Option<DateTime<Utc>> {
    read_start(text(input, pointer))
}

/// A text of an answer.
pub(super) fn answered<'a>(answer: &'a Answer, key: &str) -> &'a str {
    answer.body.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Sets a field of an answer.
pub(super) fn set(answer: &mut Answer, key: &str, value: impl Into<Value>) {
    answer.body.insert(key.to_owned(), value.into());
}

/// Sets a field of an object in an answer, if the answer has the object.
pub(super) fn set_in(answer: &mut Answer, object: &str, key: &str, value: impl Into<Value>) {
    if let Some(Value::Object(fields)) = answer.body.get_mut(object) {
        fields.insert(key.to_owned(), value.into());
    }
}

/// The entries of a list in an answer; none if it has no such list.
pub(super) fn entries<'a>(answer: &'a mut Answer, key: &str) -> Option<&'a mut Vec<Value>> {
    answer.body.get_mut(key).and_then(Value::as_array_mut)
}

/// Removes a field of an object.
pub(super) fn remove(value: &mut Value, key: &str) {
    if let Some(fields) = value.as_object_mut() {
        fields.shift_remove(key);
    }
}

/// Moves an instant of an object, if it has one there.
pub(super) fn shift(value: &mut Value, key: &str, by: TimeDelta) {
    if let Some(at) = value.get(key).and_then(Value::as_str).and_then(read_start) {
        value[key] = wire_time(at + by).into();
    }
}

/// Moves an instant of an answer.
pub(super) fn shift_in(answer: &mut Answer, key: &str, by: TimeDelta) {
    if let Some(at) = read_start(answered(answer, key)) {
        set(answer, key, wire_time(at + by));
    }
}
