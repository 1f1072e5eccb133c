//! Parses a response as an answer, in the order of the provider contract ("How an answer is judged", 2 to 6).

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Map, Value};

use super::body::{End, Received};
use super::error::TransportError;
use super::head::Heading;
use super::types::Limits;
use crate::model::{AnswerShape, Facts, clip, doubled_key, strict_json};

/// The most characters of a key that a message shows.
const LONGEST_KEY: usize = 40;

/// What the response says, or what is there instead of an answer. Pauses (429, and 503 with Retry-After) are behind us. `limit` is how long was
/// waited at most; `redact` takes secrets out of what is quoted, before the quotation is cut.
pub(super) fn parse_answer(
    heading: Heading<'_>,
    received: &Received,
    shape: AnswerShape,
    limits: &Limits,
    limit: Duration,
    redact: &dyn Fn(String) -> String,
) -> Result<Facts, TransportError> {
    let status = heading.status;
    let is_native = shape == AnswerShape::Native;
    let body = match is_native {
        true => read_any(heading, received, limits, limit, redact),
        false => read(heading, received, limits, limit, redact).map(Facts::of_output),
    };
    // Without `ok`, nothing tells a refusal of the tool from one of whatever stands before it.
    let is_before_tool = is_native && matches!(status.as_u16(), 401 | 403 | 404 | 405);
    let counts = status.is_success() || status.is_client_error() && !is_before_tool;
    match body {
        Ok(facts) if counts => Ok(Facts {
            status: Some(status.as_u16()),
            is_error: is_native && status.is_client_error(),
            ..facts
        }),
        Ok(_) if is_native => {
            let what = "JSON, which only counts with a status of 2xx or 4xx";
            let body = NoAnswer::Is(what.to_owned());
            Err(instead_of_an_answer(heading, Some(body), redact))
        }
        body => Err(instead_of_an_answer(heading, body.err(), redact)),
    }
}

/// The deepest nesting that the JSON parser reads.
const PARSER_DEPTH: usize = 127;

/// The reason why a body is no answer.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// It is something else, which is named.
    Is(String),
    /// It is JSON in which this key stands twice in an object: two honest readers read two answers.
    Doubled(String),
    /// It breaks a limit or never came.
    TransportError(TransportError),
}

/// The error for a response without an answer: mostly, the status decides.
pub(super) fn instead_of_an_answer(
    heading: Heading<'_>,
    body: Option<NoAnswer>,
    redact: &dyn Fn(String) -> String,
) -> TransportError {
    let status = heading.status;
    match status.as_u16() {
        code @ (401 | 403) => {
            return match heading.advice {
                Some(advice) => TransportError::WantsLogin {
                    status: code,
                    advice: advice.to_owned(),
                },
                None => TransportError::Unauthorized(code),
            };
        }
        code @ (404 | 405) => return TransportError::NoSuchTool(code.to_string()),
        code if status.is_redirection() => {
            let location = heading
                .location
                .unwrap_or("nowhere (it has no `Location`)")
                .to_owned();
            return TransportError::Redirect {
                status: code,
                location: redact(location),
            };
        }
        _ => {}
    }
    let body = body.map(|body| match body {
        NoAnswer::Doubled(key) => NoAnswer::Is(doubled(&key)),
        body => body,
    });
    match body {
        Some(NoAnswer::Is(what)) if status == StatusCode::OK => TransportError::NotAnAnswer(what),
        Some(NoAnswer::Is(what)) if status.is_success() => {
            TransportError::NotAnAnswer(format!("{what} (status {})", status.as_u16()))
        }
        Some(NoAnswer::TransportError(error)) if status.is_success() || status.is_client_error() => error,
        Some(NoAnswer::Is(what) | NoAnswer::Doubled(what)) => TransportError::Status {
            status: status.as_u16(),
            what,
        },
        Some(NoAnswer::TransportError(error)) => {
            let what = match error {
                TransportError::TooLarge(cap) => format!("a body over {cap} bytes"),
                TransportError::TooDeep(cap) => format!("JSON nested deeper than {cap} levels"),
                TransportError::TimedOut(_) => "a body that did not end in time".to_owned(),
                _ => "a body that was cut off".to_owned(),
            };
            TransportError::Status {
                status: status.as_u16(),
                what,
            }
        }
        None => TransportError::Status {
            status: status.as_u16(),
            what: "a JSON object with `ok`, which only counts with a status of 2xx or 4xx".to_owned(),
        },
    }
}

/// The body as an object with `ok`.
fn read(
    heading: Heading<'_>,
    received: &Received,
    limits: &Limits,
    limit: Duration,
    redact: &dyn Fn(String) -> String,
) -> Result<Value, NoAnswer> {
    let bytes = whole(received, limits, limit).map_err(NoAnswer::TransportError)?;
    with_ok(json(heading, bytes, limits.body_depth, 0, redact)?, redact).map_err(NoAnswer::Is)
}

/// The body as any JSON, or as text where it says that it is text; nothing where it is empty.
fn read_any(
    heading: Heading<'_>,
    received: &Received,
    limits: &Limits,
    limit: Duration,
    redact: &dyn Fn(String) -> String,
) -> Result<Facts, NoAnswer> {
    let bytes = whole(received, limits, limit).map_err(NoAnswer::TransportError)?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Facts::of_output(Value::Null));
    }
    let is_text = heading
        .content_type
        .is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/plain"));
    match json(heading, bytes, limits.body_depth, 0, redact) {
        Err(NoAnswer::Is(_)) if is_text => {
            let text = String::from_utf8_lossy(bytes).into_owned();
            Ok(Facts {
                text: text.clone(),
                ..Facts::of_output(Value::String(text))
            })
        }
        read => read.map(Facts::of_output),
    }
}

/// The bytes of a body that came whole.
pub(super) fn whole<'a>(
    received: &'a Received,
    limits: &Limits,
    limit: Duration,
) -> Result<&'a [u8], TransportError> {
    match &received.end {
        Some(End::Whole) => Ok(&received.bytes),
        Some(End::TooLarge) => Err(TransportError::TooLarge(limits.body_bytes)),
        Some(End::Lost(reason)) => Err(TransportError::Lost(reason.clone())),
        None => Err(TransportError::TimedOut(limit)),
    }
}

/// A text as JSON that nests no deeper than `depth`, the levels of an envelope around what counts aside.
pub(super) fn json(
    heading: Heading<'_>,
    bytes: &[u8],
    depth: usize,
    envelope: usize,
    redact: &dyn Fn(String) -> String,
) -> Result<Value, NoAnswer> {
    let bytes = without_bom(bytes);
    let value: Value = match strict_json(bytes) {
        Ok(value) => value,
        Err(error) if doubled_key(&error).is_some() => {
            let key = doubled_key(&error).unwrap_or_default();
            return Err(NoAnswer::Doubled(clip(&redact(key), LONGEST_KEY)));
        }
        // The parser stops at its own limit, which lies beyond ours, before its stack is in danger. What it has read is valid.
        Err(error) if nests_deeper(read_before(bytes, &error), PARSER_DEPTH) => {
            return Err(NoAnswer::TransportError(TransportError::TooDeep(depth)));
        }
        Err(error) => return Err(NoAnswer::Is(no_json(heading, bytes, &error, redact))),
    };
    if deeper_than(bytes, depth.saturating_add(envelope)) {
        return Err(NoAnswer::TransportError(TransportError::TooDeep(depth)));
    }
    Ok(value)
}

/// JSON in which a key stands twice, in words.
pub(super) fn doubled(key: &str) -> String {
    format!(
        "JSON in which the key `{key}` stands twice in one object, so that readers differ in what it says,"
    )
}

/// An object with `ok`, or what the value is instead.
pub(super) fn with_ok(value: Value, redact: &dyn Fn(String) -> String) -> Result<Value, String> {
    match &value {
        Value::Object(map) if map.contains_key("ok") => Ok(value),
        Value::Object(map) if map.is_empty() => Err("an empty JSON object".to_owned()),
        Value::Object(map) => Err(without_ok(map, redact)),
        Value::Array(items) if items.iter().any(has_ok) => {
            Err("a JSON array around the object with `ok`".to_owned())
        }
        Value::String(text) if strict_json(text.as_bytes()).is_ok_and(|inner| has_ok(&inner)) => {
            Err("a JSON string that holds the object with `ok` as text (it is encoded twice)".to_owned())
        }
        _ => Err(kind(&value).to_owned()),
    }
}

fn has_ok(value: &Value) -> bool {
    value.get("ok").is_some()
}

/// An object without `ok` in words: where it stands instead, else the keys that there are.
fn without_ok(map: &Map<String, Value>, redact: &dyn Fn(String) -> String) -> String {
    /// The most keys that are shown.
    const SHOWN: usize = 5;
    let quoted = |key: &String| format!("`{}`", clip(&redact(key.clone()), LONGEST_KEY));
    if let Some((key, _)) = map.iter().find(|(_, value)| has_ok(value)) {
        return format!(
            "JSON without `ok` (the object with `ok` stands under {})",
            quoted(key)
        );
    }
    if let Some(key) = map.keys().find(|key| key.trim().eq_ignore_ascii_case("ok")) {
        return format!("JSON without `ok` (it has {}, which is another key)", quoted(key));
    }
    let keys: Vec<_> = map.keys().take(SHOWN).map(quoted).collect();
    let more = if map.len() > SHOWN { ", …" } else { "" };
    format!("JSON without `ok` (its keys: {}{more})", keys.join(", "))
}

/// The JSON type of a value, in words.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Object(_) => "a JSON object",
        Value::Array(_) => "a JSON array",
        Value::String(_) => "a JSON string",
        Value::Number(_) => "a JSON number",
        Value::Bool(_) => "a JSON boolean",
        Value::Null => "a JSON null",
    }
}

/// A mark that nobody should write and every client of the web skips (RFC 8259, 8.1).
pub(super) fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Returns true if valid JSON nests deeper than `cap`. It reads brackets, so that no depth can exhaust the stack.
pub(super) fn deeper_than(json: &[u8], cap: usize) -> bool {
    // Every level takes an opening and a closing bracket, so most answers need no look at all.
    json.len() > cap.saturating_mul(2) && nests_deeper(json, cap)
}

fn nests_deeper(json: &[u8], cap: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth = depth.saturating_add(1);
                if depth > cap {
                    return true;
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// The bytes that the parser had read when it gave up.
fn read_before<'a>(json: &'a [u8], error: &serde_json::Error) -> &'a [u8] {
    let lines = json.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines.take(error.line().saturating_sub(1)).map(<[u8]>::len).sum();
    json.get(..before.saturating_add(error.column())).unwrap_or(json)
}

/// A body that is not JSON, in words.
fn no_json(
    heading: Heading<'_>,
    bytes: &[u8],
    error: &serde_json::Error,
    redact: &dyn Fn(String) -> String,
) -> String {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return "an empty body".to_owned();
    }
    if let Some(encoding) = heading.content_encoding {
        return format!("a body compressed with {encoding}, which was not asked for,");
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return "bytes that are not UTF-8 text".to_owned();
    };
    let text = text.trim_start();
    if is_html(heading, text) {
        "an HTML page".to_owned()
    } else if error.is_eof() {
        "JSON that ends too early".to_owned()
    } else if text.starts_with("{'") || text.starts_with("['") {
        "text in single quotes, as Python prints it, which is not JSON,".to_owned()
    } else if text.starts_with(['{', '[']) {
        format!("JSON that cannot be read ({error})")
    } else {
        let start = start_of(text, redact);
        match around_json(text) {
            Some(what) => format!("{what} (starts with {start:?})"),
            None => format!("text that is not JSON (starts with {start:?})"),
        }
    }
}

/// The text around JSON in words, where there is JSON in it.
fn around_json(text: &str) -> Option<&'static str> {
    if text.starts_with("data:") || text.starts_with("event:") {
        return Some("an event stream under another content type");
    }
    let (start, end) = (text.find('{')?, text.rfind('}')?);
    let inner = text.get(start..=end)?;
    strict_json(inner.as_bytes()).ok()?;
    Some(if text.contains("```") {
        "JSON in a code block, which has to stand alone,"
    } else if text
        .get(..start)
        .is_some_and(|before| before.trim_end().ends_with('('))
    {
        "JSON in a call of JavaScript, which has to stand alone,"
    } else {
        "JSON with other text around it, which has to stand alone,"
    })
}

fn is_html(heading: Heading<'_>, text: &str) -> bool {
    let named = heading
        .content_type
        .is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    let start = text
        .bytes()
        .take(512)
        .map(|byte| byte.to_ascii_lowercase())
        .collect::<Vec<_>>();
    let holds = |mark: &[u8]| start.windows(mark.len()).any(|window| window == mark);
    text.starts_with('<') && (named || holds(b"<!doctype html") || holds(b"<html"))
}

/// The first words of a text, on one line.
pub(super) fn start_of(text: &str, redact: &dyn Fn(String) -> String) -> String {
    const LONGEST: usize = 40;
    let line = redact(text.lines().next().unwrap_or_default().trim_end().to_owned());
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests;
