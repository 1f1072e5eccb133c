//! Differences between two schemas, place by place.

use serde_json::Value;

/// One place at which a provider's schema is not the published one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The place, as a JSON pointer into the schema.
    pub pointer: String,
    /// The published value.
    pub published: Option<Value>,
    /// The provider's value.
    pub live: Option<Value>,
}

/// Every place at which `live` is not `published`. The order of keys and of `required` and `enum` says nothing.
pub fn differences(published: &Value, live: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(published, live, &mut String::new(), &mut found);
    found
}

fn compare(published: &Value, live: &Value, pointer: &mut String, found: &mut Vec<Difference>) {
    match (published, live) {
        (Value::Object(left), Value::Object(right)) => {
            let keys = left
                .keys()
                .chain(right.keys().filter(|key| !left.contains_key(*key)));
            for key in keys {
                let length = pointer.len();
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                match (left.get(key), right.get(key)) {
                    (Some(left), Some(right)) => compare(left, right, pointer, found),
                    (left, right) => found.push(Difference {
                        pointer: pointer.clone(),
                        published: left.cloned(),
                        live: right.cloned(),
                    }),
                }
                pointer.truncate(length);
            }
        }
        (Value::Array(left), Value::Array(right)) if same_members(left, right) => {}
        // 30 and 30.0 are one number.
        (Value::Number(left), Value::Number(right)) if left.as_f64() == right.as_f64() => {}
        _ if published == live => {}
        _ => found.push(Difference {
            pointer: pointer.clone(),
            published: Some(published.clone()),
            live: Some(live.clone()),
        }),
    }
}

fn same_members(left: &[Value], right: &[Value]) -> bool {
    left.len() == right.len() && left.iter().all(|item| right.contains(item))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_place_that_differs_is_named_once() {
        let published = json!({ "type": "object", "required": ["a", "b"], "properties": { "a": { "type": "string" }, "n": { "minimum": 1 } } });
        let live = json!({ "required": ["b", "a"], "type": "object", "properties": { "a": { "type": "string", "maxLength": 3 }, "n": { "minimum": 1.0 }, "x/y": {} } });
        let places: Vec<_> = differences(&published, &live)
            .into_iter()
            .map(|found| found.pointer)
            .collect();
        assert_eq!(places, ["/properties/a/maxLength", "/properties/x~1y"]);
    }

    #[test]
    fn a_schema_does_not_differ_from_itself_in_another_order() {
        let left = json!({ "enum": ["a", "b"], "type": "string" });
        assert!(differences(&left, &json!({ "type": "string", "enum": ["b", "a"] })).is_empty());
    }
}
