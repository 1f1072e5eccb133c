//! Finds the answer in the result of a call (provider contract, "Bindings" 2 and "How an answer is judged" 7).

use serde_json::Value;

use crate::transport::error::TransportError;
use crate::transport::head::Heading;
use crate::transport::parse_answer::{NoAnswer, json, kind, start_of, with_ok};
use crate::transport::raw::loose;
use crate::transport::types::Limits;

/// The output object of a `tools/call` result: its structured content; where that is absent, its first text as JSON.
pub(super) fn output(
    result: Value,
    limits: &Limits,
    redact: &dyn Fn(String) -> String,
) -> Result<Value, TransportError> {
    let Value::Object(mut result) = result else {
        return Err(TransportError::NotAnAnswer(format!(
            "a result that is {}",
            kind(&result)
        )));
    };
    let is_error = result.get("isError") == Some(&Value::Bool(true));
    let structured = result
        .remove("structuredContent")
        .filter(|content| !content.is_null());
    let found = match structured {
        Some(content) => with_ok(content)
            .map_err(|what| TransportError::NotAnAnswer(format!("{what} as its structured content"))),
        None => text_of(&result).map_or_else(
            || {
                Err(TransportError::NotAnAnswer(
                    "neither structured content nor a text".to_owned(),
                ))
            },
            |text| from_text(text, is_error, limits, redact),
        ),
    };
    let output = found?;
    if is_error && output.get("ok") == Some(&Value::Bool(true)) {
        return Err(TransportError::Protocol(
            "the answer says `ok: true`, but is marked with `isError: true`".to_owned(),
        ));
    }
    Ok(output)
}

/// The content of a result: its structured content; where that is absent, its first text, as JSON where it is JSON.
pub(super) fn content(result: &Value, limits: &Limits) -> Result<Value, TransportError> {
    match result.get("structuredContent") {
        Some(content) if !content.is_null() => Ok(content.clone()),
        _ => result
            .as_object()
            .and_then(text_of)
            .map_or(Ok(Value::Null), |text| loose(text.as_bytes(), limits)),
    }
}

/// The first text of a result's content.
fn text_of(result: &serde_json::Map<String, Value>) -> Option<&str> {
    result
        .get("content")?
        .as_array()?
        .iter()
        .find(|content| content.get("type").and_then(Value::as_str) == Some("text"))?
        .get("text")?
        .as_str()
}

fn from_text(
    text: &str,
    is_error: bool,
    limits: &Limits,
    redact: &dyn Fn(String) -> String,
) -> Result<Value, TransportError> {
    let read = json(Heading::NONE, text.as_bytes(), limits.body_depth, 0, redact)
        .and_then(|value| with_ok(value).map_err(NoAnswer::Is));
    read.map_err(|no_answer| match no_answer {
        NoAnswer::TransportError(error) => error,
        // Words of an error are told whole, as far as they fit: they say why.
        NoAnswer::Is(_) if is_error && !text.trim_start().starts_with(['{', '[']) => {
            TransportError::NotAnAnswer(format!(
                "an error in words ({:?})",
                start_of(text.trim_start(), redact)
            ))
        }
        NoAnswer::Is(what) => TransportError::NotAnAnswer(format!("{what} as its text")),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parsed(result: Value) -> Result<Value, String> {
        output(result, &Limits::default(), &|text| text).map_err(|error| error.to_string())
    }

    fn text(text: &str) -> Value {
        json!({ "type": "text", "text": text })
    }

    #[test]
    fn the_output_is_the_structured_content_or_else_the_first_text() {
        let good = json!({ "ok": true, "n": 1 });
        let no = json!({ "ok": false, "error": "slot_taken" });
        let rows = [
            (json!({ "structuredContent": good }), &good),
            (
                json!({ "structuredContent": good, "content": [text("{\"ok\":false}")] }),
                &good,
            ),
            (
                json!({ "structuredContent": null, "content": [text(&good.to_string())] }),
                &good,
            ),
            (
                json!({ "content": [{ "type": "image", "data": "" }, text(&good.to_string()), text("2")] }),
                &good,
            ),
            (json!({ "isError": true, "structuredContent": no }), &no),
            (json!({ "isError": false, "structuredContent": no }), &no),
        ];
        for (result, expected) in rows {
            assert_eq!(parsed(result.clone()).as_ref(), Ok(expected), "{result}");
        }
    }

    #[test]
    fn anything_else_is_named() {
        let instead = |what: &str| format!("answered with {what} instead of a JSON object with `ok`");
        let deep = format!("{{\"ok\":{}{}}}", "[".repeat(64), "]".repeat(64));
        let rows = [
            (json!([]), instead("a result that is a JSON array")),
            (json!({}), instead("neither structured content nor a text")),
            (
                json!({ "content": [] }),
                instead("neither structured content nor a text"),
            ),
            (
                json!({ "structuredContent": { "id": 1 }, "content": [text("{\"ok\":true}")] }),
                instead("JSON without `ok` as its structured content"),
            ),
            (
                json!({ "structuredContent": [1] }),
                instead("a JSON array as its structured content"),
            ),
            (
                json!({ "content": [text("Booked!")] }),
                instead("text that is not JSON (starts with \"Booked!\") as its text"),
            ),
            (
                json!({ "content": [text("")] }),
                instead("an empty body as its text"),
            ),
            (
                json!({ "isError": true, "content": [text("no such service\nat line 3")] }),
                instead("an error in words (\"no such service\")"),
            ),
            (
                json!({ "content": [text(&deep)] }),
                "answered with JSON nested deeper than 64 levels".to_owned(),
            ),
            (
                json!({ "isError": true, "structuredContent": { "ok": true } }),
                "broke the protocol: the answer says `ok: true`, but is marked with `isError: true`"
                    .to_owned(),
            ),
        ];
        for (result, expected) in rows {
            assert_eq!(parsed(result.clone()), Err(expected), "{result}");
        }
    }
}
