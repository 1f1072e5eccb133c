//! Refusals that a server's library gives before the tool is asked, in words of its own under `isError: true`.

use serde_json::Value;

/// The words by which the libraries say that arguments break the schema, in lower case: those of TypeScript, Python and fastmcp.
const INVALID: [&str; 6] = [
    "input validation error",
    "invalid arguments for tool",
    "validation error for",
    "validation errors for",
    "mcp error -32602",
    "arguments do not match the input schema",
];

/// What a library refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// The arguments break the schema.
    Arguments,
    /// There is no such tool.
    Tool,
}

/// The refusal of a library in a result, where it is one, with its words.
pub(super) fn refused(result: &Value) -> Option<(Refused, &str)> {
    let is_error = result.get("isError") == Some(&Value::Bool(true));
    let is_structured = result
        .get("structuredContent")
        .is_some_and(|content| !content.is_null());
    let content = result
        .get("content")
        .and_then(Value::as_array)
        .filter(|_| is_error && !is_structured)?;
    let [only] = content.as_slice() else { return None };
    let text = only.get("text").and_then(Value::as_str)?;
    let words = text.to_lowercase();
    // A longer text is a story, in which such words mean nothing.
    let start: String = words.chars().take(200).collect();
    if start.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let names_tool = start.contains("tool");
    let missing = ["unknown tool", "not found", "no such tool", "does not exist"];
    if names_tool && missing.iter().any(|words| start.contains(words)) {
        return Some((Refused::Tool, text));
    }
    INVALID
        .iter()
        .any(|words| start.contains(words))
        .then_some((Refused::Arguments, text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_words_of_the_libraries_are_known_and_those_of_a_tool_are_not() {
        let rows = [
            (
                "MCP error -32602: Input validation error: Invalid arguments for tool get-sum: [...]",
                Some(Refused::Arguments),
            ),
            (
                "1 validation error for call[add]\na\n  Missing required argument",
                Some(Refused::Arguments),
            ),
            (
                "Input validation error: 'name' is a required property",
                Some(Refused::Arguments),
            ),
            ("MCP error -32602: Tool nope not found", Some(Refused::Tool)),
            ("Unknown tool: 'nope'", Some(Refused::Tool)),
            ("the slot is taken", None),
            ("Traceback (most recent call last)", None),
            ("{\"ok\":false,\"why\":\"input validation error\"}", None),
            ("service not found", None),
        ];
        for (text, expected) in rows {
            let result = json!({ "isError": true, "content": [{ "type": "text", "text": text }] });
            assert_eq!(refused(&result).map(|(what, _)| what), expected, "{text}");
            let fine = json!({ "content": [{ "type": "text", "text": text }] });
            assert_eq!(refused(&fine), None, "{text}");
        }
    }
}
