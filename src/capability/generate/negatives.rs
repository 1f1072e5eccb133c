//! The rules of a schema that a caller can break, one at a time: fields that are missing or unknown, values of another type or of no
//! such enumeration. `broken_value` has those of texts, numbers and lists.

use serde_json::{Map, Value, json};

use super::answer_fields::{self, is_closed};
use super::change::Change;
use super::place::{self, Key, Place, Step, places};
use super::row::{GeneratedRow, a};
use super::rules::{Rules, properties, types};
use super::valid::{self, fits};

/// Every negative, in the order of the schema. `answer` is the output schema, whose fields a caller must not set.
pub(super) fn of(root: &Value, answer: Option<&Value>) -> Vec<GeneratedRow> {
    let mut rows = Vec::new();
    for place in places(root) {
        match place.rules {
            Rules::Plain(words) => {
                let breaks = Breaks {
                    root,
                    place: &place,
                    words,
                    rows: &mut rows,
                };
                breaks.all();
                if place.is_reached {
                    absent(words, &place.route, &mut rows);
                    if let (true, Some(answer)) = (is_closed(words), answer) {
                        rows.extend(answer_fields::rows(root, answer, &place.route, words));
                    }
                } else if words.contains_key("properties") || words.contains_key("items") {
                    rows.push(unreached(&place.route));
                }
            }
            Rules::Combined(word) => rows.push(combined(&place.route, word)),
            Rules::None => {}
        }
    }
    rows
}

/// One row for each field of the answer in each object that takes fields which its schema does not name.
pub(super) fn extras(root: &Value, answer: &Value) -> Vec<GeneratedRow> {
    let mut rows = Vec::new();
    for place in places(root).into_iter().filter(|place| place.is_reached) {
        if let Rules::Plain(words) = place.rules
            && (place.route.is_empty() || words.contains_key("properties"))
            && !is_closed(words)
        {
            rows.extend(answer_fields::rows(root, answer, &place.route, words));
        }
    }
    rows
}

/// The row of a place that is not taken apart.
pub(super) fn combined(route: &[Step], word: &str) -> GeneratedRow {
    let path = place::path(route);
    let id = named(route, "combined");
    GeneratedRow::boundary(id, a(&path), route, "combined", Change::Remove).without(format!(
        "schemas that combine others with `{word}` are not taken apart"
    ))
}

/// The row of a place into which nothing can be put that would have something inside.
fn unreached(route: &[Step]) -> GeneratedRow {
    let id = named(route, "inside");
    GeneratedRow::boundary(id, a(&place::path(route)), route, "properties", Change::Remove)
        .without("the schema gives no example from which a valid value could be made")
}

/// A row's id: the place, and what is done there.
pub(super) fn named(route: &[Step], what: &str) -> String {
    let place = place::id(route);
    if place.is_empty() {
        what.to_owned()
    } else {
        format!("{place}_{what}")
    }
}

/// Fields that are missing from an object, and one that does not belong there.
fn absent(words: &Map<String, Value>, route: &[Step], rows: &mut Vec<GeneratedRow>) {
    let inside = |name: &str| {
        let key = Key::Name(name.to_owned());
        route
            .iter()
            .cloned()
            .chain([Step { key, seed: None }])
            .collect::<Vec<_>>()
    };
    let required = words.get("required").and_then(Value::as_array);
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        let field = inside(name);
        rows.push(GeneratedRow::negative(
            format!("missing_{}", place::id(&field)),
            format!("an input without `{}`", place::path(&field)),
            &field,
            "required",
            true,
            Change::Remove,
        ));
    }
    if is_closed(words) {
        let mut name = "no_such_field".to_owned();
        while properties(words).any(|(known, _)| *known == name) {
            name.push('_');
        }
        let (id, what) = match place::path(route).as_str() {
            "" => (
                "unknown_field".to_owned(),
                "a field that the input schema does not know".to_owned(),
            ),
            path => (
                format!("unknown_field_in_{}", place::id(route)),
                format!("a field in `{path}` that the input schema does not know"),
            ),
        };
        rows.push(GeneratedRow::negative(
            id,
            what,
            &inside(&name),
            "additionalProperties",
            true,
            Change::Put(json!("text")),
        ));
    }
}

/// The rules of one place, broken in turn.
pub(super) struct Breaks<'a, 's> {
    pub(super) root: &'s Value,
    pub(super) place: &'a Place<'s>,
    pub(super) words: &'s Map<String, Value>,
    rows: &'a mut Vec<GeneratedRow>,
}

impl Breaks<'_, '_> {
    fn all(mut self) {
        // The whole input is always sent as an object.
        if self.place.route.is_empty() {
            return;
        }
        self.kind();
        self.options();
        if !self.words.contains_key("enum") && !self.words.contains_key("const") {
            self.text();
            self.number();
            self.list();
        }
    }

    pub(super) fn add(
        &mut self,
        suffix: &str,
        what: impl FnOnce(&str) -> String,
        keyword: &'static str,
        change: Change,
    ) {
        let route = &self.place.route;
        let what = what(&place::path(route));
        self.rows.push(GeneratedRow::negative(
            named(route, suffix),
            what,
            route,
            keyword,
            false,
            change,
        ));
    }

    /// A text or a number, where it really breaks the rules of the place.
    pub(super) fn put(
        &mut self,
        suffix: &str,
        what: impl FnOnce(&str) -> String,
        keyword: &'static str,
        value: Value,
    ) {
        if !fits(self.words, &value) {
            self.add(suffix, what, keyword, Change::Put(value));
        }
    }

    pub(super) fn allows(&self, kind: &str) -> bool {
        types(self.words).contains(&kind)
    }

    pub(super) fn count(&self, word: &str) -> Option<u64> {
        self.words.get(word)?.as_u64()
    }

    /// `null`, and a value of another type.
    fn kind(&mut self) {
        let kinds = types(self.words);
        if kinds.is_empty() {
            return;
        }
        if !kinds.contains(&"null") {
            let id = format!("null_{}", place::id(&self.place.route));
            let what = format!("null as `{}`", place::path(&self.place.route));
            let mut row = GeneratedRow::negative(
                id,
                what,
                &self.place.route,
                "type",
                false,
                Change::Put(Value::Null),
            );
            let last = self.place.route.last().map(|step| &step.key);
            row.is_absence = !self.place.required && matches!(last, Some(Key::Name(_)));
            self.rows.push(row);
        }
        let numeric = self.allows("number") || self.allows("integer");
        let wrong = if !self.allows("string") {
            // A number or a truth value as text is what a lenient reader would take.
            let sample = valid::value(self.root, &Value::Object(self.words.clone()));
            match sample {
                Some(Value::Number(number)) => Some(("a number written as text", json!(number.to_string()))),
                Some(Value::Bool(truth)) => Some(("a truth value written as text", json!(truth.to_string()))),
                _ => Some(("a text", json!("text"))),
            }
        } else if !numeric {
            Some(("a number", json!(17)))
        } else if !self.allows("boolean") {
            Some(("a truth value", json!(true)))
        } else {
            None
        };
        if let Some((what, value)) = wrong {
            self.add(
                "wrong_type",
                |path| format!("{what} as `{path}`"),
                "type",
                Change::Put(value),
            );
        }
        if self.allows("integer") && !self.allows("number") {
            let whole = valid::value(self.root, &Value::Object(self.words.clone()));
            if let Some(whole) = whole.and_then(|whole| whole.as_f64()) {
                let fraction = json!(whole + 0.5);
                self.add(
                    "fraction",
                    |path| format!("a fraction as `{path}`"),
                    "type",
                    Change::Put(fraction),
                );
            }
        }
    }

    fn options(&mut self) {
        let options: Vec<Value> = match (self.words.get("enum"), self.words.get("const")) {
            (Some(Value::Array(options)), _) => options.clone(),
            (_, Some(only)) => vec![only.clone()],
            _ => return,
        };
        let keyword = if self.words.contains_key("enum") {
            "enum"
        } else {
            "const"
        };
        // Of the type that is expected, so that no other rule is broken.
        let other = match options.iter().find(|option| !option.is_null()) {
            Some(Value::Number(_)) => json!(options.iter().filter_map(Value::as_i64).max().unwrap_or(0) + 1),
            Some(Value::String(_)) => json!("no_such_value"),
            _ => return,
        };
        if !options.contains(&other) {
            self.add(
                "unknown_value",
                |path| format!("{} that is none of the values allowed", a(path)),
                keyword,
                Change::Put(other),
            );
        }
    }
}
