//! What a provider answered, shown whole.

use serde_json::Value;

use super::output::Printer;
use crate::app::{AppError, Called, Peer, Whole};
use crate::model::plural;
use crate::report;

/// Prints a result: what a program would read to standard output, what stands beside it to standard error.
pub(super) fn show(whole: &Whole, raw: bool, printer: &Printer) -> Result<(), AppError> {
    match whole {
        Whole::Result(result) if raw => printer.json(result),
        Whole::Result(result) => result_of_a_call(result, printer),
        Whole::Error { code, message, data } => {
            printer.error(
                &format!("answered with the JSON-RPC error {code}: {message}"),
                &[],
            );
            match data {
                Some(data) if !data.is_null() => printer.json(data),
                _ => Ok(()),
            }
        }
        Whole::Body { body, .. } => value(body, printer),
    }
}

/// Prints a value: text as it is, all else as JSON.
fn value(body: &Value, printer: &Printer) -> Result<(), AppError> {
    match body {
        Value::String(text) => {
            printer.line(text);
            Ok(())
        }
        body => printer.json(body),
    }
}

fn result_of_a_call(result: &Value, printer: &Printer) -> Result<(), AppError> {
    let content = result.get("content").and_then(Value::as_array);
    let content = content.map_or(&[][..], Vec::as_slice);
    match result
        .get("structuredContent")
        .filter(|structured| !structured.is_null())
    {
        Some(structured) => {
            printer.json(structured)?;
            for block in content.iter().filter(|block| !mirrors(block, structured)) {
                printer.note(&words_of(block));
            }
            Ok(())
        }
        None if content.is_empty() && result.get("content").is_none() => printer.json(result),
        None => content.iter().try_for_each(|block| one_block(block, printer)),
    }
}

/// Returns true if a block says the same as the structured content, or as the one value that a library has wrapped in it.
fn mirrors(block: &Value, structured: &Value) -> bool {
    text_of(block).is_some_and(|text| {
        let value = serde_json::from_str::<Value>(text).unwrap_or_else(|_| Value::from(text));
        value == *structured || structured.get("result") == Some(&value)
    })
}

fn text_of(block: &Value) -> Option<&str> {
    let is_text = block.get("type").and_then(Value::as_str) == Some("text");
    block.get("text").and_then(Value::as_str).filter(|_| is_text)
}

/// Prints one block of content. A text that is an object or a list of JSON is printed as that.
pub(super) fn one_block(block: &Value, printer: &Printer) -> Result<(), AppError> {
    let json = text_of(block)
        .filter(|text| text.trim_start().starts_with(['{', '[']))
        .and_then(|text| serde_json::from_str::<Value>(text).ok());
    match json {
        Some(json) => printer.json(&json),
        None => {
            printer.line(&words_of(block));
            Ok(())
        }
    }
}

/// A block of content in words. What is no text is named with its type and its size.
pub(super) fn words_of(block: &Value) -> String {
    let field = |name: &str| block.get(name).and_then(Value::as_str);
    match field("type") {
        Some("text") => field("text").unwrap_or_default().to_owned(),
        Some(kind @ ("image" | "audio")) => {
            let size = bytes_of(field("data").unwrap_or_default());
            format!("[{kind} {}, {size}]", field("mimeType").unwrap_or("of no type"))
        }
        Some("resource") => block.get("resource").map_or_else(String::new, resource),
        Some("resource_link") => format!(
            "[resource {} {}]",
            field("uri").unwrap_or_default(),
            field("name").unwrap_or_default()
        ),
        _ => block.to_string(),
    }
}

/// The content of a resource in words.
pub(super) fn resource(content: &Value) -> String {
    let field = |name: &str| content.get(name).and_then(Value::as_str);
    let uri = field("uri").unwrap_or_default();
    let kind = field("mimeType").unwrap_or("of no type");
    match (field("text"), field("blob")) {
        (Some(text), _) => format!("[resource {uri}, {kind}]\n{text}"),
        (None, Some(blob)) => format!("[resource {uri}, {kind}, {}]", bytes_of(blob)),
        (None, None) => format!("[resource {uri}, {kind}]"),
    }
}

/// The size of what is encoded in base64.
fn bytes_of(encoded: &str) -> String {
    let bytes = encoded.trim_end_matches('=').len().saturating_mul(3) / 4;
    plural(bytes, "byte")
}

/// The line below an answer: how it is meant, how long it took, and what a provider needs to find the call in its own records.
pub(super) fn footing(called: &Called, peer: Option<&Peer>) -> String {
    let verdict = match &called.whole {
        Some(whole) if whole.is_success() => "success".to_owned(),
        Some(Whole::Error { .. }) => "refused (JSON-RPC error)".to_owned(),
        Some(Whole::Result(result)) if result.get("isError") == Some(&Value::Bool(true)) => {
            "refused (isError)".to_owned()
        }
        Some(Whole::Body { status, body }) if body.get("ok").is_none() => {
            format!("refused (status {status})")
        }
        Some(Whole::Body { .. } | Whole::Result(_)) => "refused (ok: false)".to_owned(),
        None => "no answer".to_owned(),
    };
    let mut parts = vec![verdict, format!("{} ms", called.waited.as_millis())];
    parts.extend(peer.map(server));
    parts.extend(called.trace.iter().map(|trace| format!("traceparent {trace}")));
    parts.join(" · ")
}

/// A server and the revision that it speaks, in words.
pub(super) fn server(peer: &Peer) -> String {
    let name = peer.name.as_deref().map(|name| report::one_line(name, 80));
    let version = peer
        .version
        .as_deref()
        .map(|version| report::one_line(version, 40));
    let mut words = vec![format!("MCP {}", peer.revision)];
    if let Some(name) = name {
        let version = version.map(|version| format!(" {version}")).unwrap_or_default();
        words.push(format!("{name}{version}"));
    }
    words.join(" · ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_of_content_has_its_words() {
        let rows = [
            (json!({ "type": "text", "text": "hi" }), "hi"),
            (
                json!({ "type": "image", "mimeType": "image/png", "data": "QUJD" }),
                "[image image/png, 3 bytes]",
            ),
            (
                json!({ "type": "resource", "resource": { "uri": "a:b", "mimeType": "text/plain", "text": "t" } }),
                "[resource a:b, text/plain]\nt",
            ),
            (
                json!({ "type": "resource", "resource": { "uri": "a:b", "blob": "QQ==" } }),
                "[resource a:b, of no type, 1 byte]",
            ),
            (
                json!({ "type": "resource_link", "uri": "a:b", "name": "B" }),
                "[resource a:b B]",
            ),
            (json!({ "type": "new" }), "{\"type\":\"new\"}"),
        ];
        for (block, words) in rows {
            assert_eq!(words_of(&block), words);
        }
    }

    #[test]
    fn a_text_that_mirrors_the_structured_content_is_not_shown_twice() {
        let structured = json!({ "result": "abc" });
        for (text, same) in [
            ("{\"result\": \"abc\"}", true),
            ("abc", true),
            ("3", false),
            ("Booked.", false),
        ] {
            assert_eq!(
                mirrors(&json!({ "type": "text", "text": text }), &structured),
                same,
                "{text}"
            );
        }
        let number = json!({ "type": "text", "text": "3" });
        assert!(mirrors(&number, &json!({ "result": 3 })));
    }
}
