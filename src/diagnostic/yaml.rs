//! Reads YAML that a person wrote: booleans are `true` and `false` only, a key stands once, and every mistake has a place.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::{Problem, Source, Span, near_miss};

/// Reads a whole file. Unknown keys are errors where `T` refuses them; the near miss is suggested.
///
/// # Errors
///
/// The first mistake, with its place.
pub fn read_yaml<T: DeserializeOwned>(source: &Arc<Source>) -> Result<T, Problem> {
    let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    serde_saphyr::from_str_with_options(source.text(), options).map_err(|error| problem(source, &error))
}

fn problem(source: &Arc<Source>, error: &serde_saphyr::Error) -> Problem {
    let message = error.without_snippet().to_string();
    // The library ends its messages with the place, which we draw ourselves.
    let message = message
        .split(" at line ")
        .next()
        .unwrap_or(&message)
        .trim_end_matches([',', ' '])
        .to_owned();
    match error.location() {
        Some(location) => {
            let span = span_of(source, &location);
            let meant = unknown_name(&message);
            let problem = Problem::at(source, span, message.clone());
            match meant {
                Some((word, known)) => {
                    problem.did_you_mean(near_miss(&word, known.iter().map(String::as_str)))
                }
                None => problem,
            }
        }
        None => Problem::of(source, message),
    }
}

/// The bytes that a location covers, at least one where there is any.
pub fn span_of(source: &Source, location: &serde_saphyr::Location) -> Span {
    let as_index = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let start = location
        .span()
        .byte_offset()
        .map_or_else(
            || source.byte_at(as_index(location.line()), as_index(location.column())),
            as_index,
        )
        .min(source.text().len());
    let rest = &source.text()[start..];
    let end = match location.span().byte_len() {
        Some(length) if length > 0 => start + as_index(length),
        _ => start + rest.find(['\n', ':', ',', '}', ']']).unwrap_or(rest.len()),
    };
    start..end.min(source.text().len()).max(start)
}

/// Takes the sentence about an unknown field or variant apart: the word, and the words that are known.
fn unknown_name(message: &str) -> Option<(String, Vec<String>)> {
    let rest = message
        .split_once("unknown field ")
        .or_else(|| message.split_once("unknown variant "))
        .map(|(_, rest)| rest)?;
    let (word, known) = rest.split_once(", expected ")?;
    let bare = |word: &str| word.trim().trim_matches('`').to_owned();
    let known = known.trim_start_matches("one of ").split([',', ' ']).map(bare);
    Some((
        bare(word),
        known.filter(|word| !word.is_empty() && word != "or").collect(),
    ))
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
        error: unknown field `capabilty`, expected one of capability, slow
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
        error: duplicate mapping key: capability, set DuplicateKeyPolicy in Options if acceptable
         --> sample.yaml:2:1
          |
        2 | capability: y
          | ^^^^^^^^^^
        ");
    }

    #[test]
    fn a_wrong_type_is_shown_at_its_place() {
        insta::assert_snapshot!(message("capability: x\nslow: yes\n"), @"
        error: invalid boolean (strict mode expects true/false)
         --> sample.yaml:2:7
          |
        2 | slow: yes
          |       ^^^
        ");
    }

    #[test]
    fn broken_syntax_is_shown_at_its_place() {
        insta::assert_snapshot!(message("capability: [x\nslow: true\n"), @"
        error: expected string scalar
         --> sample.yaml:1:13
          |
        1 | capability: [x
          |             ^
        ");
    }
}
