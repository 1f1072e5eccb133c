//! Truth values of typed fields: `true` and `false` themselves, where the library takes texts and other spellings of them too.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};

use super::Spot;

/// What is expected where a truth value stands.
pub(super) const EXPECTED: &str = "`true` or `false`";

/// A truth value that was written as one.
struct Truth(bool);

struct TruthVisitor;

impl Visitor<'_> for TruthVisitor {
    type Value = Truth;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Truth, E> {
        Ok(Truth(value))
    }
}

impl<'de> Deserialize<'de> for Truth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Asked for a truth value, the library would take a text in quotes for one.
        deserializer.deserialize_any(TruthVisitor)
    }
}

/// Reads `true` or `false`, for `deserialize_with`.
///
/// # Errors
///
/// It is something else, or a text.
pub fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Truth::deserialize(deserializer)?.0)
}

/// Reads `true`, `false` or null, for `deserialize_with`.
///
/// # Errors
///
/// It is something else, or a text.
pub fn truth_if_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    let truth = Option::<Truth>::deserialize(deserializer)?;
    Ok(truth.map(|truth| truth.0))
}

/// Reads `true`, `false` or null with the place, for `deserialize_with`.
///
/// # Errors
///
/// It is something else, or a text.
pub fn truth_at<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Spot<bool>>, D::Error> {
    let truth = Option::<Spot<Truth>>::deserialize(deserializer)?;
    Ok(truth.map(|truth| truth.with_value(truth.value.0)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::diagnostic::{Source, read_yaml};

    #[derive(Debug, serde::Deserialize, PartialEq)]
    struct Fields {
        #[serde(default, deserialize_with = "super::truth")]
        plain: bool,
        #[serde(default, deserialize_with = "super::truth_if_any")]
        open: Option<bool>,
        #[serde(default)]
        text: String,
    }

    fn read(text: &str) -> Result<Fields, String> {
        let source: Arc<Source> = Source::new("a.yaml", text);
        read_yaml(&source).map_err(|problem| problem.render(false))
    }

    #[test]
    fn a_truth_value_is_true_or_false_and_no_text_and_no_other_spelling() {
        for (written, value) in [("true", true), ("false", false)] {
            let fields = read(&format!("plain: {written}\nopen: {written}\n")).unwrap();
            assert_eq!((fields.plain, fields.open), (value, Some(value)));
        }
        assert_eq!(read("open: ~\n").unwrap().open, None);
        for wrong in [
            "\"true\"", "'false'", "True", "FALSE", "tRue", "yes", "on", "1", "[true]",
        ] {
            for key in ["plain", "open"] {
                let error = read(&format!("{key}: {wrong}\n")).expect_err(wrong);
                let place = format!("a.yaml:1:{}", key.len() + 3);
                assert!(error.contains(&place), "{key}: {wrong}: {error}");
                assert!(!error.contains("not a mapping"), "{error}");
                assert!(
                    error.contains("true` or `false`") || error.contains("not how it is written"),
                    "{error}"
                );
            }
        }
    }

    #[test]
    fn another_spelling_of_a_truth_value_stands_in_quotes_where_it_is_a_text() {
        assert!(
            read("text: True\n")
                .unwrap_err()
                .contains("not how it is written")
        );
        assert_eq!(read("text: \"True\"\n").unwrap().text, "True");
        assert_eq!(read("text: True words\n").unwrap().text, "True words");
    }
}
