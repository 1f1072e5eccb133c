//! The keywords of two schemas that stand for themselves: kinds, values, bounds, forms, branches.

use std::collections::BTreeSet;
use std::fmt::Display;

use serde_json::{Map, Value};

use super::structure::is_structure;
use super::types::{Direction, SchemaChange};
use crate::capability::json_text::join;
use crate::capability::keywords::is_annotation;

/// Every kind of value; a whole number is a number.
const KINDS: [&str; 7] = [
    "array", "boolean", "integer", "null", "number", "object", "string",
];

/// Bounds below which no value may be.
const LOWER: [&str; 6] = [
    "exclusiveMinimum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
];

/// Bounds above which no value may be.
const UPPER: [&str; 6] = [
    "exclusiveMaximum",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
];

/// A condition is one thing, in up to three keywords.
const CONDITION: [&str; 3] = ["if", "then", "else"];

/// Compares the keywords of two schemas, but for those that hold the parts of a value. `leads_alike` returns true if the
/// references in a value that is in both lead to the same.
pub(super) fn compare(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    pointer: &str,
    leads_alike: &dyn Fn(&Value) -> bool,
) -> Vec<SchemaChange> {
    let mut found = Vec::new();
    let mut push = |word: &str, (direction, words): (Direction, String)| {
        found.push(SchemaChange {
            pointer: join(pointer, word),
            direction,
            words,
        });
    };
    if let Some(change) = kinds(before, after) {
        push("type", change);
    }
    if let Some((word, change)) = values(before, after) {
        push(word, change);
    }
    if let Some(change) = condition(before, after) {
        push("if", change);
    }
    let apart = |word: &&String| {
        let taken = ["type", "enum", "const"];
        !taken.contains(&word.as_str()) && !CONDITION.contains(&word.as_str()) && !is_structure(word)
    };
    let elsewhere = |word: &&String| {
        let same = before.get(*word) == after.get(*word);
        same && !is_structure(word) && before.get(*word).is_some_and(|value| !leads_alike(value))
    };
    for word in before.keys().filter(elsewhere) {
        let words = "leads to something else, and cannot be compared".to_owned();
        push(word, (Direction::Either, words));
    }
    let mut seen = BTreeSet::new();
    for word in before.keys().chain(after.keys()).filter(apart) {
        let (old, new) = (before.get(word), after.get(word));
        if seen.insert(word) && old != new {
            push(word, other(word, old, new));
        }
    }
    found
}

fn kinds(before: &Map<String, Value>, after: &Map<String, Value>) -> Option<(Direction, String)> {
    let set = |schema: &Map<String, Value>| -> BTreeSet<String> {
        let named: Vec<&str> = match schema.get("type") {
            Some(Value::String(kind)) => vec![kind],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => KINDS.to_vec(),
        };
        let whole = named.contains(&"number").then_some("integer");
        named.into_iter().chain(whole).map(str::to_owned).collect()
    };
    let (old, new) = (set(before), set(after));
    let shown = |schema: &Map<String, Value>| match schema.get("type") {
        Some(Value::Array(kinds)) => {
            let kinds: Vec<_> = kinds.iter().filter_map(Value::as_str).collect();
            kinds.join(" or ")
        }
        Some(Value::String(kind)) => kind.clone(),
        _ => "anything".to_owned(),
    };
    let direction = direction(&old, &new)?;
    Some((direction, format!("{}, was {}", shown(after), shown(before))))
}

/// The change from one set to another; None if they are equal.
fn direction<T: Ord>(old: &BTreeSet<T>, new: &BTreeSet<T>) -> Option<Direction> {
    match (old.is_subset(new), new.is_subset(old)) {
        (true, true) => None,
        (true, false) => Some(Direction::Widened),
        (false, true) => Some(Direction::Narrowed),
        (false, false) => Some(Direction::Either),
    }
}

/// `enum` and `const` are one thing: the values that there are.
fn values(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Option<(&'static str, (Direction, String))> {
    let set = |schema: &Map<String, Value>| -> Option<Vec<String>> {
        match (schema.get("enum"), schema.get("const")) {
            (Some(Value::Array(values)), None) => Some(values.iter().map(Value::to_string).collect()),
            (None, Some(value)) => Some(vec![value.to_string()]),
            _ => None,
        }
    };
    let word = if after.contains_key("const") {
        "const"
    } else {
        "enum"
    };
    if ["enum", "const"]
        .iter()
        .all(|word| before.get(*word) == after.get(*word))
    {
        return None;
    }
    let both = |schema: &Map<String, Value>| schema.contains_key("enum") && schema.contains_key("const");
    let change = match (set(before), set(after)) {
        _ if both(before) || both(after) => (
            Direction::Either,
            "the values differ, and cannot be compared".to_owned(),
        ),
        (None, Some(new)) => (Direction::Narrowed, format!("only {} now", new.join(", "))),
        (Some(_), None) => (Direction::Widened, "any value now".to_owned()),
        (Some(old), Some(new)) => {
            let sets = [&old, &new].map(|values| values.iter().collect::<BTreeSet<_>>());
            let direction = direction(&sets[0], &sets[1])?;
            let gone: Vec<_> = old.iter().filter(|value| !new.contains(value)).collect();
            let come: Vec<_> = new.iter().filter(|value| !old.contains(value)).collect();
            let listed = |values: Vec<&String>, after: &str| {
                let values: Vec<_> = values.into_iter().map(String::as_str).collect();
                (!values.is_empty()).then(|| format!("{} {after}", values.join(", ")))
            };
            let words = [listed(come, "may be now"), listed(gone, "can no longer be")];
            (
                direction,
                words.into_iter().flatten().collect::<Vec<_>>().join("; "),
            )
        }
        (None, None) => (
            Direction::Either,
            "the values differ, and cannot be compared".to_owned(),
        ),
    };
    Some((word, change))
}

fn condition(before: &Map<String, Value>, after: &Map<String, Value>) -> Option<(Direction, String)> {
    if CONDITION.iter().all(|word| before.get(*word) == after.get(*word)) {
        return None;
    }
    let is_there = |schema: &Map<String, Value>| schema.contains_key("if");
    Some(match (is_there(before), is_there(after)) {
        (false, true) => (
            Direction::Narrowed,
            "what goes together is conditional now".to_owned(),
        ),
        (true, false) => (
            Direction::Widened,
            "what goes together is no longer conditional".to_owned(),
        ),
        (true, true) => (
            Direction::Either,
            "the condition differs, and cannot be compared".to_owned(),
        ),
        // Without an `if` the others say nothing.
        (false, false) => (
            Direction::Words,
            "a branch without a condition differs".to_owned(),
        ),
    })
}

/// A keyword of which the value differs, or that only one side has.
fn other(word: &str, old: Option<&Value>, new: Option<&Value>) -> (Direction, String) {
    let shown = |value: &Value| match value {
        Value::String(_) | Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => "other than before".to_owned(),
    };
    let was = |new: &dyn Display, old: &dyn Display| format!("{new}, was {old}");
    if is_annotation(word) {
        return (Direction::Words, format!("`{word}` in other words"));
    }
    if word == "uniqueItems" {
        let unique = |value: Option<&Value>| value == Some(&Value::Bool(true));
        return match (unique(old), unique(new)) {
            (false, true) => (
                Direction::Narrowed,
                "an item may no longer stand twice".to_owned(),
            ),
            (true, false) => (Direction::Widened, "an item may stand twice now".to_owned()),
            _ => (Direction::Words, "written otherwise".to_owned()),
        };
    }
    let (lower, upper) = (LOWER.contains(&word), UPPER.contains(&word));
    match (old, new) {
        // The least number of items that fit `contains` is 1 where it is left out, so what is added may also lower it.
        (None, Some(_)) | (Some(_), None) if word == "minContains" => {
            (Direction::Either, "differs, and cannot be compared".to_owned())
        }
        (None, Some(new)) => (Direction::Narrowed, format!("`{word}` is {} now", shown(new))),
        (Some(old), None) => (Direction::Widened, format!("no `{word}`, was {}", shown(old))),
        (Some(old), Some(new)) => match (old.as_f64(), new.as_f64()) {
            (Some(before), Some(after)) if lower || upper => {
                let direction = match () {
                    () if before == after => Direction::Words,
                    () if (after > before) == lower => Direction::Narrowed,
                    () => Direction::Widened,
                };
                (direction, was(new, old))
            }
            _ => (
                Direction::Either,
                format!(
                    "{}, was {}, and the two cannot be compared",
                    shown(new),
                    shown(old)
                ),
            ),
        },
        (None, None) => (Direction::Words, "nothing".to_owned()),
    }
}
