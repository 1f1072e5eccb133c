//! JSON texts with their places: reading, and finding the bytes that a JSON pointer names.

use std::sync::Arc;

use serde_json::Value;

use crate::diagnostic::{Node, NodeKind, Problem, Source, Span, read_yaml};

/// Reads a JSON text in which no key stands twice.
pub(super) fn read(source: &Arc<Source>) -> Result<Value, Problem> {
    strict_json(source.text()).map_err(|error| {
        let whole = error.to_string();
        let message = whole.split(" at line ").next().unwrap_or(&whole);
        let line = source.byte_at(error.line(), 1);
        let length = source.tail(line).split('\n').next().map_or(0, str::len);
        // The library counts columns in bytes.
        let start = source.boundary(line.saturating_add(error.column().saturating_sub(1).min(length)));
        let first = source.tail(start).chars().next().filter(|&c| c != '\n');
        let end = start.saturating_add(first.map_or(0, char::len_utf8));
        let what = if error.is_data() { "" } else { "this is no JSON: " };
        Problem::at(source, start..end, format!("{what}{message}"))
    })
}

/// The value of a JSON text in which no key stands twice.
///
/// # Errors
///
/// It is no JSON, or a key stands twice in an object.
pub fn strict_json(text: &str) -> Result<Value, serde_json::Error> {
    crate::model::strict_json(text.as_bytes())
}

/// Appends a key to a JSON pointer.
pub(super) fn join(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The keys of a JSON pointer.
pub(super) fn keys(pointer: &str) -> impl Iterator<Item = String> {
    pointer
        .split('/')
        .skip(1)
        .map(|key| key.replace("~1", "/").replace("~0", "~"))
}

/// A mistake in the value that the pointer names.
pub(super) fn problem_at(source: &Arc<Source>, pointer: &str, message: impl Into<String>) -> Problem {
    match place(source, pointer) {
        Some(span) => Problem::at(source, first_line(source, span), message),
        None => Problem::of(source, message),
    }
}

/// A mistake in a key of the object that the pointer names.
pub(super) fn problem_at_key(
    source: &Arc<Source>,
    pointer: &str,
    key: &str,
    message: impl Into<String>,
) -> Problem {
    let quoted = Value::from(key).to_string();
    let value = place(source, &join(pointer, key));
    let found = value.and_then(|value| source.slice(0..value.start).rfind(&quoted));
    match found {
        Some(at) => Problem::at(source, at..at.saturating_add(quoted.len()), message),
        None => problem_at(source, pointer, message),
    }
}

/// The bytes of the value that the pointer names.
pub(super) fn place(source: &Arc<Source>, pointer: &str) -> Option<Span> {
    // JSON is YAML, and the reader of YAML keeps places.
    let root = read_yaml::<Node>(source).ok()?;
    node_at(&root, pointer).map(|node| node.span(source))
}

/// The node that the pointer names.
pub(super) fn node_at<'a>(root: &'a Node, pointer: &str) -> Option<&'a Node> {
    keys(pointer).try_fold(root, |node, key| match &node.kind {
        NodeKind::Map(entries) => entries
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, node)| node),
        NodeKind::List(items) => items.get(key.parse::<usize>().ok()?),
        NodeKind::Scalar(_) | NodeKind::Text(_) => None,
    })
}

/// A caret under many lines hides more than it shows.
pub(super) fn first_line(source: &Source, span: Span) -> Span {
    let line = source.slice(span.clone()).split('\n').next().map_or(0, str::len);
    span.start..span.start.saturating_add(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_finds_its_bytes() {
        let source = Source::new(
            "a.json",
            "{\n  \"a/b\": [1, { \"c\": \"ž\" }],\n  \"d\": null\n}\n",
        );
        let text = |pointer: &str| place(&source, pointer).map(|span| source.text()[span].to_owned());
        assert_eq!(text("/a~1b/1/c").as_deref(), Some("\"ž\""));
        assert_eq!(text("/a~1b/0").as_deref(), Some("1"));
        assert_eq!(text("/d").as_deref(), Some("null"));
        assert_eq!(text("/e"), None);
    }
}
