//! Two schemas, place by place.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::keyword;
use super::types::{Direction, SchemaChange};
use crate::capability::json_text::join;
use crate::capability::keywords::is_annotation;

/// The depth to which schemas are compared; only circular references lead deeper.
const DEEPEST: usize = 32;

/// Keywords under which what one key says depends on what others say: where they stand, a difference cannot be told place by place.
const ENTANGLED: [&str; 4] = [
    "patternProperties",
    "prefixItems",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Compares two whole schemas.
pub(super) fn compare(before: &Value, after: &Value) -> Vec<SchemaChange> {
    let mut comparison = Comparison {
        before,
        after,
        found: Vec::new(),
    };
    comparison.schemas(before, after, "", 0);
    comparison.found
}

struct Comparison<'a> {
    /// The whole earlier schema, into which its references lead.
    before: &'a Value,
    /// The whole later one.
    after: &'a Value,
    found: Vec<SchemaChange>,
}

impl<'a> Comparison<'a> {
    fn push(&mut self, pointer: impl Into<String>, direction: Direction, words: impl Into<String>) {
        self.found.push(SchemaChange {
            pointer: pointer.into(),
            direction,
            words: words.into(),
        });
    }

    fn schemas(&mut self, before: &'a Value, after: &'a Value, pointer: &str, depth: usize) {
        if before == after && self.leads_alike(before) {
            return;
        }
        if depth > DEEPEST {
            self.push(
                pointer,
                Direction::Either,
                "may differ: it cannot be compared to its end",
            );
            return;
        }
        let (Some(before), Some(after)) = (resolved(self.before, before), resolved(self.after, after)) else {
            self.push(pointer, Direction::Either, "a reference cannot be followed");
            return;
        };
        match (before, after) {
            (Value::Object(before), Value::Object(after)) => self.objects(before, after, pointer, depth),
            (Value::Bool(before), Value::Bool(after)) if before == after => {}
            (_, Value::Bool(false)) => self.push(pointer, Direction::Narrowed, "is no longer allowed"),
            (Value::Bool(false), _) => self.push(pointer, Direction::Widened, "is allowed now"),
            (Value::Object(before), _) if constrains(before) => {
                self.push(pointer, Direction::Widened, "may be anything now");
            }
            (_, Value::Object(after)) if constrains(after) => {
                self.push(
                    pointer,
                    Direction::Narrowed,
                    "is described now, and could be anything",
                );
            }
            _ => {}
        }
    }

    fn objects(
        &mut self,
        before: &'a Map<String, Value>,
        after: &'a Map<String, Value>,
        pointer: &str,
        depth: usize,
    ) {
        let entangled = |schema: &Map<String, Value>| ENTANGLED.iter().any(|word| schema.contains_key(*word));
        if entangled(before) || entangled(after) {
            self.push(pointer, Direction::Either, "differs, and cannot be compared");
            return;
        }
        let found = keyword::compare(before, after, pointer, &|value| self.leads_alike(value));
        self.found.extend(found);
        self.required(before, after, pointer);
        self.properties(before, after, pointer, depth);
        if before.contains_key("items") || after.contains_key("items") {
            let items = join(pointer, "items");
            self.schemas(
                part(before, "items"),
                part(after, "items"),
                &items,
                depth.saturating_add(1),
            );
        }
    }

    /// Returns true if the references in this value, if there are any, lead to the same in both schemas.
    fn leads_alike(&self, value: &Value) -> bool {
        let mut targets = Vec::new();
        references(value, &mut targets);
        let into_definitions = targets.iter().all(|target| target.starts_with("#/$defs/"));
        targets.is_empty()
            || self.before == self.after
            || (into_definitions && self.before.get("$defs") == self.after.get("$defs"))
    }

    fn required(&mut self, before: &Map<String, Value>, after: &Map<String, Value>, pointer: &str) {
        let names = |schema: &Map<String, Value>| -> BTreeSet<String> {
            let names = schema.get("required").and_then(Value::as_array);
            names
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect()
        };
        let (old, new) = (names(before), names(after));
        let place = join(pointer, "required");
        for name in new.difference(&old) {
            self.push(&place, Direction::Narrowed, format!("`{name}` is required now"));
        }
        for name in old.difference(&new) {
            self.push(
                &place,
                Direction::Widened,
                format!("`{name}` is no longer required"),
            );
        }
    }

    /// A key that one side does not name is what that side says of all other keys.
    fn properties(
        &mut self,
        before: &'a Map<String, Value>,
        after: &'a Map<String, Value>,
        pointer: &str,
        depth: usize,
    ) {
        let named = |schema: &'a Map<String, Value>| schema.get("properties").and_then(Value::as_object);
        let (old, new) = (named(before), named(after));
        let others = (
            part(before, "additionalProperties"),
            part(after, "additionalProperties"),
        );
        let mut seen = BTreeSet::new();
        for name in old.into_iter().chain(new).flat_map(Map::keys) {
            if !seen.insert(name) {
                continue;
            }
            let place = join(&join(pointer, "properties"), name);
            let of = |keys: Option<&'a Map<String, Value>>, others| {
                keys.and_then(|keys| keys.get(name)).unwrap_or(others)
            };
            self.schemas(
                of(old, others.0),
                of(new, others.1),
                &place,
                depth.saturating_add(1),
            );
        }
        if others.0 != others.1 {
            let place = join(pointer, "additionalProperties");
            match others {
                (Value::Bool(true), Value::Bool(false)) => {
                    self.push(place, Direction::Narrowed, "other keys are no longer allowed");
                }
                (Value::Bool(false), Value::Bool(true)) => {
                    self.push(place, Direction::Widened, "other keys are allowed now");
                }
                (old, new) => self.schemas(old, new, &place, depth.saturating_add(1)),
            }
        }
    }
}

/// The schema under a keyword; where there is none, the one that allows anything.
fn part<'a>(schema: &'a Map<String, Value>, keyword: &str) -> &'a Value {
    schema.get(keyword).unwrap_or(&Value::Bool(true))
}

/// The schema that a reference leads to, where it is nothing but a reference; else the schema itself. None where it cannot be followed.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> Option<&'a Value> {
    let mut schema = schema;
    for _ in 0..DEEPEST {
        let Some(target) = schema.get("$ref") else {
            return Some(schema);
        };
        let alone = schema
            .as_object()
            .is_some_and(|object| object.keys().all(|key| key == "$ref" || is_annotation(key)));
        let pointer = target.as_str().and_then(|target| target.strip_prefix('#'));
        schema = root.pointer(pointer.filter(|_| alone)?)?;
    }
    None
}

fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                if ["$ref", "$dynamicRef"].contains(&key.as_str()) {
                    found.push(value.as_str().unwrap_or_default());
                }
                references(value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// Returns true if any value is kept out.
fn constrains(schema: &Map<String, Value>) -> bool {
    schema.keys().any(|key| !is_annotation(key))
}

#[cfg(test)]
mod tests;
