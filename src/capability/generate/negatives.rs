//! The rules of a schema that a caller can break, one at a time: fields that are missing or unknown, values of another type or of no
//! such enumeration. `broken_value` has those of texts, numbers and lists.

use serde_json::{Map, Value, json};

use super::alternatives;
use super::answer_fields::{self, is_closed};
use super::change::Change;
use super::place::{self, Key, Place, Step, named, places, places_of};
use super::root::Root;
use super::row::{GeneratedRow, a, combined};
use super::rules::{Rules, Words, properties, types};
use super::valid;

/// The most unions within unions that are taken apart.
const NESTED: usize = 1;

/// Every negative, in the order of the schema. `answer` is the output schema, whose fields a caller must not set.
pub(super) fn of(root: &Root, answer: Option<&Root>) -> Vec<GeneratedRow> {
    let mut rows = Vec::new();
    for place in places(root) {
        // The whole input is always sent as an object.
        let is_whole = place.route.is_empty();
        at(root, answer, &place, !is_whole, 0, &mut rows);
    }
    rows
}

/// Every negative of a part of the schema, which stands for itself and may be anything.
fn of_part(root: &Root, part: &Value, nested: usize) -> Vec<GeneratedRow> {
    let mut rows = Vec::new();
    for place in places_of(root, part) {
        at(root, None, &place, true, nested, &mut rows);
    }
    rows
}

/// The negatives of one place. `as_value`: what stands there is broken as well as what is in it.
fn at(
    root: &Root,
    answer: Option<&Root>,
    place: &Place,
    as_value: bool,
    nested: usize,
    rows: &mut Vec<GeneratedRow>,
) {
    let words = match &place.rules {
        Rules::Plain(words) => words,
        Rules::Combined(word) => return rows.push(combined(&place.route, word)),
        Rules::None => return,
    };
    let first = rows.len();
    if as_value {
        let breaks = Breaks {
            root,
            place,
            words,
            rows,
        };
        breaks.all();
    }
    if place.is_reached {
        absent(words, &place.route, rows);
        if let (true, Some(answer)) = (is_closed(words), answer) {
            rows.extend(answer_fields::rows(root, answer, &place.route, words));
        }
    } else if words.contains_key("properties") || words.contains_key("items") {
        rows.push(unreached(&place.route));
    }
    if words.alternatives.is_some() && as_value && !place.route.is_empty() && nested <= NESTED {
        rows.extend(alternatives::negatives(root, place, words, &|part| {
            of_part(root, part, nested.saturating_add(1))
        }));
    }
    rows.extend(not_taken_apart(words, &place.route, as_value && nested <= NESTED));
    for row in rows.iter_mut().skip(first) {
        row.is_uncertain = place.is_uncertain;
    }
}

/// A row for each word that is not taken apart, left out. `alternatives`: those are taken apart elsewhere.
pub(super) fn not_taken_apart(words: &Words, route: &[Step], alternatives: bool) -> Vec<GeneratedRow> {
    let union = words.alternatives.as_ref().map(|(word, _)| *word);
    let union = union.filter(|_| !alternatives || route.is_empty());
    let all = union.into_iter().chain(words.opaque.iter().map(String::as_str));
    all.map(|word| combined(route, word)).collect()
}

/// One row for each field of the answer in each object that takes fields which its schema does not name.
pub(super) fn extras(root: &Root, answer: &Root) -> Vec<GeneratedRow> {
    let mut rows = Vec::new();
    for place in places(root).into_iter().filter(|place| place.is_reached) {
        if let Rules::Plain(words) = &place.rules
            && (place.route.is_empty() || words.contains_key("properties"))
            && !is_closed(words)
        {
            let first = rows.len();
            rows.extend(answer_fields::rows(root, answer, &place.route, words));
            for row in rows.iter_mut().skip(first) {
                row.is_uncertain = place.is_uncertain;
            }
        }
    }
    rows
}

/// The row of a place into which nothing can be put that would have something inside.
fn unreached(route: &[Step]) -> GeneratedRow {
    let id = named(route, "inside");
    GeneratedRow::boundary(id, a(&place::path(route)), route, "properties", Change::Remove)
        .without("the schema gives no example from which a valid value could be made")
}

/// Fields that are missing from an object, and one that does not belong there.
fn absent(words: &Words, route: &[Step], rows: &mut Vec<GeneratedRow>) {
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
pub(super) struct Breaks<'a> {
    pub(super) root: &'a Root,
    pub(super) place: &'a Place,
    pub(super) words: &'a Words,
    rows: &'a mut Vec<GeneratedRow>,
}

impl Breaks<'_> {
    fn all(mut self) {
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

    /// A value, where it really breaks the rules of the place; else a row that says why there is none.
    pub(super) fn put(
        &mut self,
        suffix: &str,
        what: impl FnOnce(&str) -> String,
        keyword: &'static str,
        value: Value,
    ) {
        if self.root.accepts(self.words, &value) {
            self.leave_out(
                suffix,
                keyword,
                "what would break this rule is allowed at this place",
            );
        } else {
            self.add(suffix, what, keyword, Change::Put(value));
        }
    }

    /// A row that is left out.
    pub(super) fn leave_out(&mut self, suffix: &str, keyword: &'static str, reason: &str) {
        let route = &self.place.route;
        let (id, what) = (named(route, suffix), a(&place::path(route)));
        let row = GeneratedRow::boundary(id, what, route, keyword, Change::Remove);
        self.rows.push(row.without(reason));
    }

    pub(super) fn allows(&self, kind: &str) -> bool {
        types(self.words).contains(&kind)
    }

    pub(super) fn count(&self, word: &str) -> Option<u64> {
        self.words.get(word)?.as_u64()
    }

    /// A valid value of the place.
    pub(super) fn sample(&self) -> Option<Value> {
        valid::value(self.root, &Value::Object(Map::clone(self.words)))
    }

    /// `null`, and a value of another type.
    fn kind(&mut self) {
        let kinds = types(self.words);
        if kinds.is_empty() {
            return;
        }
        if !kinds.contains(&"null") {
            let id = match place::id(&self.place.route).as_str() {
                "" => "null".to_owned(),
                place => format!("null_{place}"),
            };
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
            let sample = self.sample();
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
        match wrong {
            Some((what, value)) => {
                self.add(
                    "wrong_type",
                    |path| format!("{what} as `{path}`"),
                    "type",
                    Change::Put(value),
                );
            }
            None => self.leave_out("wrong_type", "type", "nearly every type is allowed"),
        }
        if self.allows("integer")
            && !self.allows("number")
            && let Some(whole) = self.sample().and_then(|whole| whole.as_f64())
        {
            let fraction = json!(whole + 0.5);
            self.put(
                "fraction",
                |path| format!("a fraction as `{path}`"),
                "type",
                fraction,
            );
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
            Some(Value::Number(_)) => {
                let most = options.iter().filter_map(Value::as_i64).max().unwrap_or(0);
                json!(most.saturating_add(1))
            }
            Some(Value::String(_)) => json!("no_such_value"),
            Some(Value::Bool(truth)) => json!(!truth),
            _ if self.words.contains_key("type") => {
                self.leave_out(
                    "unknown_value",
                    keyword,
                    "a value of the same type could be a listed one",
                );
                return;
            }
            _ => json!("no_such_value"),
        };
        self.put(
            "unknown_value",
            |path| format!("{} that is none of the values allowed", a(path)),
            keyword,
            other,
        );
    }
}
