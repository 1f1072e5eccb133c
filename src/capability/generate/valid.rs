//! A plain valid value for a schema, for fields that a base leaves out and for lists of a certain length.
//!
//! It refuses to guess: where a pattern or a combination of schemas decides, there is no value unless the schema gives an example.

use serde_json::{Map, Number, Value, json};

use super::exact::{self, written};
use super::merge::merge;
use super::root::Root;
use super::rules::{Rules, is_required, properties, rules, types};

/// The longest text and the longest list that are made.
pub(super) const LONGEST: u64 = 100_000;
pub(super) const MOST: u64 = 1000;

/// The depth to which a value is built; only a schema that needs itself goes deeper.
const DEPTH: usize = 8;

/// A valid value.
pub(super) fn value(root: &Root, schema: &Value) -> Option<Value> {
    build(root, schema, 0)
}

/// So many valid values, all different where they must be.
pub(super) fn several(root: &Root, schema: &Value, count: usize, distinct: bool) -> Option<Vec<Value>> {
    list(root, schema, count, distinct, 0)
}

fn list(root: &Root, schema: &Value, count: usize, distinct: bool, depth: usize) -> Option<Vec<Value>> {
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
                .map(|at| from.checked_add(at).map(|number| json!(number)))
                .collect::<Option<_>>()?
        }
        _ => return None,
    };
    numbered
        .iter()
        .all(|value| root.accepts(&words, value))
        .then_some(numbered)
}

fn build(root: &Root, schema: &Value, depth: usize) -> Option<Value> {
    if depth > DEPTH {
        return None;
    }
    let words = match rules(root, schema) {
        Rules::Plain(words) => words,
        // A schema of the value `false` allows nothing.
        Rules::None => return (*schema != Value::Bool(false)).then(|| json!("text")),
        Rules::Combined(_) => return example(schema.as_object()?),
    };
    if !words.is_uncertain() {
        return plain(root, &words, depth);
    }
    let fits = |value: &Value| root.accepts(&words, value);
    if let Some(value) = example(&words).filter(fits) {
        return Some(value);
    }
    let Some((word, branches)) = &words.alternatives else {
        return plain(root, &words, depth).filter(fits);
    };
    branches.iter().find_map(|branch| {
        let mut alone: Map<String, Value> = Map::clone(&words);
        alone.shift_remove(*word);
        merge(&mut alone, &only("allOf", json!([branch])));
        build(root, &Value::Object(alone), depth.saturating_add(1)).filter(fits)
    })
}

/// A schema of one word.
fn only(word: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(word.to_owned(), value)])
}

/// A value by keywords that each stand for themselves.
fn plain(root: &Root, words: &Map<String, Value>, depth: usize) -> Option<Value> {
    if let Some(only) = words.get("const") {
        return Some(only.clone());
    }
    if let Some(options) = words.get("enum").and_then(Value::as_array) {
        let allowed = types(words);
        let fits = |option: &&Value| allowed.is_empty() || root.accepts(words, option);
        return options
            .iter()
            .filter(|option| !option.is_null())
            .find(fits)
            .cloned();
    }
    if let Some(example) = example(words) {
        return Some(example);
    }
    let kinds = types(words);
    match kinds
        .iter()
        .find(|kind| **kind != "null")
        .or(kinds.first())
        .copied()
    {
        Some("null") => Some(Value::Null),
        Some("string") => text(words).filter(|text| root.accepts(words, text)),
        None if words.contains_key("properties") || words.contains_key("required") => {
            object(root, words, depth)
        }
        None => text(words)
            .filter(|text| root.accepts(words, text))
            .or_else(|| number(root, words))
            .or_else(|| object(root, words, depth).filter(|value| root.accepts(words, value))),
        Some("boolean") => Some(json!(true)),
        Some("number" | "integer") => number(root, words),
        Some("array") => array(root, words, depth),
        Some("object") => object(root, words, depth),
        Some(_) => None,
    }
}

fn array(root: &Root, words: &Map<String, Value>, depth: usize) -> Option<Value> {
    let fewest = words.get("minItems").and_then(Value::as_u64).unwrap_or(0);
    let most = words.get("maxItems").and_then(Value::as_u64).unwrap_or(MOST);
    let count = usize::try_from(fewest.max(1).min(most)).ok()?;
    let distinct = words.get("uniqueItems") == Some(&Value::Bool(true));
    let open = Value::Bool(true);
    let items = words.get("items").unwrap_or(&open);
    if fewest > MOST {
        return None;
    }
    if let Some(first) = words.get("prefixItems").and_then(Value::as_array) {
        let mut made = Vec::new();
        for at in 0..usize::try_from(fewest).ok()?.max(first.len()) {
            made.push(build(
                root,
                first.get(at).unwrap_or(items),
                depth.saturating_add(1),
            )?);
        }
        return Some(Value::Array(made));
    }
    match list(root, items, count, distinct, depth.saturating_add(1)) {
        None if fewest == 0 => Some(json!([])),
        items => items.map(Value::Array),
    }
}

fn object(root: &Root, words: &Map<String, Value>, depth: usize) -> Option<Value> {
    let mut object = Map::new();
    for (name, schema) in properties(words).filter(|(name, _)| is_required(words, name)) {
        object.insert(name.clone(), build(root, schema, depth.saturating_add(1))?);
    }
    let required = words.get("required").and_then(Value::as_array);
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        if !object.contains_key(name) {
            object.insert(name.to_owned(), json!("text"));
        }
    }
    Some(Value::Object(object))
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
        Some("email" | "idn-email") => "someone@example.com",
        Some("uri" | "uri-reference" | "iri" | "iri-reference" | "uri-template") => "https://example.com/",
        Some("uuid") => "2fa3ba4f-4b1c-4b29-9b4f-0d3f5f6c7a81",
        Some("hostname" | "idn-hostname") => "example.com",
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

fn number(root: &Root, words: &Map<String, Value>) -> Option<Value> {
    let limits: Vec<&Number> = [
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
    ]
    .into_iter()
    .filter_map(|word| words.get(word)?.as_number())
    .collect();
    let mut tried: Vec<Value> = vec![json!(1), json!(0)];
    for limit in limits {
        tried.push(Value::Number(limit.clone()));
        let double = limit.as_f64();
        tried.extend(
            double
                .into_iter()
                .flat_map(|limit| [written(limit.ceil()), written(limit.floor())]),
        );
        tried.extend(
            [true, false]
                .into_iter()
                .filter_map(|up| exact::beyond(limit, up)),
        );
    }
    let step = words.get("multipleOf").and_then(Value::as_f64);
    let multiples: Vec<Value> = step
        .into_iter()
        .flat_map(|step| {
            let values = tried.iter().filter_map(Value::as_f64);
            values.flat_map(move |value| {
                let steps = (value / step).floor();
                [steps * step, (steps + 1.0) * step].map(written)
            })
        })
        .collect();
    tried.extend(multiples);
    tried.into_iter().find(|value| root.accepts(words, value))
}
