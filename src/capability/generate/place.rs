//! The places of an input that a schema speaks about, each with the way to it and the plain words that hold there.

use serde_json::Value;

use super::root::Root;
use super::rules::{Rules, is_required, properties, rules};
use super::valid;
use crate::capability::json_text::join;

/// The depth to which an input is looked into, and the most places of it. Only circular references reach these limits.
const DEPTH: usize = 8;
const PLACES: usize = 300;

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
pub(super) struct Place {
    /// The way to it from the whole input, which has an empty one.
    pub(super) route: Vec<Step>,
    /// True if the object around it must have it.
    pub(super) required: bool,
    /// The keywords that hold there.
    pub(super) rules: Rules,
    /// True if every base has a value there, or a seed can be put there.
    pub(super) is_reached: bool,
    /// True if a rule that is broken there may break one around it too, or be told in another way.
    pub(super) is_uncertain: bool,
}

/// Every place, the whole input first, each object before what is in it. None is looked into whose rules combine, or of which a base
/// may have nothing and no valid value is known.
pub(super) fn places(root: &Root) -> Vec<Place> {
    places_of(root, root.schema())
}

/// The same of a part of the schema, as if it were the whole.
pub(super) fn places_of(root: &Root, schema: &Value) -> Vec<Place> {
    let mut visitor = Visitor {
        root,
        found: Vec::new(),
    };
    visitor.visit(schema, &[], true, false);
    visitor.found
}

struct Visitor<'a> {
    root: &'a Root,
    found: Vec<Place>,
}

impl Visitor<'_> {
    fn visit(&mut self, schema: &Value, route: &[Step], required: bool, is_uncertain: bool) {
        if self.found.len() == PLACES {
            return;
        }
        let rules = if route.len() > DEPTH {
            Rules::Combined("$ref")
        } else {
            rules(self.root, schema)
        };
        let is_reached = required || route.last().is_none_or(|step| step.seed.is_some());
        let is_uncertain = is_uncertain || matches!(&rules, Rules::Plain(words) if words.is_uncertain());
        self.found.push(Place {
            route: route.to_vec(),
            required,
            rules: rules.clone(),
            is_reached,
            is_uncertain,
        });
        let (Rules::Plain(words), true) = (rules, is_reached) else {
            return;
        };
        let root = self.root;
        let further = |key: Key, schema: &Value| {
            let seed = valid::value(root, schema);
            route
                .iter()
                .cloned()
                .chain([Step { key, seed }])
                .collect::<Vec<_>>()
        };
        for (name, schema) in properties(&words) {
            let field = further(Key::Name(name.clone()), schema);
            self.visit(schema, &field, is_required(&words, name), is_uncertain);
        }
        // Beside `prefixItems`, the items are those after them.
        let Some(items) = words.get("items").filter(|_| !words.contains_key("prefixItems")) else {
            return;
        };
        let alone = words.get("uniqueItems") == Some(&Value::Bool(true));
        let count = |word: &str| words.get(word).and_then(Value::as_u64);
        let has_none = count("maxItems") == Some(0);
        let has_several = count("minItems").is_some_and(|fewest| fewest > 1);
        if !(has_none || alone && has_several) {
            self.visit(items, &further(Key::Item { alone }, items), false, is_uncertain);
        }
    }
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

/// A row's id: the place, and what is done there.
pub(super) fn named(route: &[Step], what: &str) -> String {
    let place = id(route);
    if place.is_empty() {
        what.to_owned()
    } else {
        format!("{place}_{what}")
    }
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
