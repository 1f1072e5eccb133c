//! Inputs that are made up from a schema. Texts that may be anything are of this run and this test alone.

use serde_json::{Map, Value};

use crate::capability::{Schema, valid_input};

/// What stands for a text that may be anything, in the value from which a suite makes one of its own.
pub(super) const OWN_TEXT: &str = "ph-${ run.short }-${ test.key }";

/// A text as long as the longest that [`OWN_TEXT`] becomes.
const AS_LONG: &str = "ph-00000000-xxxxxxxxxxxxxxxxxxxx-000000";

/// The text that a schema with no more to say is filled with.
const PLAIN: &str = "text";

/// A valid input with expressions in it; None where none can be made.
pub(super) fn sample(schema: &Schema) -> Option<Value> {
    let plain = valid_input(schema).filter(Value::is_object)?;
    let plain = escaped(&plain);
    let own = with(&plain, OWN_TEXT);
    // A schema may bound such a text, or list what it may be.
    match schema.is_valid(&with(&plain, AS_LONG)) {
        true => Some(own),
        false => Some(plain),
    }
}

/// An input in which what somebody has given takes the place of what was made up.
pub(super) fn with_given(sample: Option<Value>, given: Option<&Map<String, Value>>) -> Option<Value> {
    let Some(given) = given else { return sample };
    let mut input = match sample {
        Some(Value::Object(input)) => input,
        _ => Map::new(),
    };
    for (name, value) in given {
        input.insert(name.clone(), escaped(value));
    }
    Some(Value::Object(input))
}

/// The input with another text of its own, for one of several calls. None where the schema takes no text that is so long.
pub(super) fn of_caller(sample: &Value, schema: &Schema, suffix: &str) -> Option<Value> {
    let replaced = |to: &str| -> Option<Value> {
        let text = sample.to_string().replace(OWN_TEXT, to);
        serde_json::from_str(&text).ok()
    };
    let longest = replaced(&format!("{AS_LONG}-a00"))?;
    let own = format!("{OWN_TEXT}{suffix}");
    schema.is_valid(&longest).then(|| replaced(&own)).flatten()
}

/// The value with this text in the place of each that may be anything.
fn with(value: &Value, text: &str) -> Value {
    match value {
        Value::String(plain) if plain == PLAIN => Value::from(text),
        Value::Array(items) => items.iter().map(|item| with(item, text)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| (name.clone(), with(field, text)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// The value as a suite writes it: what looks like an expression is none.
fn escaped(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::from(text.replace("${", "$${")),
        Value::Array(items) => items.iter().map(escaped).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| (name.clone(), escaped(field)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}
