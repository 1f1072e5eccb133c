//! The extremes that a schema allows: what is valid, and yet easily refused by mistake.

use serde_json::{Value, json};

use super::alternatives;
use super::change::Change;
use super::negatives::not_taken_apart;
use super::place::{self, Key, Place, Step, named, places, snake};
use super::root::Root;
use super::row::{GeneratedRow, a, combined};
use super::rules::{Rules, Words, types};
use super::valid::{self, LONGEST, MOST};
use crate::model::plural;

/// The most values of an enumeration that get a row each.
const MOST_OPTIONS: usize = 20;

/// A character beyond ASCII: one character, three bytes.
const WIDE: &str = "王";

/// Every boundary, in the order of the schema.
pub(super) fn of(root: &Root) -> Vec<GeneratedRow> {
    let places = places(root);
    let mut rows = presence(&places);
    for place in &places {
        let first = rows.len();
        match &place.rules {
            Rules::Plain(words) => {
                if !place.route.is_empty() {
                    let extremes = Extremes {
                        root,
                        place,
                        words,
                        rows: &mut rows,
                    };
                    extremes.all();
                    rows.extend(alternatives::boundaries(root, place, words));
                }
                rows.extend(not_taken_apart(words, &place.route, true));
            }
            Rules::Combined(word) => rows.push(combined(&place.route, word)),
            Rules::None => {}
        }
        for row in rows.iter_mut().skip(first) {
            row.is_uncertain = place.is_uncertain;
        }
    }
    rows
}

/// Every field that may be absent is absent, and every one is there.
fn presence(places: &[Place]) -> Vec<GeneratedRow> {
    let is_field = |place: &&Place| {
        matches!(
            place.route.last(),
            Some(Step {
                key: Key::Name(_),
                ..
            })
        )
    };
    let optional = || places.iter().filter(is_field).filter(|place| !place.required);
    if optional().next().is_none() {
        return Vec::new();
    }
    let routes = |place: &Place| place.route.clone();
    // The deepest change goes first: nothing is put in or looked for inside a removed value.
    let absent = optional().rev().map(routes).collect();
    let with_values = |place: &&Place| place.route.iter().all(|step| step.seed.is_some());
    let present = optional().filter(with_values).map(routes).collect();
    let is_uncertain = places.iter().any(|place| place.is_uncertain);
    let mut rows = vec![
        GeneratedRow::boundary(
            "only_required_fields".to_owned(),
            "an input with the required fields alone".to_owned(),
            &[],
            "required",
            Change::RemoveAll(absent),
        ),
        GeneratedRow::boundary(
            "every_field".to_owned(),
            "an input with every field".to_owned(),
            &[],
            "properties",
            Change::AddAll(present),
        ),
    ];
    for row in &mut rows {
        row.is_uncertain = is_uncertain;
    }
    rows
}

/// The extremes of one place.
struct Extremes<'a> {
    root: &'a Root,
    place: &'a Place,
    words: &'a Words,
    rows: &'a mut Vec<GeneratedRow>,
}

impl Extremes<'_> {
    fn all(mut self) {
        if self.words.contains_key("const") {
            return;
        }
        if let Some(Value::Array(options)) = self.words.get("enum") {
            self.options(options);
            return;
        }
        self.truth();
        self.text();
        self.number();
        self.list();
    }

    fn add(&mut self, suffix: &str, what: impl FnOnce(&str) -> String, keyword: &'static str, value: Value) {
        let route = &self.place.route;
        let what = what(&place::path(route));
        let change = Change::Put(value);
        self.rows.push(GeneratedRow::boundary(
            named(route, suffix),
            what,
            route,
            keyword,
            change,
        ));
    }

    /// A text or a number, where the other rules of the place allow it.
    fn put(&mut self, suffix: &str, what: impl FnOnce(&str) -> String, keyword: &'static str, value: Value) {
        if self.root.accepts(self.words, &value) {
            self.add(suffix, what, keyword, value);
        }
    }

    fn allows(&self, kind: &str) -> bool {
        types(self.words).contains(&kind)
    }

    fn count(&self, word: &str) -> Option<u64> {
        self.words.get(word)?.as_u64()
    }

    fn options(&mut self, options: &[Value]) {
        for option in options.iter().take(MOST_OPTIONS) {
            let name = match option {
                Value::String(text) => snake(text),
                other => snake(&other.to_string()),
            };
            self.put(
                &name,
                |path| format!("{option} as `{path}`"),
                "enum",
                option.clone(),
            );
        }
    }

    fn truth(&mut self) {
        if self.allows("boolean") {
            for truth in [true, false] {
                let name = truth.to_string();
                self.put(&name, |path| format!("{truth} as `{path}`"), "type", json!(truth));
            }
        }
    }

    fn text(&mut self) {
        if !self.allows("string") {
            return;
        }
        let fewest = self.count("minLength").unwrap_or(0);
        if fewest == 0 {
            self.put(
                "empty",
                |path| format!("an empty `{path}`"),
                "minLength",
                json!(""),
            );
        } else {
            self.length("shortest", fewest, "minLength");
        }
        if let Some(most) = self.count("maxLength").filter(|most| *most > fewest) {
            self.length("longest", most, "maxLength");
        }
    }

    fn length(&mut self, suffix: &str, length: u64, keyword: &'static str) {
        if length > LONGEST {
            return;
        }
        let count = usize::try_from(length).unwrap_or(1);
        let of = |path: &str| format!("{} of {}", a(path), plural(length, "character"));
        self.put(suffix, of, keyword, json!("x".repeat(count)));
        let suffix = format!("{suffix}_beyond_ascii");
        let wide = |path: &str| format!("{} beyond ASCII", of(path));
        self.put(&suffix, wide, keyword, json!(WIDE.repeat(count)));
    }

    fn number(&mut self) {
        if !self.allows("number") && !self.allows("integer") {
            return;
        }
        for keyword in ["minimum", "maximum"] {
            if let Some(limit) = self.words.get(keyword).cloned() {
                let shown = limit.clone();
                self.put(keyword, |path| format!("{} of {shown}", a(path)), keyword, limit);
            }
        }
    }

    fn list(&mut self) {
        if !self.allows("array") {
            return;
        }
        let open = Value::Bool(true);
        let (root, words) = (self.root, self.words);
        let items = words.get("items").unwrap_or(&open);
        let distinct = words.get("uniqueItems") == Some(&Value::Bool(true));
        let fewest = self.count("minItems").unwrap_or(0);
        let ends = [
            ("fewest_items", "minItems", Some(fewest)),
            ("most_items", "maxItems", self.count("maxItems")),
        ];
        for (suffix, keyword, count) in ends {
            let Some(count) = count.filter(|count| *count <= MOST) else {
                continue;
            };
            let made = usize::try_from(count)
                .ok()
                .and_then(|count| valid::several(root, items, count, distinct));
            if let Some(made) = made {
                self.add(
                    suffix,
                    |path| format!("{count} items in `{path}`"),
                    keyword,
                    Value::Array(made),
                );
            }
        }
    }
}
