//! A plain valid value for a schema, for fields that a base leaves out and for lists of a certain length.
//!
//! It refuses to guess: where a pattern or a combination of schemas decides, there is no value unless the schema gives an example.

use serde_json::{Map, Value, json};

use super::rules::{Rules, is_required, properties, rules, types};

/// The longest text and the longest list that are made.
pub(super) const LONGEST: u64 = 100_000;
pub(super) const MOST: u64 = 1000;

/// The depth to which a value is built; only a schema that needs itself goes deeper.
const DEPTH: usize = 8;

/// A valid value.
pub(super) fn value(root: &Value, schema: &Value) -> Option<Value> {
    build(root, schema, 0)
}

/// So many valid values, all different where they must be.
pub(super) fn several(root: &Value, schema: &Value, count: usize, distinct: bool) -> Option<Vec<Value>> {
    list(root, schema, count, distinct, 0)
}

fn list(root: &Value, schema: &Value, count: usize, distinct: bool, depth: usize) -> Option<Vec<Value>> {
    if count == 0 {
        return Some(Vec::new());
    }
    let first = build(root, schema, depth)?;
    if !distinct || count == 1 {
        return Some(vec![first; count]);
    }
    let Rules::Plain(words) = rules(root, schema) else {
        return None;
    };
    if let Some(options) = words.get("enum").and_then(Value::as_array) {
        return options.get(..count).map(<[Value]>::to_vec);
    }
    let numbered: Vec<Value> = match first {
        Value::String(text) => (0..count).map(|at| json!(format!("{text}{at}"))).collect(),
        Value::Number(number) => {
            let from = number.as_i64()?;
            (0..i64::try_from(count).ok()?)
                .map(|at| json!(from + at))
                .collect()
        }
        _ => return None,
    };
    numbered
        .iter()
        .all(|value| fits(words, value))
        .then_some(numbered)
}

fn build(root: &Value, schema: &Value, depth: usize) -> Option<Value> {
    if depth > DEPTH {
        return None;
    }
    let words = match rules(root, schema) {
        Rules::Plain(words) => words,
        // A schema of the value `false` allows nothing.
        Rules::None => return (*schema != Value::Bool(false)).then(|| json!("text")),
        Rules::Combined(_) => return example(schema.as_object()?),
    };
    if let Some(only) = words.get("const") {
        return Some(only.clone());
    }
    if let Some(options) = words.get("enum").and_then(Value::as_array) {
        return options.iter().find(|option| !option.is_null()).cloned();
    }
    if let Some(example) = example(words) {
        return Some(example);
    }
    match types(words).into_iter().find(|kind| *kind != "null") {
        Some("string") | None => text(words).filter(|text| fits(words, text)),
        Some("boolean") => Some(json!(true)),
        Some("number" | "integer") => number(words).filter(|number| fits(words, number)),
        Some("array") => {
            let fewest = words.get("minItems").and_then(Value::as_u64).unwrap_or(0);
            let most = words.get("maxItems").and_then(Value::as_u64).unwrap_or(MOST);
            let count = usize::try_from(fewest.max(1).min(most)).ok()?;
            let distinct = words.get("uniqueItems") == Some(&Value::Bool(true));
            let open = Value::Bool(true);
            let items = words.get("items").unwrap_or(&open);
            if fewest > MOST {
                return None;
            }
            match list(root, items, count, distinct, depth + 1) {
                None if fewest == 0 => Some(json!([])),
                items => items.map(Value::Array),
            }
        }
        Some("object") => {
            let mut object = Map::new();
            for (name, schema) in properties(words).filter(|(name, _)| is_required(words, name)) {
                object.insert(name.clone(), build(root, schema, depth + 1)?);
            }
            Some(Value::Object(object))
        }
        Some(_) => None,
    }
}

/// The example that the schema itself gives.
fn example(words: &Map<String, Value>) -> Option<Value> {
    let examples = words.get("examples").and_then(Value::as_array);
    examples
        .and_then(|examples| examples.first())
        .or_else(|| words.get("default"))
        .cloned()
}

fn text(words: &Map<String, Value>) -> Option<Value> {
    let plain = match words.get("format").and_then(Value::as_str) {
        Some("date-time") => "2030-01-02T09:00:00Z",
        Some("date") => "2030-01-02",
        Some("time") => "09:00:00Z",
        Some("duration") => "PT1H",
        Some("email") => "someone@example.com",
        Some("uri" | "uri-reference" | "iri" | "iri-reference" | "uri-template") => "https://example.com/",
        Some("uuid") => "2fa3ba4f-4b1c-4b29-9b4f-0d3f5f6c7a81",
        Some("hostname") => "example.com",
        Some("ipv4") => "192.0.2.1",
        Some("ipv6") => "2001:db8::1",
        Some("json-pointer") => "/text",
        Some("relative-json-pointer") => "0",
        _ => "text",
    };
    let length = |word: &str| words.get(word).and_then(Value::as_u64);
    let fewest = length("minLength").unwrap_or(0);
    let most = length("maxLength").unwrap_or(LONGEST);
    if fewest > LONGEST {
        return None;
    }
    let mut text: String = plain.chars().take(usize::try_from(most).ok()?).collect();
    while (text.chars().count() as u64) < fewest {
        text.push('x');
    }
    Some(text.into())
}

fn number(words: &Map<String, Value>) -> Option<Value> {
    let limits = [
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
    ]
    .into_iter()
    .filter_map(|word| words.get(word)?.as_f64());
    let mut tried: Vec<f64> = vec![1.0, 0.0];
    for limit in limits {
        tried.extend([limit, limit.ceil(), limit.floor(), limit + 1.0, limit - 1.0]);
    }
    let step = words.get("multipleOf").and_then(Value::as_f64);
    let multiples: Vec<f64> = step
        .into_iter()
        .flat_map(|step| {
            tried.iter().flat_map(move |value| {
                let steps = (value / step).floor();
                [steps * step, (steps + 1.0) * step]
            })
        })
        .collect();
    tried.extend(multiples);
    tried.into_iter().map(written).find(|value| fits(words, value))
}

/// A number as people write it: without a fraction where it has none.
pub(super) fn written(number: f64) -> Value {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole and within the numbers that a double holds exactly"
    )]
    if number.fract() == 0.0 && number.abs() < 9e15 {
        json!(number as i64)
    } else {
        json!(number)
    }
}

/// Returns true if a text or a number keeps the keywords of one schema that refers to no other.
pub(super) fn fits(words: &Map<String, Value>, value: &Value) -> bool {
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .with_format("email", crate::capability::address::is_address)
        .with_pattern_options(jsonschema::PatternOptions::regex())
        .offline()
        .build(&Value::Object(words.clone()))
        .is_ok_and(|validator| validator.is_valid(value))
}
