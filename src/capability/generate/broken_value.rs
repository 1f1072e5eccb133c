//! Breaks the rules of a text, a number or a list, one at a time.
//!
//! Each break is one that nobody could call valid: text instead of a time, no @ in an address, a thirteenth month. Dates that some
//! systems roll over, such as 30 February, are for tests of their own.

use serde_json::{Map, Number, Value, json};

use super::change::Change;
use super::exact::{self, written};
use super::negatives::Breaks;
use super::row::a;
use super::valid::{self, LONGEST, MOST};

/// The reason of a row about a text that nobody sends.
const TOO_LONG: &str = "a text of that many characters is not sent";

/// The texts of which one matches no pattern that asks for anything in particular.
const NO_MATCH: &[&str] = &["no match", "?", "", "x", "0"];

impl Breaks<'_> {
    pub(super) fn text(&mut self) {
        if !self.allows("string") {
            return;
        }
        if let Some(fewest) = self.count("minLength").filter(|fewest| *fewest > 0) {
            if fewest > LONGEST {
                return self.leave_out("too_short", "minLength", TOO_LONG);
            }
            let short = "x".repeat(usize::try_from(fewest.saturating_sub(1)).unwrap_or(0));
            self.put(
                "too_short",
                |path| match fewest {
                    1 => format!("an empty `{path}`"),
                    _ => format!("{} of {} characters", a(path), fewest.saturating_sub(1)),
                },
                "minLength",
                json!(short),
            );
        }
        match self.count("maxLength") {
            None => {}
            Some(most) if most > LONGEST => self.leave_out("too_long", "maxLength", TOO_LONG),
            Some(most) => {
                let long = "x".repeat(usize::try_from(most.saturating_add(1)).unwrap_or(0));
                self.put(
                    "too_long",
                    |path| format!("{} of {} characters", a(path), most.saturating_add(1)),
                    "maxLength",
                    json!(long),
                );
            }
        }
        if let Some(pattern) = self.words.get("pattern") {
            let alone = Map::from_iter([("pattern".to_owned(), pattern.clone())]);
            let text = NO_MATCH
                .iter()
                .map(|text| json!(text))
                .find(|text| !self.root.accepts(&alone, text));
            match text {
                Some(text) => self.put(
                    "pattern",
                    |path| format!("{} that does not match its pattern", a(path)),
                    "pattern",
                    text,
                ),
                None => self.leave_out(
                    "pattern",
                    "pattern",
                    "no text that was tried fails to match the pattern",
                ),
            }
        }
        if let Some(format) = self.words.get("format").and_then(Value::as_str) {
            self.format(format);
        }
    }

    fn format(&mut self, format: &str) {
        let (text, fault) = match format {
            "email" | "idn-email" => ("no-at-sign.example.com", "without an @"),
            "date-time" | "time" => ("next Tuesday", "that is no time"),
            "date" => ("next Tuesday", "that is no date"),
            "uuid" => ("not-a-uuid", "that is no UUID"),
            "uri" | "iri" => ("not a uri", "that is no URI"),
            "hostname" | "idn-hostname" => ("not a host", "that is no host name"),
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
        let limit = |word: &str| self.words.get(word).and_then(Value::as_number).cloned();
        let beyond = [
            ("minimum", "below_minimum", Some(false)),
            ("maximum", "above_maximum", Some(true)),
            ("exclusiveMinimum", "at_exclusive_minimum", None),
            ("exclusiveMaximum", "at_exclusive_maximum", None),
        ];
        for (keyword, suffix, up) in beyond {
            let Some(limit) = limit(keyword) else { continue };
            let value = match up {
                Some(up) => exact::beyond(&limit, up),
                None => Some(shortest(&limit)),
            };
            match value {
                Some(value) => {
                    let shown = value.clone();
                    self.put(suffix, |path| format!("{} of {shown}", a(path)), keyword, value);
                }
                None => self.leave_out(suffix, keyword, "no number beyond it can be written"),
            }
        }
        let Some(step) = limit("multipleOf").and_then(|step| step.as_f64()) else {
            return;
        };
        match self.sample().and_then(|whole| whole.as_f64()) {
            Some(whole) => {
                let off = if self.allows("number") { step / 2.0 } else { 1.0 };
                self.put(
                    "no_multiple",
                    |path| format!("{} that is no multiple of {step}", a(path)),
                    "multipleOf",
                    written(whole + off),
                );
            }
            None => self.leave_out(
                "no_multiple",
                "multipleOf",
                "no multiple is known from which to start",
            ),
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
            let count = usize::try_from(count).ok().filter(|_| count <= MOST)?;
            valid::several(root, items, count, distinct).map(|items| Change::Put(Value::Array(items)))
        };
        if let Some(fewest) = self.count("minItems").filter(|fewest| *fewest > 0) {
            let change = made(fewest.saturating_sub(1), distinct).filter(|_| fewest <= MOST);
            let what = |path: &str| format!("{} items in `{path}`", fewest.saturating_sub(1));
            self.add_or_leave_out("too_few_items", what, "minItems", change);
        }
        if let Some(most) = self.count("maxItems") {
            let change = (most < MOST)
                .then(|| made(most.saturating_add(1), distinct))
                .flatten();
            let what = |path: &str| format!("{} items in `{path}`", most.saturating_add(1));
            self.add_or_leave_out("too_many_items", what, "maxItems", change);
        }
        if distinct {
            let what = |path: &str| format!("an item twice in `{path}`");
            self.add_or_leave_out("repeated_item", what, "uniqueItems", made(2, false));
        }
    }

    /// A list, where one can be made.
    fn add_or_leave_out(
        &mut self,
        suffix: &str,
        what: impl FnOnce(&str) -> String,
        keyword: &'static str,
        change: Option<Change>,
    ) {
        match change {
            Some(change) => self.add(suffix, what, keyword, change),
            None => self.leave_out(
                suffix,
                keyword,
                "no list of that many items can be made from the schema",
            ),
        }
    }
}

/// The limit itself, without a fraction where it has none.
fn shortest(limit: &Number) -> Value {
    match limit.as_f64() {
        Some(double) if limit.is_f64() => written(double),
        _ => Value::Number(limit.clone()),
    }
}
