//! Texts in YAML.

use serde_json::Value;

/// A text as a YAML value on one line.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// A text as a YAML value under a key: as a block where it has several lines that a block can hold, else on one line.
pub(super) fn prose(text: &str, indent: usize) -> String {
    let text = text.trim();
    let is_plain = |line: &str| {
        line.trim_end() == line && line.chars().all(|c| !c.is_control()) && !line.starts_with(['\t', ' '])
    };
    if !text.contains('\n') || !text.lines().all(is_plain) {
        return quoted(text);
    }
    let mut block = "|-".to_owned();
    for line in text.lines() {
        block.push('\n');
        if !line.is_empty() {
            block.push_str(&" ".repeat(indent));
            block.push_str(line);
        }
    }
    block
}

/// The first sentence or line of a text, not too long.
pub(super) fn summary(text: &str) -> String {
    /// The most characters of a summary.
    const LONGEST: usize = 160;
    let line = text.trim().lines().next().unwrap_or_default();
    let sentence = match line.find(". ") {
        Some(end) => &line[..=end],
        None => line,
    };
    match sentence.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", sentence[..at].trim_end()),
        None => sentence.trim().to_owned(),
    }
}

/// Adds to a text.
pub(super) fn add(text: &mut String, more: &str) {
    text.push_str(more);
}

/// A value of an input as YAML on one line. What looks like an expression is none.
pub(super) fn input(value: &Value) -> String {
    value.to_string()
}
