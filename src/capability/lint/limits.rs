//! The rule `limit-in-prose`: a limit that a description states and no keyword enforces.

use std::ops::Range;

use serde_json::{Map, Value};

use super::report::Report;
use crate::capability::{json_text, keywords};
use crate::diagnostic::{Problem, Source, Span};

/// The most words between the word of a bound and its number: "maximum length of 1000".
const APART: usize = 3;

/// A bound that a description states.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stated {
    upper: bool,
    /// The bytes of the description that say it.
    at: Range<usize>,
}

pub(super) fn check(report: &mut Report<'_>) {
    let capability = report.capability;
    for schema in [&capability.input, &capability.output] {
        for (pointer, part) in keywords::subschemas(&schema.json) {
            let Some(part) = part.as_object() else { continue };
            let Some(description) = part.get("description").and_then(Value::as_str) else {
                continue;
            };
            for stated in stated(description) {
                let Some(keyword) = missing(part, stated.upper) else {
                    continue;
                };
                let words = description.get(stated.at.clone()).unwrap_or_default();
                let name = json_text::keys(&pointer)
                    .last()
                    .unwrap_or_else(|| "the schema".to_owned());
                let source = schema.source();
                let message = format!("`{name}` has a limit in its description only: \"{words}\"");
                let problem = match place(source, &pointer, words) {
                    Some(span) => Problem::at(source, span, message),
                    None => Problem::of(source, message),
                };
                report.warning(
                    "limit-in-prose",
                    problem.label(format!("no `{keyword}` enforces it")).hint(format!(
                        "give the next version a `{keyword}`; a ruling can say how this one is read"
                    )),
                );
            }
        }
    }
}

fn place(source: &std::sync::Arc<Source>, pointer: &str, words: &str) -> Option<Span> {
    let whole = json_text::place(source, &json_text::join(pointer, "description"))?;
    match source.slice(whole.clone()).find(words) {
        Some(at) => {
            let start = whole.start.saturating_add(at);
            Some(start..start.saturating_add(words.len()))
        }
        None => Some(whole),
    }
}

/// The keyword that would enforce the bound, where the schema has none that does.
fn missing(schema: &Map<String, Value>, upper: bool) -> Option<&'static str> {
    let kind = schema.get("type").and_then(Value::as_str).unwrap_or("string");
    let enforcing: &[&'static str] = match (kind, upper) {
        ("string", true) => &["maxLength", "pattern", "enum", "const"],
        ("string", false) => &["minLength", "pattern", "enum", "const"],
        ("array", true) => &["maxItems"],
        ("array", false) => &["minItems"],
        ("object", true) => &["maxProperties"],
        ("object", false) => &["minProperties"],
        ("number" | "integer", true) => &["maximum", "exclusiveMaximum", "enum", "const"],
        ("number" | "integer", false) => &["minimum", "exclusiveMinimum", "enum", "const"],
        _ => return None,
    };
    let enforced = enforcing.iter().any(|keyword| schema.contains_key(*keyword));
    enforcing.first().copied().filter(|_| !enforced)
}

/// Every bound that a text states: a word for a bound with a number near it, before or after.
fn stated(text: &str) -> Vec<Stated> {
    let words = words(text);
    let mut found: Vec<Stated> = Vec::new();
    for (at, (word, _)) in words.iter().enumerate() {
        let before = nth(&words, at.checked_sub(1)).unwrap_or_default();
        let upper = match (before, word.as_str()) {
            (_, "max" | "maximum" | "maximal") | ("up", "to") | ("at", "most") | ("limited", "to") => true,
            ("more" | "longer" | "greater" | "larger", "than") if denied(&words, at) => true,
            (_, "min" | "minimum" | "minimal") | ("at", "least") => false,
            ("fewer" | "less" | "shorter" | "smaller", "than") if denied(&words, at) => false,
            _ => continue,
        };
        let start = match word.as_str() {
            "to" | "most" | "least" => at.saturating_sub(1),
            "than" => at.saturating_sub(2),
            _ => at,
        };
        let is_number = |at: &usize| words.get(*at).is_some_and(|(word, _)| number(word));
        let after = at.saturating_add(1);
        let range = match (after..=after.saturating_add(APART)).find(is_number) {
            Some(number) => {
                let next = number.saturating_add(1);
                let unit = nth(&words, Some(next)).is_some_and(|word| word.chars().all(char::is_alphabetic));
                start..=if unit && joined(text, &words, number) {
                    next
                } else {
                    number
                }
            }
            None => match (at.saturating_sub(2)..at).find(is_number) {
                Some(number) => number..=at,
                None => continue,
            },
        };
        let (Some((_, first)), Some((_, last))) = (words.get(*range.start()), words.get(*range.end())) else {
            continue;
        };
        let bytes = first.start..last.end;
        if found.iter().all(|other| other.at.end <= bytes.start) {
            found.push(Stated { upper, at: bytes });
        }
    }
    found
}

/// Returns true if only white space stands between a word and the next.
fn joined(text: &str, words: &[(String, Range<usize>)], at: usize) -> bool {
    let Some([(_, one), (_, next)]) = words.get(at..).and_then(<[_]>::first_chunk) else {
        return false;
    };
    text.get(one.end..next.start)
        .is_some_and(|between| between.chars().all(char::is_whitespace))
}

/// The word at a place, where there is one.
fn nth(words: &[(String, Range<usize>)], at: Option<usize>) -> Option<&str> {
    words.get(at?).map(|(word, _)| word.as_str())
}

/// "no more than", "not longer than".
fn denied(words: &[(String, Range<usize>)], than: usize) -> bool {
    matches!(nth(words, than.checked_sub(2)), Some("no" | "not"))
}

fn number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
        && word
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, ',' | '_' | '.'))
}

/// The words of a text in lower case, each with its bytes, without the marks around them.
fn words(text: &str) -> Vec<(String, Range<usize>)> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let inside = c.is_alphanumeric() || matches!(c, ',' | '_' | '.');
        match (start, inside) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                let word = text.get(from..at).unwrap_or_default();
                let word = word.trim_end_matches([',', '_', '.']);
                if !word.is_empty() {
                    found.push((word.to_lowercase(), from..from.saturating_add(word.len())));
                }
                start = None;
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(bool, &str)> {
        stated(text)
            .into_iter()
            .map(|stated| (stated.upper, &text[stated.at]))
            .collect()
    }

    #[test]
    fn limits_are_found_in_many_wordings() {
        assert_eq!(
            told("Free-text note from customer to provider, max 1000 chars."),
            [(true, "max 1000 chars")]
        );
        assert_eq!(
            told("At most 1,000 characters."),
            [(true, "At most 1,000 characters")]
        );
        assert_eq!(told("maximum length of 64"), [(true, "maximum length of 64")]);
        assert_eq!(told("1000 chars max"), [(true, "1000 chars max")]);
        assert_eq!(
            told("no longer than 20 letters"),
            [(true, "no longer than 20 letters")]
        );
        assert_eq!(
            told("min. 2, max. 5 items"),
            [(false, "min. 2"), (true, "max. 5 items")]
        );
        assert_eq!(
            told("at least 3 words, up to 9"),
            [(false, "at least 3 words"), (true, "up to 9")]
        );
    }

    #[test]
    fn other_numbers_are_no_limits() {
        for text in [
            "ISO 8601 instant in UTC.",
            "Refer to RFC 3339.",
            "The most recent 10.",
            "Default false.",
            "up to you",
        ] {
            assert_eq!(told(text), [], "{text}");
        }
    }

    #[test]
    fn a_keyword_beside_the_words_enforces_them() {
        let schema = |text: &str| serde_json::from_str::<Map<String, Value>>(text).unwrap();
        assert_eq!(missing(&schema(r#"{"type":"string"}"#), true), Some("maxLength"));
        assert_eq!(missing(&schema(r#"{"type":"string","maxLength":9}"#), true), None);
        assert_eq!(
            missing(&schema(r#"{"type":"string","maxLength":9}"#), false),
            Some("minLength")
        );
        assert_eq!(missing(&schema(r#"{"type":"integer"}"#), false), Some("minimum"));
        assert_eq!(missing(&schema(r#"{"type":"boolean"}"#), true), None);
    }
}
