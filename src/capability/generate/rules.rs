//! The keywords that hold where a schema stands: its references followed, and what it combines taken together where one set of keywords
//! says the same.

use std::ops::Deref;
use std::rc::Rc;

use serde_json::{Map, Value, json};

use super::merge::merge;
use super::root::Root;
use crate::capability::keywords::is_annotation;

/// The most references and combinations that may lead to one schema.
const HOPS: usize = 8;

/// Words whose schemas or conditions combine, so that one rule of them cannot be broken without a look at the others.
const COMBINING: &[&str] = &[
    "$dynamicRef",
    "additionalItems",
    "allOf",
    "anyOf",
    "contains",
    "dependencies",
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
#[derive(Debug, Clone)]
pub(super) enum Rules {
    /// These words.
    Plain(Rc<Words>),
    /// Nothing.
    None,
    /// More than is taken apart: the word that says so.
    Combined(&'static str),
}

/// Keywords, and what is known of how they came together.
#[derive(Debug, Default)]
pub(super) struct Words {
    words: Map<String, Value>,
    /// The branches of which one holds, and the word that says so.
    pub(super) alternatives: Option<(&'static str, Vec<Value>)>,
    /// The words that combine and are not taken apart, in their order.
    pub(super) opaque: Vec<String>,
    /// True if the words came from several schemas, so that a validator may tell of a mistake in another way.
    pub(super) is_merged: bool,
}

impl Words {
    /// Returns true if a rule that is broken here may break another one too, or be told in another way.
    pub(super) fn is_uncertain(&self) -> bool {
        self.is_merged || self.alternatives.is_some() || !self.opaque.is_empty()
    }
}

impl Deref for Words {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.words
    }
}

/// Follows the references of a schema to the keywords that hold where it stands.
pub(super) fn rules(root: &Root, schema: &Value) -> Rules {
    let Some(own) = schema.as_object() else {
        return Rules::None;
    };
    let mut is_merged = false;
    match flattened(root, own, 0, &mut is_merged) {
        Ok(words) => Rules::Plain(Rc::new(known(words, is_merged))),
        Err(word) => Rules::Combined(word),
    }
}

/// The words with what is known of them.
fn known(words: Map<String, Value>, is_merged: bool) -> Words {
    let alternatives = ["oneOf", "anyOf"].into_iter().find_map(|word| {
        let branches = words.get(word)?.as_array()?;
        Some((word, branches.clone()))
    });
    let taken = alternatives.as_ref().map(|(word, _)| *word);
    let is_opaque = |word: &str, value: &Value| {
        (COMBINING.contains(&word) && taken != Some(word))
            || (word == "additionalProperties" && value.as_object().is_some_and(|schema| !schema.is_empty()))
    };
    let opaque = words
        .iter()
        .filter(|(word, value)| is_opaque(word, value))
        .map(|(word, _)| word.clone())
        .collect();
    Words {
        words,
        alternatives,
        opaque,
        is_merged,
    }
}

/// The keywords of a schema with those that it refers to and combines. An error is the word behind which there is no end.
fn flattened(
    root: &Root,
    own: &Map<String, Value>,
    hops: usize,
    is_merged: &mut bool,
) -> Result<Map<String, Value>, &'static str> {
    let mut words = own.clone();
    if let Some(reference) = words.shift_remove("$ref") {
        let target = reference.as_str().and_then(|reference| root.target(reference));
        let Some(Value::Object(target)) = target else {
            // A reference to a schema that is true or false, or to nothing.
            return Err("$ref");
        };
        if hops == HOPS {
            return Err("$ref");
        }
        let target = flattened(root, target, hops.saturating_add(1), is_merged)?;
        *is_merged |= words.keys().any(|word| !is_annotation(word));
        merge(&mut words, &target);
    }
    if let Some(Value::Array(all)) = words.shift_remove("allOf") {
        if hops == HOPS {
            return Err("allOf");
        }
        *is_merged = true;
        for part in all {
            match part {
                Value::Object(part) => {
                    let part = flattened(root, &part, hops.saturating_add(1), is_merged)?;
                    merge(&mut words, &part);
                }
                Value::Bool(true) => {}
                other => merge(&mut words, &one("allOf", json!([other]))),
            }
        }
    }
    for word in ["oneOf", "anyOf"] {
        let Some(Value::Array(branches)) = words.get(word).cloned() else {
            continue;
        };
        if hops < HOPS
            && let Some(single) = as_one(root, word, &branches, hops)?
        {
            *is_merged = true;
            words.shift_remove(word);
            merge(&mut words, &single);
        }
    }
    Ok(words)
}

fn one(word: &str, value: Value) -> Map<String, Value> {
    let mut words = Map::new();
    words.insert(word.to_owned(), value);
    words
}

/// Branches that say what one schema says: a value or null, or each a value of its own.
fn as_one(
    root: &Root,
    word: &str,
    branches: &[Value],
    hops: usize,
) -> Result<Option<Map<String, Value>>, &'static str> {
    let mut found = Vec::with_capacity(branches.len());
    for branch in branches {
        let Value::Object(branch) = branch else {
            return Ok(None);
        };
        found.push(flattened(root, branch, hops.saturating_add(1), &mut false)?);
    }
    if let Some(values) = listed(word, &found) {
        return Ok(Some(one("enum", Value::Array(values))));
    }
    let (nothing, mut others): (Vec<_>, Vec<_>) = found.into_iter().partition(is_null);
    match (nothing.len(), others.len()) {
        (0, 1) => Ok(others.pop()),
        (1, 1) => Ok(others.pop().and_then(or_null)),
        _ => Ok(None),
    }
}

/// Returns true if null alone keeps these words.
fn is_null(words: &Map<String, Value>) -> bool {
    let mut speaking = words.iter().filter(|(word, _)| !is_annotation(word));
    let only = speaking.next();
    speaking.next().is_none()
        && only.is_some_and(|(word, value)| match word.as_str() {
            "type" => value == "null",
            "const" => value.is_null(),
            "enum" => *value == json!([null]),
            _ => false,
        })
}

/// The same words, that take null as well. None where null would be taken already, or more decides than the type.
fn or_null(mut words: Map<String, Value>) -> Option<Map<String, Value>> {
    if words.keys().any(|word| COMBINING.contains(&word.as_str())) {
        return None;
    }
    let kinds = match words.get("type")? {
        Value::String(one) if one != "null" => json!([one, "null"]),
        Value::Array(several) if !several.contains(&json!("null")) => {
            let mut several = several.clone();
            several.push(json!("null"));
            Value::Array(several)
        }
        _ => return None,
    };
    words.insert("type".to_owned(), kinds);
    if let Some(only) = words.shift_remove("const") {
        words.insert("enum".to_owned(), json!([only, null]));
    } else if let Some(Value::Array(options)) = words.get_mut("enum")
        && !options.contains(&Value::Null)
    {
        options.push(Value::Null);
    }
    Some(words)
}

/// The values of branches that each list some; those that two branches of `oneOf` list are in none.
fn listed(word: &str, branches: &[Map<String, Value>]) -> Option<Vec<Value>> {
    let mut values: Vec<Value> = Vec::new();
    let mut twice: Vec<Value> = Vec::new();
    for branch in branches {
        let speaks = branch.keys().filter(|word| !is_annotation(word));
        let plain = speaks
            .into_iter()
            .all(|word| matches!(word.as_str(), "const" | "enum" | "type"));
        let options = match (branch.get("const"), branch.get("enum"), branch.get("type")) {
            (Some(only), None, _) => vec![only.clone()],
            (None, Some(Value::Array(options)), _) => options.clone(),
            (None, None, Some(kind)) if kind == "null" => vec![Value::Null],
            _ => return None,
        };
        if !plain {
            return None;
        }
        for option in options {
            // A type beside keeps some out, which is for the validator to tell.
            if values.contains(&option) {
                twice.push(option);
            } else {
                values.push(option);
            }
        }
    }
    if word == "oneOf" {
        values.retain(|value| !twice.contains(value));
    }
    (!values.is_empty()).then_some(values)
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
