//! Messages for the errors of the YAML library, for readers who know YAML and not the library.

use serde_saphyr::Error;

/// The message for one mistake, with what is drawn beside it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Message {
    /// The message.
    pub(super) text: String,
    /// The text under the caret: what was expected.
    pub(super) label: Option<String>,
    /// A word that is not known, with those that are.
    pub(super) unknown: Option<(String, Vec<&'static str>)>,
    /// Advice.
    pub(super) hint: Option<String>,
    /// The place is the mapping as a whole, not the key that the library names.
    pub(super) whole_mapping: bool,
}

impl Message {
    fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
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
pub(super) fn message_for(error: &Error, rest: &str) -> Message {
    match error {
        Error::WithSnippet { error, .. } | Error::AliasError { error, .. } => message_for(error, rest),
        Error::SerdeMissingField { field, .. } => Message {
            whole_mapping: true,
            ..Message::new(format!("the key `{field}` is missing"))
        },
        Error::SerdeUnknownField { field, expected, .. } => Message {
            unknown: Some((field.clone(), expected.clone())),
            ..Message::new(format!("there is no key `{field}` here"))
        },
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => Message {
            unknown: Some((variant.clone(), expected.clone())),
            ..Message::new(format!("`{variant}` is not possible here"))
                .label(format!("expected is {}", either(expected)))
        },
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            Message::new(format!("the key `{key}` stands twice"))
        }
        Error::DuplicateMappingKey { key: None, .. } => Message::new("a key stands twice"),
        Error::Unexpected { expected, .. } => {
            Message::new(format!("{} is expected, not {}", kind(expected), found(rest)))
        }
        Error::SerdeInvalidType { expected, .. } | Error::SerdeInvalidValue { expected, .. } => {
            Message::new(format!("{} is expected, not {}", kind(expected), found(rest)))
        }
        Error::InvalidBooleanStrict { .. } => {
            Message::new("a boolean is expected").label("`true` or `false`")
        }
        Error::InvalidScalar { ty, .. } => {
            Message::new(format!("{} is expected, not {}", kind(ty), found(rest)))
        }
        Error::NullIntoString { .. } => Message::new("text is expected, and nothing stands here"),
        Error::UnsupportedTag { tag, .. } => Message::new(format!("the tag `{tag}` means nothing here"))
            .hint("a text that begins with `!` needs quotes"),
        Error::NonFiniteFloat { value, .. } => {
            Message::new(format!("`{value}` is a number that JSON cannot write"))
                .hint(format!("a text stands in quotes: \"{value}\""))
        }
        Error::UnknownAnchor { .. } => Message::new("no anchor of this name stands before it")
            .hint("a text that begins with `*` needs quotes"),
        Error::Eof { .. } if rest.trim().is_empty() => Message::new("the file is empty, or ends too early"),
        Error::Eof { .. } => Message::new("the file ends too early"),
        Error::MultipleDocuments { .. } => {
            Message::new("a second document begins here").hint("a file holds one")
        }
        other => syntax(&other.render_with_formatter(&serde_saphyr::UserMessageFormatter)),
    }
}

/// The message for broken syntax, with its most common cause as a hint.
fn syntax(message: &str) -> Message {
    // The library ends its messages with the place, which we draw ourselves.
    let message = message
        .split(" at line ")
        .next()
        .unwrap_or(message)
        .trim_end_matches([',', ' '])
        .to_owned();
    if message.contains("tab") {
        Message::new("a tab cannot indent").hint("indent with spaces")
    } else if message.contains("mapping values are not allowed") {
        Message::new("a key cannot begin here").hint(
            "a text with `: ` in it needs quotes; otherwise compare the indentation with the line above",
        )
    } else if message.contains("did not find expected key") || message.contains("indentation") {
        Message::new(format!("the file is no YAML from here on: {message}"))
            .hint("compare the indentation with the lines above, and look for a quote that is not closed")
    } else {
        Message::new(message)
    }
}

/// The value that the library expects, in plain words.
fn kind(expected: &str) -> String {
    let known = [
        ("string", "text"),
        ("scalar", "a single value"),
        ("sequence", "a list"),
        ("mapping", "a mapping"),
        ("map", "a mapping"),
        ("struct", "a mapping"),
        ("bool", "`true` or `false`"),
        ("u8", "a whole number"),
        ("u16", "a whole number"),
        ("u32", "a whole number"),
        ("u64", "a whole number"),
        ("usize", "a whole number"),
        ("integer", "a whole number"),
        ("float", "a number"),
        ("f64", "a number"),
    ];
    known
        .iter()
        .find(|(word, _)| expected.contains(word))
        .map_or_else(|| expected.to_owned(), |(_, plain)| (*plain).to_owned())
}

/// The kind of value at the start of a text, in plain words.
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
            _ if line.parse::<f64>().is_ok() => "this number",
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
