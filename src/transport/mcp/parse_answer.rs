//! Finds the answer in the result of a call (provider contract, "Bindings" 2 and "How an answer is judged" 7).

use serde_json::{Map, Value};

use crate::model::{AnswerShape, Facts, clip, strict_json};
use crate::transport::error::TransportError;
use crate::transport::head::Heading;
use crate::transport::parse_answer::{NoAnswer, doubled, json, kind, start_of, with_ok, without_bom};
use crate::transport::raw::loose;
use crate::transport::types::Limits;

/// What a `tools/call` result says to a contract whose answers have this shape.
pub(super) fn facts(
    result: Value,
    shape: AnswerShape,
    limits: &Limits,
    redact: &dyn Fn(String) -> String,
) -> Result<Facts, TransportError> {
    match shape {
        AnswerShape::Envelope => output(result, limits, redact).map(Facts::of_output),
        AnswerShape::Native => native(result, limits, redact),
    }
}

/// A result as it is: its output is the structured content, any JSON; where that is absent, the text as JSON where it is JSON, else the
/// text.
fn native(
    result: Value,
    limits: &Limits,
    redact: &dyn Fn(String) -> String,
) -> Result<Facts, TransportError> {
    let Value::Object(mut result) = result else {
        let kind = kind(&result);
        return Err(TransportError::NotAnAnswer(format!("a result that is {kind}")));
    };
    let structured = result
        .remove("structuredContent")
        .filter(|content| !content.is_null());
    let text = texts(&result).collect::<Vec<_>>().join("\n");
    let (is_structured, is_mirrored) = match &structured {
        Some(structured) => (true, texts(&result).any(|text| repeats(structured, text))),
        None => (false, true),
    };
    let output = match (structured, text_of(&result)) {
        (Some(structured), _) => structured,
        (None, Some(first)) => match json(Heading::NONE, first.as_bytes(), limits.body_depth, 0, redact) {
            Ok(value) => value,
            Err(NoAnswer::TransportError(error)) => return Err(error),
            Err(NoAnswer::Doubled(key)) => {
                let what = doubled(&key);
                let what = what.trim_end_matches(',');
                return Err(TransportError::NotAnAnswer(format!("{what} as its text")));
            }
            Err(NoAnswer::Is(_)) => Value::String(text.clone()),
        },
        (None, None) if result.get("content").is_some_and(Value::is_array) => Value::Null,
        (None, None) => {
            return Err(TransportError::NotAnAnswer(
                "a result with neither structured content nor a list of content".to_owned(),
            ));
        }
    };
    Ok(Facts {
        content: result.remove("content").unwrap_or_default(),
        text,
        is_error: result.get("isError") == Some(&Value::Bool(true)),
        is_structured,
        is_mirrored,
        ..Facts::of_output(output)
    })
}

/// Returns true if a text says what the structured content says: as JSON, or as the only value in it, which libraries wrap.
fn repeats(structured: &Value, text: &str) -> bool {
    let alone = structured
        .as_object()
        .filter(|fields| fields.len() == 1)
        .and_then(|fields| fields.values().next());
    if alone.and_then(Value::as_str) == Some(text) {
        return true;
    }
    let Ok(said) = serde_json::from_str::<Value>(text) else {
        return false;
    };
    let same = |value: &Value| difference(value, &said).is_none();
    same(structured) || alone.is_some_and(same)
}

/// The output object of a `tools/call` result: its structured content; where that is absent, its first text that is JSON.
fn output(
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
        Some(content) => {
            agree(&content, &result, limits, redact)?;
            with_ok(content, redact)
                .map_err(|what| TransportError::NotAnAnswer(format!("{what} as its structured content")))
        }
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
pub(super) fn content(
    result: &Value,
    limits: &Limits,
    redact: &dyn Fn(String) -> String,
) -> Result<Value, TransportError> {
    match result.get("structuredContent") {
        Some(content) if !content.is_null() => {
            if let Some(result) = result.as_object() {
                agree(content, result, limits, redact)?;
            }
            Ok(content.clone())
        }
        _ => result
            .as_object()
            .and_then(text_of)
            .map_or(Ok(Value::Null), |text| loose(text.as_bytes(), limits)),
    }
}

/// The texts of a result's content.
fn texts(result: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let content = result.get("content").and_then(Value::as_array);
    content
        .into_iter()
        .flatten()
        .filter(|content| content.get("type").and_then(Value::as_str) == Some("text"))
        .filter_map(|content| content.get("text")?.as_str())
}

/// The first text of a result's content that is JSON, or that would be if it were written rightly; else the first text.
fn text_of(result: &Map<String, Value>) -> Option<&str> {
    let is_json = |text: &&str| strict_json(without_bom(text.as_bytes())).is_ok();
    let begins = |text: &&str| text.trim_start().starts_with('{');
    texts(result)
        .find(is_json)
        .or_else(|| texts(result).find(begins))
        .or_else(|| texts(result).next())
}

/// Refuses a result whose texts say something else than its structured content: hosts read the one or the other (MCP, "Structured
/// Content"). A text that is no JSON object says it in words, for people.
fn agree(
    structured: &Value,
    result: &Map<String, Value>,
    limits: &Limits,
    redact: &dyn Fn(String) -> String,
) -> Result<(), TransportError> {
    for text in texts(result).filter(|text| text.trim_start().starts_with('{')) {
        match json(Heading::NONE, text.as_bytes(), limits.body_depth, 0, redact) {
            Ok(said) => {
                if let Some(place) = difference(structured, &said) {
                    let place = clip(&redact(place), LONGEST_PLACE);
                    return Err(TransportError::Protocol(format!(
                        "the structured content and the text beside it say different things: `{place}` differs"
                    )));
                }
            }
            Err(NoAnswer::Doubled(key)) => {
                return Err(TransportError::Protocol(format!(
                    "the text beside the structured content is {}",
                    doubled(&key).trim_end_matches(',')
                )));
            }
            Err(NoAnswer::Is(_) | NoAnswer::TransportError(_)) => {}
        }
    }
    Ok(())
}

/// The most characters of a path that a message shows.
const LONGEST_PLACE: usize = 80;

/// The path at which two values that say the same thing differ. A key that one of two objects has alone is no difference: a text may
/// say less, or more.
fn difference(left: &Value, right: &Value) -> Option<String> {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => left.iter().find_map(|(key, value)| {
            let inner = difference(value, right.get(key)?)?;
            Some(match inner.is_empty() {
                true => key.clone(),
                false => format!("{key}.{inner}"),
            })
        }),
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => left
            .iter()
            .zip(right)
            .enumerate()
            .find_map(|(at, (left, right))| {
                let inner = difference(left, right)?;
                Some(match inner.is_empty() {
                    true => at.to_string(),
                    false => format!("{at}.{inner}"),
                })
            }),
        (Value::Number(left), Value::Number(right)) => {
            let same = left == right || (left.is_f64() || right.is_f64()) && left.as_f64() == right.as_f64();
            (!same).then(String::new)
        }
        _ => (left != right).then(String::new),
    }
}

fn from_text(
    text: &str,
    is_error: bool,
    limits: &Limits,
    redact: &dyn Fn(String) -> String,
) -> Result<Value, TransportError> {
    let read = json(Heading::NONE, text.as_bytes(), limits.body_depth, 0, redact)
        .and_then(|value| with_ok(value, redact).map_err(NoAnswer::Is));
    read.map_err(|no_answer| match no_answer {
        NoAnswer::TransportError(error) => error,
        // Words of an error are told whole, as far as they fit: they say why.
        NoAnswer::Is(_) if is_error && !text.trim_start().starts_with(['{', '[']) => {
            TransportError::NotAnAnswer(format!(
                "an error in words ({:?})",
                start_of(text.trim_start(), redact)
            ))
        }
        NoAnswer::Doubled(key) => {
            TransportError::NotAnAnswer(format!("{} as its text", doubled(&key).trim_end_matches(',')))
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

    fn native(result: Value) -> Result<Facts, String> {
        facts(result, AnswerShape::Native, &Limits::default(), &|text| text)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_native_result_is_read_as_it_is() {
        let read = |result: Value| {
            let facts = native(result).unwrap();
            (facts.output, facts.text, facts.is_error)
        };
        let both = json!({ "structuredContent": [1, 2], "content": [text("two numbers")] });
        assert_eq!(read(both), (json!([1, 2]), "two numbers".to_owned(), false));
        let as_text = json!({ "content": [text("{\"n\": 1}")] });
        assert_eq!(read(as_text), (json!({ "n": 1 }), "{\"n\": 1}".to_owned(), false));
        let words = json!({ "isError": true, "content": [text("no such"), text("file")] });
        assert_eq!(
            read(words),
            (json!("no such\nfile"), "no such\nfile".to_owned(), true)
        );
        assert_eq!(
            read(json!({ "content": [] })),
            (Value::Null, String::new(), false)
        );
        let image = json!({ "content": [{ "type": "image", "data": "", "mimeType": "image/png" }] });
        assert_eq!(native(image.clone()).unwrap().content, image["content"]);
        // What says nothing of an error is none, whatever an envelope would say.
        assert!(
            !native(json!({ "structuredContent": { "ok": false } }))
                .unwrap()
                .is_error
        );
        for wrong in [
            json!({}),
            json!([]),
            json!({ "content": [text("{\"a\": 1, \"a\": 2}")] }),
        ] {
            assert!(native(wrong.clone()).is_err(), "{wrong}");
        }
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
                json!({ "structuredContent": good, "content": [text("{\"n\":1.0,\"ok\":true}"), text("Booked.")] }),
                &good,
            ),
            (
                json!({ "structuredContent": good, "content": [text("{\"ok\":true,\"more\":1}")] }),
                &good,
            ),
            (
                json!({ "content": [text("Booked for you:"), text(&good.to_string())] }),
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
                instead("JSON without `ok` (its keys: `id`) as its structured content"),
            ),
            (
                json!({ "structuredContent": { "result": { "ok": true } } }),
                instead("JSON without `ok` (the object with `ok` stands under `result`) as its structured content"),
            ),
            (
                json!({ "structuredContent": { "ok": true, "slots": [{ "n": 1 }] },
                    "content": [text("{\"ok\":true,\"slots\":[{\"n\":2}]}")] }),
                "broke the protocol: the structured content and the text beside it say different things: \
                 `slots.0.n` differs"
                    .to_owned(),
            ),
            (
                json!({ "structuredContent": { "ok": true }, "content": [text("fine"), text("{\"ok\":false}")] }),
                "broke the protocol: the structured content and the text beside it say different things: \
                 `ok` differs"
                    .to_owned(),
            ),
            (
                json!({ "structuredContent": { "ok": true }, "content": [text("{\"ok\":false,\"ok\":true}")] }),
                "broke the protocol: the text beside the structured content is JSON in which the key `ok` stands \
                 twice in one object, so that readers differ in what it says"
                    .to_owned(),
            ),
            (
                json!({ "content": [text("{\"ok\":false,\"ok\":true}")] }),
                instead(
                    "JSON in which the key `ok` stands twice in one object, so that readers differ in what it says \
                     as its text",
                ),
            ),
            (
                json!({ "content": [text("Here it is:\n```json\n{\"ok\":true}\n```")] }),
                instead(
                    "JSON in a code block, which has to stand alone, (starts with \"Here it is:\") as its text",
                ),
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
