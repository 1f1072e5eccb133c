//! The fields that a caller must not set, by the names under which a provider would honour them.
//!
//! A provider that takes no field of a made-up name may still take `status` or `id`. The names come from the output schema, and
//! from what systems of this kind commonly keep. The values are plausible ones, of which a provider that honours them makes something:
//! a time is two hours after a time of the input, so that it can be the end of what begins there.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::change::Change;
use super::place::{self, Key, Step};
use super::root::Root;
use super::row::{GeneratedRow, a};
use super::rules::{Rules, properties, rules, types};
use super::valid;

/// The fields that say how an answer ended. They are of no single thing that a provider keeps.
const ENVELOPE: &[&str] = &["ok", "error"];

/// The most steps to an object that is looked at: nobody honours what stands deeper.
const DEEPEST: usize = 2;

/// The depth to which schemas that combine others are looked into. Only circular references reach it.
const DEPTH: usize = 8;

/// A text that no honest answer has.
const TEXT: &str = "sent-by-the-caller";

/// The fields that systems commonly keep and callers never set, each with a plausible value.
const COMMON: &[(&str, Common)] = &[
    ("id", Common::Text),
    ("status", Common::Word("confirmed")),
    ("price", Common::Number(1)),
    ("duration_minutes", Common::Number(5)),
    ("created_at", Common::Time),
    ("provider_id", Common::Text),
];

/// A plausible value of a common field.
#[derive(Clone, Copy)]
enum Common {
    Text,
    Word(&'static str),
    Number(i64),
    Time,
}

/// The rows of one object of an input: a field for each property of the answer, and for each common one, that the object does not know.
///
/// `input` is the input schema, `answer` the output schema, `route` the way to the object, `words` the keywords that hold there. Where the
/// object takes other fields, each row is valid, and there are none of a value that an honest answer could have.
pub(super) fn rows(
    input: &Root,
    answer: &Root,
    route: &[Step],
    words: &Map<String, Value>,
) -> Vec<GeneratedRow> {
    let mut rows = Vec::new();
    if route.len() > DEEPEST {
        return rows;
    }
    let mut seen: BTreeSet<&str> = properties(words).map(|(name, _)| name.as_str()).collect();
    seen.extend(ENVELOPE);
    let whole = described(answer, answer.schema());
    // Inside an object, what the whole input has is only misplaced, and what is an object of its own belongs elsewhere.
    let (mut fields, whole) = match route {
        [] => (whole, Vec::new()),
        inner => {
            seen.extend(described(input, input.schema()).into_iter().map(|(name, _)| name));
            (inside(answer, inner), whole)
        }
    };
    // What the answer says of the same thing comes first: it is what is honoured most likely.
    fields.extend(
        whole
            .into_iter()
            .filter(|(_, schema)| described(answer, schema).is_empty()),
    );
    for (name, schema) in fields {
        if !seen.contains(name)
            && let Some(change) = plausible(answer, schema)
        {
            seen.insert(name);
            rows.extend(row(route, words, name, change));
        }
    }
    for (name, common) in COMMON {
        if seen.insert(name) {
            let change = match common {
                Common::Text => Change::Put(json!(TEXT)),
                Common::Word(word) => Change::Put(json!(word)),
                Common::Number(number) => Change::Put(json!(number)),
                Common::Time => Change::PutLaterTime,
            };
            rows.extend(row(route, words, name, change));
        }
    }
    rows
}

fn row(route: &[Step], words: &Map<String, Value>, name: &str, change: Change) -> Option<GeneratedRow> {
    let key = Key::Name(name.to_owned());
    let field: Vec<Step> = route.iter().cloned().chain([Step { key, seed: None }]).collect();
    let what = format!("{}, which callers do not set", a(&place::path(&field)));
    let id = format!("sets_{}", place::id(&field));
    let keyword = "additionalProperties";
    if is_closed(words) {
        return Some(GeneratedRow::negative(id, what, &field, keyword, true, change));
    }
    let is_item = |step: &Step| matches!(step.key, Key::Item { .. });
    if !is_telling(&change) || field.iter().any(is_item) {
        return None;
    }
    Some(GeneratedRow::boundary(id, what, &field, keyword, change))
}

/// Returns true if an object takes no fields but those that its schema names.
pub(super) fn is_closed(words: &Map<String, Value>) -> bool {
    words.get("additionalProperties") == Some(&Value::Bool(false))
}

/// Returns true if no honest answer has what is put.
fn is_telling(change: &Change) -> bool {
    let says = |value: &Value| value == TEXT;
    match change {
        Change::PutLaterTime => true,
        Change::Put(Value::Object(fields)) => fields.values().any(says),
        Change::Put(value) => says(value),
        _ => false,
    }
}

/// The properties that a schema names, those of the schemas that it combines as well: here only their names and values count.
fn described<'s>(root: &'s Root, schema: &'s Value) -> Vec<(&'s str, &'s Value)> {
    let mut found = Vec::new();
    describe(root, schema, 0, &mut found);
    found
}

fn describe<'s>(root: &'s Root, schema: &'s Value, depth: usize, found: &mut Vec<(&'s str, &'s Value)>) {
    let Some(words) = schema.as_object().filter(|_| depth < DEPTH) else {
        return;
    };
    found.extend(
        properties(words)
            .filter(|(_, schema)| schema.is_object())
            .map(|(name, schema)| (name.as_str(), schema)),
    );
    let reference = words.get("$ref").and_then(Value::as_str);
    if let Some(target) = reference.and_then(|reference| root.target(reference)) {
        describe(root, target, depth.saturating_add(1), found);
    }
    for word in ["allOf", "anyOf", "oneOf"] {
        for schema in words.get(word).and_then(Value::as_array).into_iter().flatten() {
            describe(root, schema, depth.saturating_add(1), found);
        }
    }
}

/// The properties of the answer at the same place as in the input.
fn inside<'s>(answer: &'s Root, route: &[Step]) -> Vec<(&'s str, &'s Value)> {
    let mut schema = answer.schema();
    for step in route {
        let next = match &step.key {
            Key::Name(name) => described(answer, schema)
                .into_iter()
                .find(|(known, _)| known == name)
                .map(|(_, schema)| schema),
            Key::Item { .. } => schema.get("items"),
        };
        let Some(next) = next else { return Vec::new() };
        schema = next;
    }
    described(answer, schema)
}

/// A change that sets a field to a value that its schema allows, and that says something. Lists are nothing that a caller would set.
fn plausible(answer: &Root, schema: &Value) -> Option<Change> {
    let fields = described(answer, schema);
    if !fields.is_empty() {
        let fields = fields
            .into_iter()
            .filter_map(|(name, schema)| Some((name.to_owned(), simple(answer, schema)?)));
        return Some(Change::Put(Value::Object(fields.collect())));
    }
    let Rules::Plain(words) = rules(answer, schema) else {
        return Some(Change::Put(json!(TEXT)));
    };
    if types(&words).contains(&"array") {
        return None;
    }
    if words.get("format").and_then(Value::as_str) == Some("date-time") {
        return Some(Change::PutLaterTime);
    }
    simple(answer, schema).map(Change::Put)
}

/// A text that no honest answer has, or else `false`, which most answers do not have, or any valid value.
fn simple(answer: &Root, schema: &Value) -> Option<Value> {
    let Rules::Plain(words) = rules(answer, schema) else {
        return None;
    };
    if types(&words).contains(&"boolean") {
        return Some(json!(false));
    }
    let text = json!(TEXT);
    if types(&words).contains(&"string") && answer.accepts(&words, &text) {
        return Some(text);
    }
    valid::value(answer, schema)
}
