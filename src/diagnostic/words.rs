//! What the YAML library reports, said so that someone who knows YAML and not the library understands it.

use serde_saphyr::Error;

/// A mistake in words.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    /// What is wrong.
    pub(super) message: String,
    /// What was expected, for the caret.
    pub(super) label: Option<String>,
    /// A word that is not known, with those that are.
    pub(super) unknown: Option<(String, Vec<&'static str>)>,
    /// What may be done about it.
    pub(super) hint: Option<String>,
    /// The place is the mapping as a whole, not the key that the library names.
    pub(super) whole_mapping: bool,
}

impl Words {
    fn say(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }

    fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The words for an error. `rest` is the file from the place of the error on.
pub(super) fn words(error: &Error, rest: &str) -> Words {
    match error {
        Error::WithSnippet { error, .. } | Error::AliasError { error, .. } => words(error, rest),
        Error::SerdeMissingField { field, .. } => Words {
            whole_mapping: true,
            ..Words::say(format!("the key `{field}` is missing"))
        },
        Error::SerdeUnknownField { field, expected, .. } => Words {
            unknown: Some((field.clone(), expected.clone())),
            ..Words::say(format!("there is no key `{field}` here"))
        },
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => Words {
            unknown: Some((variant.clone(), expected.clone())),
            ..Words::say(format!("`{variant}` is not possible here"))
                .label(format!("expected is {}", either(expected)))
        },
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            Words::say(format!("the key `{key}` stands twice"))
        }
        Error::DuplicateMappingKey { key: None, .. } => Words::say("a key stands twice"),
        Error::Unexpected { expected, .. } => {
            Words::say(format!("{} is expected, not {}", kind(expected), found(rest)))
        }
        Error::SerdeInvalidType { expected, .. } | Error::SerdeInvalidValue { expected, .. } => {
            Words::say(format!("{} is expected, not {}", kind(expected), found(rest)))
        }
        Error::InvalidBooleanStrict { .. } => Words::say("a boolean is expected").label("`true` or `false`"),
        Error::InvalidScalar { ty, .. } => {
            Words::say(format!("{} is expected, not {}", kind(ty), found(rest)))
        }
        Error::NullIntoString { .. } => Words::say("text is expected, and nothing stands here"),
        Error::UnknownAnchor { .. } => Words::say("no anchor of this name stands before it")
            .hint("a text that begins with `*` needs quotes"),
        Error::Eof { .. } if rest.trim().is_empty() => Words::say("the file is empty, or ends too early"),
        Error::Eof { .. } => Words::say("the file ends too early"),
        Error::MultipleDocuments { .. } => {
            Words::say("a second document begins here").hint("a file holds one")
        }
        other => syntax(&other.render_with_formatter(&serde_saphyr::UserMessageFormatter)),
    }
}

/// What the parser says about broken syntax, with what is nearly always behind it.
fn syntax(message: &str) -> Words {
    // The library ends its messages with the place, which we draw ourselves.
    let message = message
        .split(" at line ")
        .next()
        .unwrap_or(message)
        .trim_end_matches([',', ' '])
        .to_owned();
    if message.contains("tab") {
        Words::say("a tab cannot indent").hint("indent with spaces")
    } else if message.contains("mapping values are not allowed") {
        Words::say("a key cannot begin here").hint(
            "a text with `: ` in it needs quotes; otherwise compare the indentation with the line above",
        )
    } else if message.contains("did not find expected key") || message.contains("indentation") {
        Words::say(format!("the file is no YAML from here on: {message}"))
            .hint("compare the indentation with the lines above, and look for a quote that is not closed")
    } else {
        Words::say(message)
    }
}

/// What the library expects, in plain words.
fn kind(expected: &str) -> String {
    let known = [
        ("string", "text"),
        ("scalar", "a single value"),
        ("sequence", "a list"),
        ("mapping", "a mapping"),
        ("map", "a mapping"),
        ("struct", "a mapping"),
        ("bool", "`true` or `false`"),
        ("u64", "a whole number"),
        ("integer", "a whole number"),
        ("float", "a number"),
        ("f64", "a number"),
    ];
    known
        .iter()
        .find(|(word, _)| expected.contains(word))
        .map_or_else(|| expected.to_owned(), |(_, plain)| (*plain).to_owned())
}

/// What stands at a place, in plain words.
fn found(rest: &str) -> &'static str {
    let line = rest.lines().next().unwrap_or_default().trim();
    match line.chars().next() {
        None => "nothing",
        Some('[') => "a list",
        Some('-') if line == "-" || line.starts_with("- ") => "a list",
        Some('{') => "a mapping",
        Some('"' | '\'' | '|' | '>') => "text",
        Some(_) if line.contains(": ") || line.ends_with(':') => "a mapping",
        Some(_) => match line {
            "true" | "false" => "a boolean",
            "null" | "~" => "nothing",
            _ if line.parse::<f64>().is_ok() => "a number",
            _ => "text",
        },
    }
}

/// Words of which one is right.
fn either(words: &[&str]) -> String {
    words
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(" or ")
}
