//! An estimate of the memory that a value takes.

use serde_json::Value;

/// The memory of a value without its text, in bytes.
const NODE: usize = 40;

/// The memory of an entry of an object beside its key and its value, in bytes.
const ENTRY: usize = 48;

/// The memory that a JSON value takes, in bytes, about.
pub fn weight(value: &Value) -> usize {
    let inside = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).fold(0, usize::saturating_add),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| key.len().saturating_add(ENTRY).saturating_add(weight(value)))
            .fold(0, usize::saturating_add),
    };
    NODE.saturating_add(inside)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_and_structure_both_weigh() {
        assert_eq!(weight(&json!(null)), NODE);
        assert_eq!(weight(&json!({ "ab": "cde" })), 2 * NODE + ENTRY + 5);
        assert!(weight(&json!(vec![0; 1000])) > 1000 * NODE);
    }
}
