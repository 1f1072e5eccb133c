//! The keywords of two schemas that hold for the same value, as those of one.

use serde_json::{Map, Value, json};

use super::exact;
use crate::capability::keywords::is_annotation;

/// Adds the keywords of another schema. What has no single keyword that says both stays as a schema under `allOf`.
pub(super) fn merge(into: &mut Map<String, Value>, other: &Map<String, Value>) {
    for (word, value) in other {
        let Some(own) = into.get(word).cloned() else {
            into.insert(word.clone(), value.clone());
            continue;
        };
        if own == *value || is_annotation(word) {
            continue;
        }
        match both(word, &own, value) {
            Some(both) => {
                into.insert(word.clone(), both);
            }
            None => beside(into, word, value),
        }
    }
}

/// Keeps a keyword as a schema of its own under `allOf`.
fn beside(into: &mut Map<String, Value>, word: &str, value: &Value) {
    let mut all = into
        .get("allOf")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    match (word, value) {
        ("allOf", Value::Array(more)) => all.extend(more.iter().cloned()),
        _ => {
            let mut alone = Map::new();
            alone.insert(word.to_owned(), value.clone());
            all.push(Value::Object(alone));
        }
    }
    into.insert("allOf".to_owned(), Value::Array(all));
}

/// The value of a keyword that says what two of it say.
fn both(word: &str, own: &Value, other: &Value) -> Option<Value> {
    match word {
        "type" => {
            let kinds: Vec<Value> = kinds(own)
                .into_iter()
                .flat_map(|own| {
                    kinds(other)
                        .into_iter()
                        .filter_map(move |other| narrower(own, other))
                })
                .map(Value::from)
                .collect();
            match kinds.as_slice() {
                [] => None,
                [only] => Some(only.clone()),
                _ => Some(Value::Array(kinds)),
            }
        }
        "required" => {
            let mut all = own.as_array()?.clone();
            let more = other
                .as_array()?
                .iter()
                .filter(|name| !own.as_array().is_some_and(|own| own.contains(name)));
            all.extend(more.cloned());
            Some(Value::Array(all))
        }
        "enum" => {
            let other = other.as_array()?;
            let common: Vec<_> = own
                .as_array()?
                .iter()
                .filter(|own| other.contains(own))
                .cloned()
                .collect();
            (!common.is_empty()).then_some(Value::Array(common))
        }
        "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties" | "minContains" => {
            larger(own, other, true)
        }
        "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties" | "maxContains" => {
            larger(own, other, false)
        }
        "uniqueItems" => Some(json!(own == &json!(true) || other == &json!(true))),
        "properties" => {
            let mut all = own.as_object()?.clone();
            for (name, schema) in other.as_object()? {
                let merged = match all.get(name) {
                    Some(own) if own == schema => continue,
                    Some(own) => json!({ "allOf": [own, schema] }),
                    None => schema.clone(),
                };
                all.insert(name.clone(), merged);
            }
            Some(Value::Object(all))
        }
        "items" => Some(json!({ "allOf": [own, other] })),
        _ => None,
    }
}

/// The types that a keyword names.
fn kinds(types: &Value) -> Vec<&str> {
    match types {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The type of the values that are of both types.
fn narrower<'a>(own: &'a str, other: &'a str) -> Option<&'a str> {
    match (own, other) {
        _ if own == other => Some(own),
        ("integer", "number") | ("number", "integer") => Some("integer"),
        _ => None,
    }
}

fn larger(own: &Value, other: &Value, larger: bool) -> Option<Value> {
    let order = exact::compare(own.as_number()?, other.as_number()?)?;
    Some(if (order.is_ge()) == larger {
        own.clone()
    } else {
        other.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(one: &Value, other: &Value) -> Value {
        let mut into = one.as_object().unwrap().clone();
        merge(&mut into, other.as_object().unwrap());
        Value::Object(into)
    }

    #[test]
    fn what_two_schemas_say_of_a_value_is_said_by_one() {
        assert_eq!(
            merged(
                &json!({ "type": ["number", "null"], "minimum": 1, "maximum": 9, "title": "one" }),
                &json!({ "type": "integer", "minimum": 3, "maximum": 9.5, "title": "other", "multipleOf": 2 })
            ),
            json!({ "type": "integer", "minimum": 3, "maximum": 9, "title": "one", "multipleOf": 2 })
        );
        assert_eq!(
            merged(
                &json!({ "required": ["a"], "properties": { "a": { "type": "string" }, "b": true } }),
                &json!({ "required": ["a", "b"], "properties": { "a": { "minLength": 1 }, "c": {} } })
            ),
            json!({
                "required": ["a", "b"],
                "properties": { "a": { "allOf": [{ "type": "string" }, { "minLength": 1 }] }, "b": true, "c": {} }
            })
        );
    }

    #[test]
    fn what_no_keyword_says_stays_beside() {
        assert_eq!(
            merged(
                &json!({ "pattern": "a", "type": "string", "allOf": [{ "format": "date" }] }),
                &json!({ "pattern": "b", "type": "number", "allOf": [{ "not": {} }] })
            ),
            json!({
                "pattern": "a", "type": "string",
                "allOf": [{ "format": "date" }, { "pattern": "b" }, { "type": "number" }, { "not": {} }]
            })
        );
    }
}
