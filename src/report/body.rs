//! Bodies of calls as people read them: JSON over several lines, as it was written, and of a long one the part that matters.
//!
//! The text is only broken and indented, never read into values: a key that stands twice and a number in an odd form are what a reader
//! wants to see.

use std::fmt::Write;

use serde::de::IgnoredAny;

use crate::model::clip;

/// The most lines of a body that are shown of a cause.
const FEW: usize = 14;
/// The lines that are shown before and after the one that matters.
const BEFORE: usize = 4;
const AFTER: usize = 2;
/// The most characters of one line.
const LINE: usize = 300;
/// The largest text that is broken into lines, in bytes.
const LARGEST: usize = 256 * 1024;
/// The spaces of one level.
const STEP: usize = 2;

/// One line of a body.
struct Line {
    depth: usize,
    text: String,
    /// The place of its value, as messages write places: `services[0].price`.
    place: String,
}

/// The whole body over several lines. A text that is no JSON stays as it is.
pub(super) fn pretty(text: &str) -> String {
    match lines_of(text) {
        Some(lines) => lines.iter().map(shown).collect::<Vec<_>>().join("\n"),
        None => text.to_owned(),
    }
}

/// A body in few lines: in one where it fits in `room` columns, else the lines around the place that a message names, or the first ones.
pub(super) fn focused(text: &str, message: &str, room: Option<usize>) -> String {
    let Some(lines) = lines_of(text) else {
        return text.to_owned();
    };
    let flat = text.trim();
    if !flat.contains('\n') && flat.chars().count() <= room.unwrap_or(usize::MAX).min(LINE) {
        return flat.to_owned();
    }
    if lines.len() <= FEW {
        return lines.iter().map(shown).collect::<Vec<_>>().join("\n");
    }
    let places = message.split('`').skip(1).step_by(2);
    let at = places
        .filter_map(|place| lines.iter().position(|line| line.place == place))
        .next();
    excerpt(&lines, at.unwrap_or(0))
}

/// The lines around one, with what holds them.
fn excerpt(lines: &[Line], at: usize) -> String {
    let first = at.saturating_sub(BEFORE);
    let last = match first {
        0 => FEW - 1,
        _ => at + AFTER,
    };
    let mut kept: Vec<bool> = (0..lines.len())
        .map(|line| line >= first && line < last)
        .collect();
    let mut depth = lines.get(first).map_or(0, |line| line.depth);
    for (line, kept) in lines.iter().zip(&mut kept).take(first).rev() {
        if line.depth < depth {
            depth = line.depth;
            *kept = true;
        }
    }
    let mut shown_lines = Vec::new();
    let mut left_out = false;
    for (line, kept) in lines.iter().zip(kept) {
        match (kept, left_out) {
            (true, _) => shown_lines.push(shown(line)),
            (false, false) => shown_lines.push(format!("{}…", " ".repeat(line.depth * STEP))),
            (false, true) => {}
        }
        left_out = !kept;
    }
    shown_lines.join("\n")
}

fn shown(line: &Line) -> String {
    format!("{}{}", " ".repeat(line.depth * STEP), clip(&line.text, LINE))
}

/// The lines of a text that is an object or a list of JSON. None for any other text.
fn lines_of(text: &str) -> Option<Vec<Line>> {
    let is_json = text.len() <= LARGEST
        && text.trim_start().starts_with(['{', '['])
        && serde_json::from_str::<IgnoredAny>(text).is_ok();
    is_json.then(|| {
        let mut breaking = Breaking::default();
        breaking.all(text);
        breaking.lines
    })
}

/// A text that is being broken into lines. It is known to be JSON.
#[derive(Default)]
struct Breaking {
    lines: Vec<Line>,
    current: String,
    /// The place of each open object or list: the key, or the number of the item.
    open: Vec<Level>,
}

struct Level {
    /// The number of the item in a list; None in an object.
    item: Option<usize>,
    key: String,
    key_comes: bool,
}

impl Breaking {
    fn all(&mut self, text: &str) {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let length = match first {
                '"' => text_length(rest),
                _ => first.len_utf8(),
            };
            let (token, after) = rest.split_at(length.min(rest.len()));
            rest = after;
            match first {
                '{' | '[' => {
                    self.current.push(first);
                    let inside = rest.trim_start();
                    if let Some(close) = inside.chars().next().filter(|c| matches!(c, '}' | ']')) {
                        self.current.push(close);
                        rest = inside.get(1..).unwrap_or_default();
                        continue;
                    }
                    self.end_line();
                    self.open.push(Level {
                        item: (first == '[').then_some(0),
                        key: String::new(),
                        key_comes: first == '{',
                    });
                }
                '}' | ']' => {
                    self.end_line();
                    self.open.pop();
                    self.current.push(first);
                }
                ',' => {
                    self.current.push(first);
                    self.end_line();
                    if let Some(level) = self.open.last_mut() {
                        level.item = level.item.map(|item| item + 1);
                        level.key_comes = level.item.is_none();
                    }
                }
                ':' => self.current.push_str(": "),
                '"' => {
                    self.current.push_str(token);
                    if let Some(level) = self.open.last_mut().filter(|level| level.key_comes) {
                        token.trim_matches('"').clone_into(&mut level.key);
                        level.key_comes = false;
                    }
                }
                _ if first.is_ascii_whitespace() => {}
                _ => self.current.push(first),
            }
        }
        self.end_line();
    }

    fn end_line(&mut self) {
        if self.current.is_empty() {
            return;
        }
        let mut place = String::new();
        for level in &self.open {
            match level.item {
                // Writing into a string cannot fail.
                Some(item) => drop(write!(place, "[{item}]")),
                None if place.is_empty() => place.push_str(&level.key),
                None => place.extend([".", &level.key]),
            }
        }
        let is_end = self.current.starts_with(['}', ']']);
        self.lines.push(Line {
            depth: self.open.len(),
            text: std::mem::take(&mut self.current),
            place: if is_end { String::new() } else { place },
        });
    }
}

/// The bytes of the text of JSON that begins here, its quotes with it.
pub(crate) fn text_length(json: &str) -> usize {
    let mut escaped = false;
    for (at, c) in json.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    json.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_broken_into_lines_and_nothing_else_of_it_changes() {
        let text = "{\"a\":[1.0,{\"b\":\"x, {y}: \\\"z\\\"\"}],\"a\":{},\"c\":[ ]}";
        assert_eq!(
            pretty(text),
            "{\n  \"a\": [\n    1.0,\n    {\n      \"b\": \"x, {y}: \\\"z\\\"\"\n    }\n  ],\n  \"a\": {},\n  \"c\": []\n}"
        );
        for other in ["<html>", "{\"a\":", "", "null", "{'a': 1}"] {
            assert_eq!(pretty(other), other);
        }
    }

    #[test]
    fn of_a_long_body_the_place_that_is_named_is_shown_with_what_holds_it() {
        let services: Vec<_> = (0..30)
            .map(|id| serde_json::json!({ "id": id, "name": "Cut", "price": null }))
            .collect();
        let body = serde_json::json!({ "ok": true, "services": services, "timezone": "UTC" }).to_string();
        insta::assert_snapshot!(focused(&body, "`services[7].price`: expected a number", Some(60)), @r#"
        {
          …
          "services": [
            …
            },
            {
              "id": 7,
              "name": "Cut",
              "price": null
            },
            …
        "#);
        let first = focused(&body, "it is wrong", Some(60));
        assert!(
            first.starts_with("{\n  \"ok\": true,\n  \"services\": ["),
            "{first}"
        );
        assert!(first.lines().count() <= FEW + 1, "{first}");
    }

    #[test]
    fn a_short_body_is_one_line() {
        let body = "{\"ok\":false,\"error\":\"slot_taken\"}";
        assert_eq!(focused(body, "it is wrong", Some(60)), body);
        assert_eq!(focused(body, "it is wrong", Some(20)).lines().count(), 4);
    }

    proptest::proptest! {
        #[test]
        fn what_is_broken_into_lines_is_the_same_json(keys in proptest::collection::vec("\\PC{0,6}", 0..6), text in "\\PC{0,12}") {
            let mut value = serde_json::json!([text, 1, null]);
            for key in keys {
                value = serde_json::json!({ key.clone(): [value, key], "": {} });
            }
            let broken = pretty(&value.to_string());
            proptest::prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&broken).unwrap(), value);
        }
    }
}
