//! Breaks the rules of a text, a number or a list, one at a time.
//!
//! Each break is one that nobody could call valid: text instead of a time, no @ in an address, a thirteenth month. Dates that some
//! systems roll over, such as 30 February, are for tests of their own.

use serde_json::{Map, Value, json};

use super::change::Change;
use super::negatives::Breaks;
use super::row::a;
use super::valid::{self, LONGEST, MOST, fits, written};

/// The texts of which one matches no pattern that asks for anything in particular.
const NO_MATCH: &[&str] = &["no match", "?", "", "x", "0"];

impl Breaks<'_, '_> {
    pub(super) fn text(&mut self) {
        if !self.allows("string") {
            return;
        }
        if let Some(fewest) = self
            .count("minLength")
            .filter(|fewest| (1..=LONGEST).contains(fewest))
        {
            let short = "x".repeat(usize::try_from(fewest).unwrap_or(1) - 1);
            self.put(
                "too_short",
                |path| match fewest {
                    1 => format!("an empty `{path}`"),
                    _ => format!("{} of {} characters", a(path), fewest - 1),
                },
                "minLength",
                json!(short),
            );
        }
        if let Some(most) = self.count("maxLength").filter(|most| *most <= LONGEST) {
            let long = "x".repeat(usize::try_from(most).unwrap_or(0) + 1);
            self.put(
                "too_long",
                |path| format!("{} of {} characters", a(path), most + 1),
                "maxLength",
                json!(long),
            );
        }
        if let Some(pattern) = self.words.get("pattern") {
            let alone = Map::from_iter([("pattern".to_owned(), pattern.clone())]);
            let text = NO_MATCH
                .iter()
                .map(|text| json!(text))
                .find(|text| !fits(&alone, text));
            if let Some(text) = text {
                self.put(
                    "pattern",
                    |path| format!("{} that does not match its pattern", a(path)),
                    "pattern",
                    text,
                );
            }
        }
        if let Some(format) = self.words.get("format").and_then(Value::as_str) {
            self.format(format);
        }
    }

    fn format(&mut self, format: &str) {
        let (text, fault) = match format {
            "email" => ("no-at-sign.example.com", "without an @"),
            "date-time" | "time" => ("next Tuesday", "that is no time"),
            "date" => ("next Tuesday", "that is no date"),
            "uuid" => ("not-a-uuid", "that is no UUID"),
            "uri" | "iri" => ("not a uri", "that is no URI"),
            "regex" => ("(", "that is no pattern"),
            _ => ("%", "in no such format"),
        };
        self.put(
            "format",
            |path| format!("{} {fault}", a(path)),
            "format",
            json!(text),
        );
        if !self.place.is_reached {
            return;
        }
        if format == "date-time" {
            self.add(
                "without_offset",
                |path| format!("{} without an offset", a(path)),
                "format",
                Change::WithoutOffset,
            );
        }
        if matches!(format, "date" | "date-time") {
            self.add(
                "thirteenth_month",
                |path| format!("{} in a thirteenth month", a(path)),
                "format",
                Change::ThirteenthMonth,
            );
        }
    }

    pub(super) fn number(&mut self) {
        if !self.allows("number") && !self.allows("integer") {
            return;
        }
        let limit = |word: &str| self.words.get(word).and_then(Value::as_f64);
        let beyond = [
            (
                "minimum",
                "below_minimum",
                limit("minimum").map(|limit| limit - 1.0),
            ),
            (
                "maximum",
                "above_maximum",
                limit("maximum").map(|limit| limit + 1.0),
            ),
            (
                "exclusiveMinimum",
                "at_exclusive_minimum",
                limit("exclusiveMinimum"),
            ),
            (
                "exclusiveMaximum",
                "at_exclusive_maximum",
                limit("exclusiveMaximum"),
            ),
        ];
        let step = limit("multipleOf");
        for (keyword, suffix, value) in beyond {
            if let Some(value) = value {
                let value = written(value);
                let shown = value.clone();
                self.put(suffix, |path| format!("{} of {shown}", a(path)), keyword, value);
            }
        }
        let whole = valid::value(self.root, &Value::Object(self.words.clone()));
        if let (Some(step), Some(whole)) = (step, whole.and_then(|whole| whole.as_f64())) {
            let off = if self.allows("number") { step / 2.0 } else { 1.0 };
            self.put(
                "no_multiple",
                |path| format!("{} that is no multiple of {step}", a(path)),
                "multipleOf",
                written(whole + off),
            );
        }
    }

    pub(super) fn list(&mut self) {
        if !self.allows("array") {
            return;
        }
        let open = Value::Bool(true);
        let (root, words) = (self.root, self.words);
        let items = words.get("items").unwrap_or(&open);
        let distinct = words.get("uniqueItems") == Some(&Value::Bool(true));
        let made = |count: u64, distinct: bool| {
            let count = usize::try_from(count).ok()?;
            valid::several(root, items, count, distinct).map(|items| Change::Put(Value::Array(items)))
        };
        if let Some(fewest) = self
            .count("minItems")
            .filter(|fewest| (1..=MOST).contains(fewest))
            && let Some(change) = made(fewest - 1, distinct)
        {
            self.add(
                "too_few_items",
                |path| format!("{} items in `{path}`", fewest - 1),
                "minItems",
                change,
            );
        }
        if let Some(most) = self.count("maxItems").filter(|most| *most < MOST)
            && let Some(change) = made(most + 1, distinct)
        {
            self.add(
                "too_many_items",
                |path| format!("{} items in `{path}`", most + 1),
                "maxItems",
                change,
            );
        }
        if distinct && let Some(change) = made(2, false) {
            self.add(
                "repeated_item",
                |path| format!("an item twice in `{path}`"),
                "uniqueItems",
                change,
            );
        }
    }
}
