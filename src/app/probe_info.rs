//! What a probe tells of a server that is worth knowing and no fault: notes of the run, which change no outcome.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::probe_talk::{Era, Held, hold_and_wait};
use crate::model::plural;
use crate::transport::Exchanger;

/// The most names in a note.
const MOST_NAMES: usize = 5;

/// The time that an answer may take which a server need not give, in milliseconds.
const PATIENCE_MS: u64 = 2_000;

/// The time that a command has to end once its standard input is closed. Under load, an interpreter takes a while.
const TO_END: Duration = Duration::from_secs(10);

/// The revision that took batches of requests out again.
const WITHOUT_BATCHES: &str = "2025-06-18";

/// What is told of a server with these tools. A conversation of its own is held for it, in which no tool is called.
pub(super) async fn notes(exchanger: &Exchanger, era: &Era, tools: &[Value]) -> Vec<String> {
    let mut notes = of_listing(tools);
    // Whoever does not even answer this is accused elsewhere.
    let questions = questions(exchanger.is_http());
    if let Ok(held) = hold_and_wait(exchanger, era, &questions, TO_END).await {
        notes.extend(of_conversation(&held, exchanger.is_http(), era));
    }
    notes
}

/// What the listing shows.
fn of_listing(tools: &[Value]) -> Vec<String> {
    let names = |wanted: &dyn Fn(&Value) -> bool| -> Vec<String> {
        let found = tools.iter().filter(|tool| wanted(tool));
        found.map(|tool| name(tool).to_owned()).collect()
    };
    let says_nothing = |tool: &Value| {
        let description = tool.get("description").and_then(Value::as_str);
        description.is_none_or(|text| text.trim().is_empty())
    };
    let has_no_hints = |tool: &Value| {
        let annotations = tool.get("annotations").and_then(Value::as_object);
        !annotations.is_some_and(|all| all.keys().any(|key| key.ends_with("Hint")))
    };
    let mut notes = Vec::new();
    for (what, found) in [
        ("without a description", names(&says_nothing)),
        ("without annotations", names(&has_no_hints)),
    ] {
        if !found.is_empty() {
            notes.push(format!(
                "it lists {} {what}: {}",
                plural(found.len(), "tool"),
                some(&found)
            ));
        }
    }
    for tool in tools {
        for problem in headers(tool.get("inputSchema").unwrap_or(&Value::Null)) {
            notes.push(format!("an `x-mcp-header` of {} {problem}", name(tool)));
        }
    }
    notes
}

fn name(tool: &Value) -> &str {
    tool.get("name").and_then(Value::as_str).unwrap_or_default()
}

fn some(names: &[String]) -> String {
    let more = if names.len() > MOST_NAMES { ", …" } else { "" };
    let some: Vec<_> = names.iter().take(MOST_NAMES).map(String::as_str).collect();
    format!("{}{more}", some.join(", "))
}

/// What is wrong with the headers that a schema names for its arguments (MCP 2026-07-28, tools, `x-mcp-header`).
fn headers(schema: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let mut taken = BTreeSet::new();
    let fields = schema.get("properties").and_then(Value::as_object);
    for (field, schema) in fields.into_iter().flatten() {
        let Some(header) = schema.get("x-mcp-header") else {
            continue;
        };
        let is_token = |text: &str| {
            let part = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
            !text.is_empty() && text.chars().all(part)
        };
        let Some(header) = header.as_str().filter(|text| is_token(text)) else {
            problems.push(format!("is no name of a header, that of `{field}`"));
            continue;
        };
        if !taken.insert(header.to_ascii_lowercase()) {
            problems.push(format!("stands twice, `{header}`"));
        }
        let kind = schema.get("type").and_then(Value::as_str);
        if !matches!(kind, Some("string" | "integer" | "boolean")) {
            problems.push(format!(
                "stands at `{field}`, which is no text, whole number or truth value"
            ));
        }
    }
    problems
}

/// What is asked: a page that there is not, what else there is to list, several requests at once; of a command, a line that is no message,
/// which comes last, for it may be the last that is answered.
fn questions(is_http: bool) -> Value {
    let message = |id: u32, method: &str, params: &Value| json!({ "message": { "jsonrpc": "2.0", "id": id, "method": method, "params": params } });
    let batch: Vec<_> = (95..97)
        .map(|id| json!({ "jsonrpc": "2.0", "id": id, "method": "tools/list", "params": {} }))
        .collect();
    let mut say = vec![
        message(91, "tools/list", &json!({ "cursor": "proofhouse-no-such-page" })),
        message(92, "prompts/list", &json!({})),
        message(93, "resources/list", &json!({})),
        json!({ "text": Value::from(batch).to_string(), "within_ms": PATIENCE_MS }),
    ];
    if !is_http {
        say.push(
            json!({ "text": "{\"jsonrpc\": \"2.0\", \"id\": 97, \"method\"", "within_ms": PATIENCE_MS }),
        );
    }
    json!({ "open": true, "say": say })
}

fn of_conversation(held: &Held, is_http: bool, era: &Era) -> Vec<String> {
    let mut notes = Vec::new();
    let heard = |at: usize, field: &str| {
        let found = held.output.pointer(&format!("/heard/{at}/{field}"));
        found.cloned().unwrap_or_default()
    };
    let succeeded = |at: usize| heard(at, "replied") == true && heard(at, "code") == 0;
    if succeeded(0) {
        notes.push(
            "it answers a cursor that it never gave with a page of tools, and not with -32602".to_owned(),
        );
    }
    let number = |at: usize, what: &str| {
        let found = heard(at, &format!("result/{what}"));
        found.as_array().map_or(0, Vec::len)
    };
    let (prompts, resources) = (number(1, "prompts"), number(2, "resources"));
    if prompts + resources > 0 {
        notes.push(format!(
            "it lists {} and {} as well, which a probe does not read",
            plural(prompts, "prompt"),
            plural(resources, "resource")
        ));
    }
    let knows_batches = !era.modern && era.revision.as_str() < WITHOUT_BATCHES;
    if succeeded(3) && !knows_batches {
        notes.push("it answers a batch of requests, which its revision of MCP does not have".to_owned());
    }
    if !is_http && heard(4, "replied") != true {
        notes.push("it does not answer a line that is no JSON (-32700)".to_owned());
    }
    if held.ended == Some(false) {
        notes.push(format!(
            "it does not end within {} s of its standard input being closed, and had to be killed",
            TO_END.as_secs()
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_shows_what_is_odd_and_nothing_else() {
        let era = |revision: &str| Era {
            revision: revision.to_owned(),
            modern: false,
        };
        let answered = json!({ "replied": true, "code": 0, "result": { "tools": [], "prompts": [{}], "resources": [] } });
        let refused = json!({ "replied": true, "code": -32602, "result": null });
        let silent = json!({ "replied": false, "code": 0, "result": null });
        let held = |heard: [&Value; 5], ended| Held {
            ended: Some(ended),
            ..Held::of_output(json!({ "heard": heard }))
        };
        let fine = held([&refused; 5], true);
        assert_eq!(of_conversation(&fine, false, &era("2025-11-25")), [""; 0]);
        let odd = held([&answered, &answered, &refused, &answered, &silent], false);
        let told = of_conversation(&odd, false, &era("2025-11-25"));
        for (note, begins) in told.iter().zip([
            "it answers a cursor that it never gave",
            "it lists 1 prompt and 0 resources",
            "it answers a batch of requests",
            "it does not answer a line that is no JSON",
            "it does not end within 10 s",
        ]) {
            assert!(note.starts_with(begins), "{note}");
        }
        assert_eq!(told.len(), 5, "{told:?}");
        assert_eq!(of_conversation(&odd, true, &era("2025-03-26")).len(), 3);
    }

    #[test]
    fn a_listing_shows_what_its_tools_lack() {
        let tools = [
            json!({ "name": "a", "inputSchema": { "type": "object", "properties": {
                "city": { "type": "string", "x-mcp-header": "City" }, "town": { "type": "string", "x-mcp-header": "city" },
                "size": { "type": "object", "x-mcp-header": "Size" }, "odd": { "type": "string", "x-mcp-header": "a b" } } } }),
            json!({ "name": "b", "description": "Does.", "annotations": { "title": "B" } }),
            json!({ "name": "c", "description": "Does.", "annotations": { "readOnlyHint": false } }),
        ];
        assert_eq!(
            of_listing(&tools),
            [
                "it lists 1 tool without a description: a",
                "it lists 2 tools without annotations: a, b",
                "an `x-mcp-header` of a stands twice, `city`",
                "an `x-mcp-header` of a stands at `size`, which is no text, whole number or truth value",
                "an `x-mcp-header` of a is no name of a header, that of `odd`",
            ]
            .map(str::to_owned)
            .into_iter()
            .collect::<Vec<_>>()
        );
    }
}
