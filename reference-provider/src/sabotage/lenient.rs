//! Readings of an input that its schema does not allow, for faults: values of another type, and null for what is left out.

use serde_json::{Map, Value};

use crate::contract::Contract;

/// Makes texts of numbers and truth values where the schema wants a text, and the other way round.
pub(super) fn coerce(contract: &Contract, input: &mut Value) {
    each_field(
        &contract.published["inputSchema"],
        input,
        |fields, name, schema| {
            let Some(value) = fields.get_mut(name) else { return };
            let other = match (schema["type"].as_str(), &*value) {
                (Some("string"), Value::Number(_) | Value::Bool(_)) => Some(Value::String(value.to_string())),
                (Some("number" | "boolean"), Value::String(text)) => serde_json::from_str(text).ok(),
                _ => None,
            };
            if let Some(other) = other {
                *value = other;
            }
        },
    );
}

/// Removes what is null and need not be there.
pub(super) fn drop_nulls(contract: &Contract, input: &mut Value) {
    each_field(&contract.published["inputSchema"], input, |fields, name, _| {
        if fields.get(name).is_some_and(Value::is_null) {
            fields.shift_remove(name);
        }
    });
}

/// Visits each property that the schema of an object names, those of objects inside it first.
fn each_field(schema: &Value, value: &mut Value, visit: fn(&mut Map<String, Value>, &str, &Value)) {
    let (Some(properties), Value::Object(fields)) = (schema["properties"].as_object(), value) else {
        return;
    };
    for (name, schema) in properties {
        if let Some(inner) = fields.get_mut(name) {
            each_field(schema, inner, visit);
        }
        visit(fields, name, schema);
    }
}
