//! The keywords that hold where a schema stands, its references followed.

use serde_json::{Map, Value};

use crate::capability::keywords::is_annotation;

/// The most references that may lead to one schema.
const HOPS: usize = 8;

/// Words whose schemas or conditions combine, so that one rule cannot be broken without a look at the others.
const COMBINING: &[&str] = &[
    "$dynamicRef",
    "allOf",
    "anyOf",
    "contains",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "maxProperties",
    "minProperties",
    "not",
    "oneOf",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// The keywords that hold at a place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rules<'s> {
    /// These words.
    Plain(&'s Map<String, Value>),
    /// Nothing.
    None,
    /// More than is taken apart: the word that says so.
    Combined(&'s str),
}

/// Follows the references of a schema to the keywords that hold where it stands.
pub(super) fn rules<'s>(root: &'s Value, schema: &'s Value) -> Rules<'s> {
    let mut schema = schema;
    for _ in 0..HOPS {
        let Some(words) = schema.as_object() else {
            return Rules::None;
        };
        if let Some(word) = words.keys().find(|word| COMBINING.contains(&word.as_str())) {
            return Rules::Combined(word);
        }
        let Some(target) = words.get("$ref") else {
            return Rules::Plain(words);
        };
        let speaks = |word: &String| word != "$ref" && !is_annotation(word);
        let target = target.as_str().and_then(|target| target.strip_prefix('#'));
        match target.and_then(|pointer| root.pointer(pointer)) {
            Some(next) if !words.keys().any(speaks) => schema = next,
            _ => break,
        }
    }
    Rules::Combined("$ref")
}

/// The properties that an object's schema names, in its order.
pub(super) fn properties(words: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    words
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

/// Returns true if an object must have a property.
pub(super) fn is_required(words: &Map<String, Value>, name: &str) -> bool {
    let required = words.get("required").and_then(Value::as_array);
    required.into_iter().flatten().any(|required| required == name)
}

/// The types that a schema allows; none where it names none.
pub(super) fn types(words: &Map<String, Value>) -> Vec<&str> {
    match words.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
