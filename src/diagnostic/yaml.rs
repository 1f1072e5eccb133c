//! Reads YAML that a person wrote: booleans are `true` and `false` only, a key stands once, and every mistake has a place.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::location::span_of;
use super::messages::message_for;
use super::{Node, NodeKind, Problem, Source, Span, near_miss, truth};

/// Reads a whole file. Unknown keys are errors where `T` refuses them; the near miss is suggested.
///
/// # Errors
///
/// The first mistake, with its place.
pub fn read_yaml<T: DeserializeOwned>(source: &Arc<Source>) -> Result<T, Problem> {
    let options =
        serde_saphyr::options! { strict_booleans: true, reject_unsupported_tags: true, with_snippet: false };
    let read = serde_saphyr::from_str_with_options(source.text(), options);
    let read = read.map_err(|error| problem(source, &error))?;
    misspelled_truth(source).map_or(Ok(read), Err)
}

/// The first truth value that is not written as `true` or `false`. As a text it would be one to other readers of YAML.
fn misspelled_truth(source: &Arc<Source>) -> Option<Problem> {
    let lower = source.text().to_ascii_lowercase();
    let differs = |truth| lower.matches(truth).count() != source.text().matches(truth).count();
    if !differs("true") && !differs("false") {
        return None;
    }
    let options = serde_saphyr::options! { with_snippet: false };
    let whole: Node = serde_saphyr::from_str_with_options(source.text(), options).ok()?;
    first_misspelled_truth(&whole, source)
}

fn first_misspelled_truth(node: &Node, source: &Arc<Source>) -> Option<Problem> {
    match &node.kind {
        NodeKind::Scalar(Value::Bool(_)) => node.respelled(source),
        NodeKind::Scalar(_) | NodeKind::Text(_) => None,
        NodeKind::List(items) => items.iter().find_map(|item| first_misspelled_truth(item, source)),
        NodeKind::Map(entries) => entries
            .iter()
            .find_map(|(_, node)| first_misspelled_truth(node, source)),
    }
}

fn problem(source: &Arc<Source>, error: &serde_saphyr::Error) -> Problem {
    let error = error.without_snippet();
    let span = error.location().map(|location| span_of(source, &location));
    // Of a value that our own reader refuses, the library gives the place of the key.
    let span = match error {
        serde_saphyr::Error::SerdeInvalidType { expected, .. } if expected.contains(truth::EXPECTED) => {
            span.map(|span| value_of_key(source, span))
        }
        _ => span,
    };
    let rest = span.as_ref().map_or("", |span| source.tail(span.start));
    let message = message_for(error, rest);
    let problem = match span {
        Some(span) if message.whole_mapping => {
            let start = start_of_mapping(source, span.start).unwrap_or(span.start);
            Problem::at(source, first_word(source, start), message.text)
        }
        Some(span) => Problem::at(source, span, message.text),
        None => Problem::of(source, message.text),
    };
    let labelled = message.label.is_some();
    let problem = match message.label {
        Some(label) => problem.label(label),
        None => problem,
    };
    let problem = match message.unknown {
        Some((word, known)) => match near_miss(&word, known.iter().copied()) {
            Some(meant) => problem.did_you_mean(Some(meant)),
            None if labelled => problem,
            None => problem.hint(format!("known here: {}", listed(&known))),
        },
        None => problem,
    };
    match message.hint {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}

/// The byte at which the block mapping begins that has a key at `byte`. The library gives only the place of the last key.
fn start_of_mapping(source: &Source, byte: usize) -> Option<usize> {
    let first = source.line_start(byte);
    // Only what an indentation is made of may stand before the key; else the mapping is on one line, and this is its place.
    let column = byte.saturating_sub(first);
    let before = source.slice(first..byte);
    if before.contains(|c: char| c != ' ' && c != '-') {
        return None;
    }
    let mut start = byte;
    let mut line = first;
    let mut at_dash = before.contains('-');
    while let Some(end) = line.checked_sub(1).filter(|_| !at_dash) {
        line = source.line_start(end);
        let content = source.tail(line).lines().next().unwrap_or_default();
        let own = content.trim_start_matches(' ');
        let indent = content.len().saturating_sub(own.len());
        if own.is_empty() || own.starts_with('#') || own == "---" || indent > column {
            continue;
        }
        let after_dashes = own.trim_start_matches(['-', ' ']);
        let key = content.len().saturating_sub(after_dashes.len());
        match own.starts_with("- ") {
            true if key == column => {
                at_dash = true;
                // The dash may be followed by a comment only.
                if !after_dashes.starts_with('#') {
                    start = line.saturating_add(key);
                }
            }
            // A list may stand as deep as its key.
            true if indent == column => {}
            false if indent == column => start = line.saturating_add(indent),
            _ => break,
        }
    }
    Some(start)
}

/// The value of the key at a place, where it stands on the same line.
fn value_of_key(source: &Source, key: Span) -> Span {
    let line = source.tail(key.start).lines().next().unwrap_or_default();
    let Some((before, value)) = line
        .split_once(": ")
        .filter(|(_, value)| !value.trim().is_empty())
    else {
        return key;
    };
    let spaces = value.len().saturating_sub(value.trim_start().len());
    let start = key
        .start
        .saturating_add(before.len())
        .saturating_add(2)
        .saturating_add(spaces);
    start..start.saturating_add(value.trim().len())
}

/// The word at a place: a key without what follows it.
fn first_word(source: &Source, start: usize) -> Span {
    let rest = source.tail(start);
    start..start.saturating_add(rest.find([':', '\n', ' ', ',', '}']).unwrap_or(rest.len()))
}

fn listed(words: &[&str]) -> String {
    words
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[serde(rename = "capability")]
        _capability: String,
        #[serde(rename = "slow", default)]
        _slow: bool,
    }

    fn message(text: &str) -> String {
        read_yaml::<Sample>(&Source::new("sample.yaml", text))
            .unwrap_err()
            .render(false)
    }

    #[test]
    fn an_unknown_key_is_shown_with_its_place_and_the_near_miss() {
        insta::assert_snapshot!(message("slow: true\ncapabilty: x\n"), @"
        error: there is no key `capabilty` here
         --> sample.yaml:2:1
          |
        2 | capabilty: x
          | ^^^^^^^^^
          |
          = help: did you mean `capability`?
        ");
    }

    #[test]
    fn a_key_that_stands_twice_is_an_error() {
        insta::assert_snapshot!(message("capability: x\ncapability: y\n"), @"
        error: the key `capability` stands twice
         --> sample.yaml:2:1
          |
        2 | capability: y
          | ^^^^^^^^^^
        ");
    }

    #[test]
    fn a_wrong_type_is_shown_at_its_place() {
        insta::assert_snapshot!(message("capability: x\nslow: yes\n"), @"
        error: a boolean is expected
         --> sample.yaml:2:7
          |
        2 | slow: yes
          |       ^^^ `true` or `false`
        ");
    }

    #[test]
    fn another_kind_of_value_is_named_beside_the_one_that_was_expected() {
        insta::assert_snapshot!(message("capability: [x\nslow: true\n"), @"
        error: text is expected, not a list
         --> sample.yaml:1:13
          |
        1 | capability: [x
          |             ^
        ");
        insta::assert_snapshot!(message("capability:\nslow: true\n"), @"
        error: text is expected, and nothing stands here
         --> sample.yaml:1:11
          |
        1 | capability:
          |           ^
        ");
        insta::assert_snapshot!(message("- x\n"), @"
        error: a mapping is expected, not a list
         --> sample.yaml:1:1
          |
        1 | - x
          | ^^^
        ");
    }

    #[test]
    fn a_missing_key_is_told_where_its_mapping_begins() {
        insta::assert_snapshot!(message("# comment\n\nslow: true\n"), @"
        error: the key `capability` is missing
         --> sample.yaml:3:1
          |
        3 | slow: true
          | ^^^^
        ");
        let nested = |text: &str| {
            read_yaml::<Vec<Sample>>(&Source::new("sample.yaml", text))
                .unwrap_err()
                .place()
                .unwrap()
                .to_string()
        };
        assert_eq!(nested("- capability: x\n- # why\n  slow: true\n"), "3:3");
        assert_eq!(nested("- capability: x\n- slow: true\n"), "2:3");
        assert_eq!(nested("[{ capability: x }, { slow: true }]\n"), "1:23");
    }

    #[test]
    fn broken_syntax_is_told_with_what_is_mostly_behind_it() {
        let all = [
            "capability: a: b\n",
            "capability: x\n\tslow: true\n",
            "capability: x\n  slow: true\n",
            "capability: \"x\nslow: true\n",
            "capability: *x\n",
            "",
        ]
        .map(message);
        insta::assert_snapshot!("broken_syntax", all.join("\n\n"));
    }
}
