//! The places of an input that a schema speaks about, each with the way to it and the plain words that hold there.

use serde_json::{Map, Value};

use super::super::json_text::join;
use super::valid;

/// How deep an input is looked into, and how many places of it: more only come about where references go in circles.
const DEPTH: usize = 8;
const PLACES: usize = 300;

/// How many references may lead to one schema.
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

/// Words that say nothing about which values are valid.
const SILENT: &[&str] = &[
    "$comment",
    "$defs",
    "$id",
    "$schema",
    "default",
    "deprecated",
    "description",
    "examples",
    "readOnly",
    "title",
    "writeOnly",
];

/// A step from a value to one inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// A property.
    Name(String),
    /// The first item of a list. `alone`: the others are dropped, since they might be equal to it.
    Item { alone: bool },
}

/// A step, and what stands there where a base has nothing.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) key: Key,
    pub(super) seed: Option<Value>,
}

/// A place of an input.
#[derive(Debug)]
pub(super) struct Place<'s> {
    /// The way to it from the whole input, which has an empty one.
    pub(super) route: Vec<Step>,
    /// Whether the object around it must have it.
    pub(super) required: bool,
    /// What holds there.
    pub(super) rules: Rules<'s>,
    /// Whether something stands there in every base, or a seed can.
    pub(super) is_reached: bool,
}

/// What holds at a place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rules<'s> {
    /// These words.
    Plain(&'s Map<String, Value>),
    /// Nothing.
    None,
    /// More than is taken apart: the word that says so.
    Combined(&'s str),
}

/// Every place, the whole input first, each object before what is in it. None is looked into whose rules combine, or of which a base
/// may have nothing and no valid value is known.
pub(super) fn places(root: &Value) -> Vec<Place<'_>> {
    let mut found = Vec::new();
    visit(root, root, &[], true, &mut found);
    found
}

fn visit<'s>(root: &'s Value, schema: &'s Value, route: &[Step], required: bool, found: &mut Vec<Place<'s>>) {
    if found.len() == PLACES {
        return;
    }
    let rules = if route.len() > DEPTH {
        Rules::Combined("$ref")
    } else {
        rules(root, schema)
    };
    let is_reached = required || route.last().is_none_or(|step| step.seed.is_some());
    found.push(Place {
        route: route.to_vec(),
        required,
        rules,
        is_reached,
    });
    let (Rules::Plain(words), true) = (rules, is_reached) else {
        return;
    };
    let further = |key: Key, schema: &Value| {
        let seed = valid::value(root, schema);
        route
            .iter()
            .cloned()
            .chain([Step { key, seed }])
            .collect::<Vec<_>>()
    };
    for (name, schema) in properties(words) {
        let field = further(Key::Name(name.clone()), schema);
        visit(root, schema, &field, is_required(words, name), found);
    }
    let Some(items) = words.get("items") else { return };
    let alone = words.get("uniqueItems") == Some(&Value::Bool(true));
    let count = |word: &str| words.get(word).and_then(Value::as_u64);
    let has_none = count("maxItems") == Some(0);
    let has_several = count("minItems").is_some_and(|fewest| fewest > 1);
    if !(has_none || alone && has_several) {
        visit(root, items, &further(Key::Item { alone }, items), false, found);
    }
}

/// What holds where this schema stands.
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
        let speaks =
            |word: &String| *word != "$ref" && !word.starts_with("x-") && !SILENT.contains(&word.as_str());
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

/// Whether an object must have a property.
pub(super) fn is_required(words: &Map<String, Value>, name: &str) -> bool {
    let required = words.get("required").and_then(Value::as_array);
    required.into_iter().flatten().any(|required| required == name)
}

/// A place as people write it: `customer.email`, `status_in[0]`; empty for the whole input.
pub(super) fn path(route: &[Step]) -> String {
    let mut path = String::new();
    for step in route {
        match &step.key {
            Key::Name(name) if path.is_empty() => path.push_str(name),
            Key::Name(name) => {
                path.push('.');
                path.push_str(name);
            }
            Key::Item { .. } => path.push_str("[0]"),
        }
    }
    path
}

/// A place as a JSON pointer.
pub(super) fn pointer(route: &[Step]) -> String {
    route.iter().fold(String::new(), |pointer, step| match &step.key {
        Key::Name(name) => join(&pointer, name),
        Key::Item { .. } => format!("{pointer}/0"),
    })
}

/// A place as part of a row's id: `customer_email`, `status_in_item`.
pub(super) fn id(route: &[Step]) -> String {
    let parts = route.iter().map(|step| match &step.key {
        Key::Name(name) => snake(name),
        Key::Item { .. } => "item".to_owned(),
    });
    parts.collect::<Vec<_>>().join("_")
}

/// A text in `snake_case`.
pub(super) fn snake(text: &str) -> String {
    let mut snake = String::new();
    let mut after_small = false;
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            if c.is_ascii_uppercase() && after_small {
                snake.push('_');
            }
            after_small = !c.is_ascii_uppercase();
            snake.push(c.to_ascii_lowercase());
        } else {
            after_small = false;
            if !snake.is_empty() && !snake.ends_with('_') {
                snake.push('_');
            }
        }
    }
    let snake = snake.trim_end_matches('_');
    if snake.is_empty() {
        "field".to_owned()
    } else {
        snake.to_owned()
    }
}

/// The types that a schema allows; none where it names none.
pub(super) fn types(words: &Map<String, Value>) -> Vec<&str> {
    match words.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
