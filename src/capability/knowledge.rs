//! Looks up a path in a schema, so that a slip in an expression is found before anything runs.

use serde_json::{Map, Value};

/// The most schemas that are looked at for one step. Only circular references reach this limit.
const VIEWS: usize = 64;

/// The result of looking up a path in a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Knowledge {
    /// The schema names every key of the path.
    Known,
    /// The schema names the keys at this place, and the key of the path is not among them.
    Unknown {
        /// The index of the key in the path, from 0.
        at: usize,
        /// The keys that the schema names there, in its order; none where no key can be.
        known: Vec<String>,
    },
    /// The schema does not say: it names no keys, or the path goes through a list.
    Open,
}

pub(super) fn of(root: &Value, path: &[&str]) -> Knowledge {
    let mut schemas = vec![root];
    for (at, key) in path.iter().enumerate() {
        match step(root, &schemas, key) {
            Step::Into(next) => schemas = next,
            Step::Open => return Knowledge::Open,
            Step::Nowhere(known) => return Knowledge::Unknown { at, known },
        }
    }
    Knowledge::Known
}

enum Step<'a> {
    Into(Vec<&'a Value>),
    Open,
    Nowhere(Vec<String>),
}

fn step<'a>(root: &'a Value, schemas: &[&'a Value], key: &str) -> Step<'a> {
    let views = views(root, schemas);
    let mut next = Vec::new();
    let mut known: Vec<String> = Vec::new();
    for view in &views {
        let properties = view.get("properties").and_then(Value::as_object);
        for (name, schema) in properties.into_iter().flatten() {
            if name == key {
                next.push(schema);
            }
            if !known.contains(name) {
                known.push(name.clone());
            }
        }
    }
    let open_key = |view: &&Map<String, Value>| {
        view.contains_key("patternProperties")
            || view
                .get("additionalProperties")
                .is_some_and(|schema| *schema != Value::Bool(false))
    };
    let may_be = |kind: &str| views.iter().all(|view| allows(view, kind));
    let says_nothing = known.is_empty() && may_be("object") || may_be("array") && !may_be("object");
    if !next.is_empty() {
        Step::Into(next)
    } else if says_nothing || views.iter().any(open_key) {
        Step::Open
    } else {
        Step::Nowhere(known)
    }
}

/// The schema objects that speak about the same value: through references, branches and conditions.
fn views<'a>(root: &'a Value, schemas: &[&'a Value]) -> Vec<&'a Map<String, Value>> {
    let mut waiting: Vec<&Value> = schemas.iter().rev().copied().collect();
    let mut found: Vec<&Map<String, Value>> = Vec::new();
    while let Some(schema) = waiting.pop() {
        let Some(object) = schema.as_object() else {
            continue;
        };
        if found.len() == VIEWS {
            break;
        }
        found.push(object);
        for word in ["else", "then"] {
            waiting.extend(object.get(word));
        }
        for word in ["oneOf", "anyOf", "allOf"] {
            waiting.extend(
                object
                    .get(word)
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .rev(),
            );
        }
        let target = object
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|target| target.strip_prefix('#'));
        waiting.extend(target.and_then(|pointer| root.pointer(pointer)));
    }
    found
}

fn allows(view: &Map<String, Value>, kind: &str) -> bool {
    match view.get("type") {
        Some(Value::String(only)) => only == kind,
        Some(Value::Array(kinds)) => kinds.iter().any(|one| one == kind),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn unknown(at: usize, known: &[&str]) -> Knowledge {
        Knowledge::Unknown {
            at,
            known: known.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    #[test]
    fn a_path_is_followed_through_the_properties() {
        let schema = json!({ "type": "object", "properties": {
            "booking_id": { "type": "string" },
            "service": { "type": "object", "properties": { "id": { "type": "string" } } },
            "slots": { "type": "array", "items": { "type": "object" } },
            "extra": {}
        } });
        assert_eq!(of(&schema, &[]), Knowledge::Known);
        assert_eq!(of(&schema, &["service", "id"]), Knowledge::Known);
        assert_eq!(
            of(&schema, &["bookng_id"]),
            unknown(0, &["booking_id", "service", "slots", "extra"])
        );
        assert_eq!(of(&schema, &["service", "idd"]), unknown(1, &["id"]));
        assert_eq!(of(&schema, &["booking_id", "size"]), unknown(1, &[]));
        assert_eq!(of(&schema, &["slots", "start_at"]), Knowledge::Open);
        assert_eq!(of(&schema, &["extra", "anything"]), Knowledge::Open);
    }

    #[test]
    fn branches_and_references_count_and_circles_end() {
        let schema = json!({
            "oneOf": [
                { "properties": { "ok": { "const": true }, "slot": { "$ref": "#/$defs/slot" } } },
                { "properties": { "ok": { "const": false }, "error": { "type": "string" } } }
            ],
            "$defs": { "slot": { "properties": { "next": { "$ref": "#/$defs/slot" } } }, "a": { "$ref": "#/$defs/a" } }
        });
        assert_eq!(of(&schema, &["error"]), Knowledge::Known);
        assert_eq!(of(&schema, &["slot", "next", "next"]), Knowledge::Known);
        assert_eq!(of(&schema, &["slot", "nxt"]), unknown(1, &["next"]));
        assert_eq!(
            of(
                &json!({ "$ref": "#/$defs/a", "$defs": { "a": { "$ref": "#/$defs/a" } } }),
                &["x"]
            ),
            Knowledge::Open
        );
    }

    #[test]
    fn keys_that_a_schema_leaves_free_are_open() {
        assert_eq!(
            of(
                &json!({ "properties": { "a": {} }, "additionalProperties": true }),
                &["b"]
            ),
            Knowledge::Open
        );
        assert_eq!(
            of(&json!({ "patternProperties": { "^x": {} } }), &["b"]),
            Knowledge::Open
        );
        assert_eq!(of(&json!(true), &["b"]), Knowledge::Open);
    }
}
