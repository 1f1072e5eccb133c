//! What a provider lists: tools with what they say of themselves, prompts, resources.

use serde_json::{Map, Value, json};

use super::output::Printer;
use super::tool_answer::{resource, words_of};
use crate::app::{AppError, ListedTool, TransportError, Whole};
use crate::report;

/// The most characters of a name and of a description in a listing.
const LONGEST_NAME: usize = 80;
const LONGEST_WORDS: usize = 200;

/// What a tool says of its own behaviour, in words; none where it says nothing.
pub(super) fn annotations(tool: &ListedTool) -> Vec<&'static str> {
    let hint = |name: &str| tool.annotations.as_ref()?.get(name)?.as_bool();
    let reads = hint("readOnlyHint");
    let mut words = Vec::new();
    words.extend((reads == Some(true)).then_some("read-only"));
    if reads != Some(true) {
        words.extend(match hint("destructiveHint") {
            Some(true) => Some("destructive"),
            Some(false) => Some("additive"),
            None => None,
        });
    }
    words.extend((hint("idempotentHint") == Some(true)).then_some("idempotent"));
    words.extend(match hint("openWorldHint") {
        Some(true) => Some("open world"),
        Some(false) => Some("closed world"),
        None => None,
    });
    let support = tool
        .execution
        .as_ref()
        .and_then(|execution| execution.get("taskSupport"));
    words.extend((support.and_then(Value::as_str) == Some("required")).then_some("task only"));
    words
}

/// The line of a tool that has no contract.
pub(super) fn line_of(tool: &ListedTool) -> String {
    let words = [tool.title.as_deref(), tool.description.as_deref()];
    let words: Vec<_> = words
        .into_iter()
        .flatten()
        .filter(|words| !words.trim().is_empty())
        .collect();
    let mut line = match words.is_empty() {
        true => "(no description)".to_owned(),
        false => report::one_line(&words.join(": "), LONGEST_WORDS),
    };
    let annotations = annotations(tool);
    if !annotations.is_empty() {
        line = format!("{line} [{}]", annotations.join(", "));
    }
    line
}

/// A listed tool as JSON, in the shape of the listing.
pub(super) fn as_json(tool: &ListedTool) -> Value {
    let mut entry = Map::new();
    let text = |text: &Option<String>| text.clone().map(Value::String);
    let fields = [
        ("name", Some(Value::String(tool.name.clone()))),
        ("title", text(&tool.title)),
        ("description", text(&tool.description)),
        ("inputSchema", tool.input_schema.clone()),
        ("outputSchema", tool.output_schema.clone()),
        ("annotations", tool.annotations.clone()),
        ("execution", tool.execution.clone()),
    ];
    for (name, value) in fields {
        entry.extend(value.map(|value| (name.to_owned(), value)));
    }
    json!(entry)
}

/// Prints names beside what they are.
pub(super) fn columns(rows: &[(String, String)], printer: &Printer) {
    let rows: Vec<_> = rows
        .iter()
        .map(|(name, what)| (report::one_line(name, LONGEST_NAME), what))
        .collect();
    let widest = rows
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    for (name, what) in rows {
        printer.beside(&format!("{name:<widest$}  "), what);
    }
}

/// The entries of a listing other than of tools.
pub(super) fn entries<'w>(whole: &'w Whole, key: &str) -> Option<&'w [Value]> {
    let Whole::Result(result) = whole else { return None };
    result.get(key)?.as_array().map(Vec::as_slice)
}

/// The row of a prompt: its name, what it is, and what is filled in.
pub(super) fn prompt_row(prompt: &Value) -> (String, String) {
    let arguments = prompt.get("arguments").and_then(Value::as_array);
    let arguments: Vec<_> = arguments
        .into_iter()
        .flatten()
        .filter_map(|argument| {
            let name = argument.get("name")?.as_str()?;
            let needed = argument.get("required") == Some(&Value::Bool(true));
            Some(format!("{name}{}", if needed { "" } else { "?" }))
        })
        .collect();
    let takes = match arguments.is_empty() {
        true => String::new(),
        false => format!(" ({})", arguments.join(", ")),
    };
    (text(prompt, "name"), format!("{}{takes}", described(prompt)))
}

/// The row of a resource, or of a form of addresses.
pub(super) fn resource_row(entry: &Value, address: &str) -> (String, String) {
    let kind = entry.get("mimeType").and_then(Value::as_str);
    let kind = kind
        .map(|kind| format!(" [{}]", report::one_line(kind, LONGEST_NAME)))
        .unwrap_or_default();
    (text(entry, address), format!("{}{kind}", described(entry)))
}

fn described(entry: &Value) -> String {
    let words = ["title", "description"].map(|key| text(entry, key));
    let words: Vec<_> = words
        .iter()
        .map(String::as_str)
        .filter(|words| !words.is_empty())
        .collect();
    match words.is_empty() {
        true => report::one_line(&text(entry, "name"), LONGEST_WORDS),
        false => report::one_line(&words.join(": "), LONGEST_WORDS),
    }
}

fn text(entry: &Value, key: &str) -> String {
    entry
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// Prints a prompt that was filled in: who says what.
pub(super) fn prompt(result: &Value, printer: &Printer) -> Result<(), AppError> {
    let messages = result.get("messages").and_then(Value::as_array);
    let Some(messages) = messages else {
        return printer.json(result);
    };
    for message in messages {
        let words = message.get("content").map(words_of).unwrap_or_default();
        printer.line(&format!("{}: {words}", text(message, "role")));
    }
    Ok(())
}

/// Prints the contents of a resource.
pub(super) fn contents(result: &Value, printer: &Printer) -> Result<(), AppError> {
    let contents = result.get("contents").and_then(Value::as_array);
    let Some(contents) = contents else {
        return printer.json(result);
    };
    match contents.as_slice() {
        // One text alone is printed alone, for whoever pipes it on.
        [only] if only.get("text").is_some_and(Value::is_string) => printer.line(&text(only, "text")),
        all => all.iter().for_each(|content| printer.line(&resource(content))),
    }
    Ok(())
}

/// Why a listing is empty, in words that follow the name of the provider.
pub(super) fn none_of(what: &str, asked: Option<&Result<Whole, TransportError>>) -> String {
    match asked {
        None => format!("lists no {what}: only a server over MCP does"),
        Some(Err(error)) => error.to_string(),
        Some(Ok(Whole::Error { code: -32601, .. })) => format!("has no {what}"),
        Some(Ok(Whole::Error { code, message, .. })) => {
            format!(
                "answered with the JSON-RPC error {code} ({})",
                report::one_line(message, LONGEST_WORDS)
            )
        }
        Some(Ok(_)) => format!("answered without a list of {what}"),
    }
}
