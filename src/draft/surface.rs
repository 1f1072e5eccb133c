//! What the answers of one tool show by themselves.

use serde_json::Value;

use super::file::Purpose;
use super::steps::{alone, first_call, head, its_input};
use super::text::{input, quoted};
use super::tool::{Drafted, read};
use crate::capability::{GeneratedRow, negatives};

/// Words with which an answer begins that tells of an error.
const ERROR: &str = "(?i)^ *(database |internal |unexpected |unhandled |server |sql |sqlite )?(error|exception|traceback)[^a-z]*:";

/// The rule of a contract that [`counts_no_calls`] verifies, and its words.
pub(super) const COUNTS_NO_CALLS: &str = "counts-no-calls";
pub(super) const COUNTS_NO_CALLS_WORDS: &str =
    "A tool that says that a call changes nothing, or nothing more, does not count its calls.";

/// An answer that begins like an error is marked as one. A tool that was asked for something with that word may well repeat it.
pub(super) fn hides_no_error(tool: &Drafted<'_>) -> Option<String> {
    let sent = tool.sample.as_ref().map(ToString::to_string).unwrap_or_default();
    if sent.to_lowercase().contains("error") || tool.tool.name.to_lowercase().contains("error") {
        return None;
    }
    let title = "An answer that tells of an error is marked as one";
    let head = head(
        tool,
        "marks_its_errors",
        title,
        "should",
        "output-schema",
        alone(tool),
    );
    let (name, input, wire) = (&tool.id, its_input(tool), &tool.tool.name);
    Some(format!(
        "{head}steps:\n  - id: answered\n    call: {name}\n    sending: a valid input\n    input: {input}\n    expect:\n      that:\n        \
         - when: \"!is_error\"\n          check: \"!text.matches('{ERROR}')\"\n          otherwise: {}\n        \
         - check: \"!text.contains('Traceback (most recent call last)')\"\n          otherwise: {}\n",
        quoted(&format!(
            "{wire} answers with an error in words that is not marked by `isError`: ${{ text }}"
        )),
        quoted(&format!("{wire} answers with a stack trace")),
    ))
}

/// A tool that lists a schema of its results answers with structured content (MCP, tools, output schema).
pub(super) fn is_structured(tool: &Drafted<'_>, id: &str) -> String {
    if tool.tool.output.is_none() {
        return String::new();
    }
    let otherwise = format!(
        "{} lists an `outputSchema` and answers without `structuredContent`",
        tool.tool.name
    );
    format!(
        "  - that:\n      - when: \"!{id}.is_error\"\n        check: {id}.is_structured\n        otherwise: {}\n",
        quoted(&otherwise)
    )
}

/// Structured content stands in a text too, for clients that read no other (MCP, tools, structured content).
pub(super) fn mirrors_its_structure(tool: &Drafted<'_>, purpose: Purpose) -> Option<String> {
    tool.tool.output.as_ref()?;
    let title = "Structured content stands in a text as well";
    let head = head(
        tool,
        "mirrors_its_structure",
        title,
        "should",
        "output-schema",
        alone(tool),
    );
    let otherwise = format!(
        "{} answers with structured content that no text beside it repeats: clients that read texts alone do not see it",
        tool.tool.name
    );
    Some(format!(
        "{head}steps:\n{}  - that:\n      - check: answered.is_mirrored\n        otherwise: {}\n",
        first_call(tool, "answered", purpose),
        quoted(&otherwise)
    ))
}

/// No input breaks the server: what it refuses, it refuses in the way that is agreed for it.
pub(super) fn breaks_on_no_input(tool: &Drafted<'_>) -> Option<String> {
    let schema = tool.input.as_ref().ok()?;
    let sample = tool.sample.as_ref()?;
    let rows = negatives(schema, &read(&tool.output()).ok()?);
    let tells = |row: &&GeneratedRow| {
        row.keyword != "format" && row.left_out().is_none() && !row.what.contains("written as text")
    };
    let (what, value) = rows
        .iter()
        .filter(tells)
        .find_map(|row| Some((row.what.as_str(), row.made(schema, sample).ok()?)))?;
    let title = "An input is refused by -32602 or `isError`, and never by an internal error";
    let head = head(
        tool,
        "breaks_on_no_input",
        title,
        "should",
        "input-schema",
        alone(tool),
    );
    let (name, wire) = (&tool.id, &tool.tool.name);
    let call = |what: &str, more: &str, value: &str| {
        let otherwise = format!("{wire} answers {what} with an internal error (-32603): ${{ text }}");
        format!(
            "  - call: {name}\n    sending: {}\n{more}    input: {value}\n    expect:\n      that:\n        \
             - check: \"!is_error || !text.contains('JSON-RPC error -32603')\"\n          otherwise: {}\n",
            quoted(what),
            quoted(&otherwise)
        )
    };
    Some(format!(
        "{head}steps:\n{}{}",
        call("a valid input", "", &its_input(tool)),
        call(what, "    invalid_input: true\n", &input(&value))
    ))
}

/// A tool that says that a call changes nothing, or nothing more, has no number in its answer that is one more after each of the same
/// calls. The tool takes an input: a reader of statistics may count what it is asked.
pub(super) fn counts_no_calls(tool: &Drafted<'_>, purpose: Purpose) -> Option<String> {
    let hints = tool.tool.hints;
    let says = match (hints.read_only, hints.idempotent) {
        (true, _) => "readOnlyHint",
        (false, true) => "idempotentHint",
        (false, false) => return None,
    };
    if tool.takes_nothing() || tool.sample.is_none() {
        return None;
    }
    let numbers = numbers_of(tool);
    if numbers.is_empty() {
        return None;
    }
    let title = "The same call again does not count up what the tool answers";
    let more = "exclusive: true\n";
    let head = head(tool, "counts_no_calls", title, "must", COUNTS_NO_CALLS, more);
    let (name, input, wire) = (&tool.id, its_input(tool), &tool.tool.name);
    let calls: String = ["second", "third", "fourth"]
        .iter()
        .map(|id| {
            format!(
                "  - id: {id}\n    call: {name}\n    sending: the same input again\n    input: {input}\n    expect: {{ ok: true }}\n"
            )
        })
        .collect();
    let checks: String = numbers
        .iter()
        .map(|number| {
            let later = |id: &str, more: u8| {
                format!("get({id}.output, '{number}', 0) == get(first.output, '{number}', 0) + {more}")
            };
            format!(
                "      - check: \"!({} && {} && {})\"\n        otherwise: {}\n",
                later("second", 1),
                later("third", 2),
                later("fourth", 3),
                quoted(&format!(
                    "{wire} says `{says}: true`, and `{number}` in its answer is one more after each of the same calls: \
                     ${{ get(first.output, '{number}', 0) }}, then ${{ get(fourth.output, '{number}', 0) }} after three more"
                ))
            )
        })
        .collect();
    Some(format!(
        "{head}steps:\n{}{calls}  - that:\n{checks}",
        first_call(tool, "first", purpose)
    ))
}

/// The whole numbers at the top of its answers that it was not sent.
fn numbers_of(tool: &Drafted<'_>) -> Vec<String> {
    let fields = |schema: Option<&Value>| {
        let fields = schema.and_then(|schema| schema.get("properties"));
        fields.and_then(Value::as_object).cloned().unwrap_or_default()
    };
    let sent = fields(Some(&tool.tool.input));
    let plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    fields(tool.tool.output.as_ref())
        .into_iter()
        .filter(|(name, schema)| {
            let kind = schema.get("type").and_then(Value::as_str);
            matches!(kind, Some("integer" | "number")) && plain(name) && !sent.contains_key(name)
        })
        .map(|(name, _)| name)
        .collect()
}
