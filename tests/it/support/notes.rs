//! A small MCP server that keeps notes, in the shape in which such servers are mostly written: results as they come, refusals as errors
//! in words, names with dashes and dots, schemas of draft-07, annotations.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::mcp_servers::{Form, method, polite};
use super::servers::{Request, Response, Server};

/// What the server does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lapse {
    /// Nothing.
    None,
    /// It takes a note without a title.
    TakesAnything,
    /// It says that a note is not there, as a success.
    HidesErrors,
    /// Its count, which says that it only reads, keeps a note of each reading.
    NotesReads,
    /// It refuses every note.
    RefusesAll,
    /// A note that comes while another one is being written is acknowledged and lost.
    LosesWrites,
    /// The first count keeps a note of itself, and no other does.
    NotesReadsOnce,
    /// Its list, which has a schema of its results, answers in a text alone.
    NoStructure,
    /// The text beside the structure of its list says something else.
    OtherText,
    /// What breaks a schema breaks the server: it answers with an internal error.
    BreaksOnInvalid,
    /// Its count breaks off in the middle of every answer.
    BreaksOff,
    /// Its list gets no further than the gateway.
    BadGateway,
    /// It has a page for every cursor, also for one that it never gave.
    TakesAnyCursor,
}

/// A running server.
pub(crate) struct Notes {
    pub(crate) server: Server,
    notes: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Notes {
    pub(crate) fn start(lapse: Lapse) -> Self {
        let notes = Arc::new(Mutex::new(BTreeMap::new()));
        let server = Server::start(Self::handler(lapse, Arc::clone(&notes)));
        Self { server, notes }
    }

    /// What such a server answers; `kept` are its notes.
    pub(crate) fn handler(
        lapse: Lapse,
        kept: Arc<Mutex<BTreeMap<String, String>>>,
    ) -> impl Fn(&Request) -> Response + Send + Sync + 'static {
        let busy = Mutex::new(None::<Instant>);
        move |request| {
            if let Some(refused) = refused(request) {
                return refused;
            }
            match method(request).as_str() {
                "tools/list"
                    if lapse != Lapse::TakesAnyCursor && request.json()["params"]["cursor"].is_string() =>
                {
                    Form::Json.error(request, -32602, "Invalid cursor")
                }
                "tools/list" => Form::Json.result(request, &listing()),
                "tools/call" => {
                    let params = &request.json()["params"];
                    let (tool, input) = (params["name"].as_str().unwrap_or_default(), &params["arguments"]);
                    match (lapse, tool) {
                        (Lapse::BreaksOff, "countNotes") => {
                            return Response::Raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{".to_vec());
                        }
                        (Lapse::BadGateway, "notes.list") => return Response::Json(502, json!({})),
                        _ => {}
                    }
                    let mut kept = kept.lock().unwrap();
                    if lapse != Lapse::LosesWrites || tool != "add-note" {
                        return called(lapse, request, tool, input, &mut kept);
                    }
                    let mut busy = busy.lock().unwrap();
                    let before = kept.clone();
                    let answer = called(lapse, request, tool, input, &mut kept);
                    if busy.is_some_and(|until| Instant::now() < until) {
                        *kept = before;
                    }
                    *busy = Some(Instant::now() + WRITING);
                    Response::Late(WRITING, Box::new(answer))
                }
                "initialize" => polite(Form::Json, request),
                other if other.starts_with("notifications/") => polite(Form::Json, request),
                _ => Form::Json.error(request, -32601, "Method not found"),
            }
        }
    }

    /// The titles of what is kept.
    pub(crate) fn titles(&self) -> Vec<String> {
        self.notes.lock().unwrap().keys().cloned().collect()
    }

    /// The names of the tools that were called, in order, each once.
    pub(crate) fn called(&self) -> Vec<String> {
        let mut called: Vec<String> = Vec::new();
        for request in self.server.requests() {
            if method(&request) == "tools/call" {
                let name = request.json()["params"]["name"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                if !called.contains(&name) {
                    called.push(name);
                }
            }
        }
        called
    }
}

/// The time that a note takes to be written, where that matters.
const WRITING: Duration = Duration::from_millis(30);

/// What a server over HTTP refuses before it looks at the message.
fn refused(request: &Request) -> Option<Response> {
    let plain = |status: u16| Some(Response::text(status, "text/plain", "refused"));
    if request.header("origin").is_some() {
        return plain(403);
    }
    if request
        .header("mcp-protocol-version")
        .is_some_and(|version| version < "2024")
    {
        return plain(400);
    }
    match request.method.as_str() {
        "POST" if serde_json::from_slice::<Value>(&request.body).is_err() => plain(400),
        "POST" => None,
        _ => plain(405),
    }
}

/// What `tools/list` says.
pub(crate) fn listing() -> Value {
    let title = json!({ "type": "string", "minLength": 1, "maxLength": 200, "description": "The title." });
    let input = |fields: Value, required: &[&str]| {
        json!({ "$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
            "properties": fields, "required": required, "additionalProperties": false })
    };
    let empty = json!({ "type": "object", "properties": {} });
    let notes = json!({ "type": "object", "required": ["notes"], "properties": {
        "notes": { "type": "array", "items": { "$ref": "#/definitions/note" } } },
        "definitions": { "note": { "type": "object", "required": ["title"],
            "properties": { "title": { "type": "string" }, "text": { "type": "string", "x-shown": true, "nullable": true } } } } });
    json!({ "tools": [
        { "name": "add-note", "title": "Add a note", "description": "Keeps a note under its title.\nA title that is taken is refused.",
          "inputSchema": input(json!({ "title": title, "text": { "type": "string" } }), &["title", "text"]) },
        { "name": "delete-note", "description": "Deletes a note.",
          "inputSchema": input(json!({ "title": title }), &["title"]),
          "annotations": { "destructiveHint": true, "idempotentHint": true } },
        { "name": "notes.list", "description": "Lists all notes.", "inputSchema": empty, "outputSchema": notes,
          "annotations": { "readOnlyHint": true } },
        { "name": "countNotes", "description": "Counts the notes.", "inputSchema": { "type": "object" },
          "annotations": { "readOnlyHint": true, "idempotentHint": true } },
    ] })
}

fn called(
    lapse: Lapse,
    request: &Request,
    tool: &str,
    input: &Value,
    notes: &mut BTreeMap<String, String>,
) -> Response {
    let text = |text: &str, is_error: bool| {
        let content = json!([{ "type": "text", "text": text }]);
        Form::Json.result(request, &json!({ "content": content, "isError": is_error }))
    };
    let fields: &[&str] = match tool {
        "add-note" => &["title", "text"],
        "delete-note" => &["title"],
        "notes.list" | "countNotes" => &[],
        _ => return Form::Json.error(request, -32602, &format!("Unknown tool: {tool}")),
    };
    let fits = |name: &&str| {
        let value = input[*name].as_str();
        value.is_some_and(|text| *name == "text" || (1..=200).contains(&text.chars().count()))
    };
    let known = |name: &String| fields.contains(&name.as_str());
    let is_closed = !fields.is_empty();
    let valid = fields.iter().all(fits)
        && (!is_closed || input.as_object().is_some_and(|object| object.keys().all(known)));
    if !valid && lapse != Lapse::TakesAnything {
        return match lapse {
            Lapse::BreaksOnInvalid => Form::Json.error(request, -32603, "title.length of undefined"),
            _ => Form::Json.error(request, -32602, "Invalid arguments: title or text"),
        };
    }
    let title = input["title"].as_str().unwrap_or("untitled").to_owned();
    match tool {
        "add-note" if lapse == Lapse::RefusesAll => text("Error: the disk is full", true),
        "add-note" if notes.contains_key(&title) => text("Error: a note with this title exists", true),
        "add-note" => {
            notes.insert(title, input["text"].as_str().unwrap_or_default().to_owned());
            text("Kept.", false)
        }
        "delete-note" => match notes.remove(&title) {
            Some(_) => text("Deleted.", false),
            None => text("Error: no such note (ENOENT)", lapse != Lapse::HidesErrors),
        },
        "notes.list" => {
            let listed: Vec<_> = notes
                .iter()
                .map(|(title, text)| json!({ "title": title, "text": text }))
                .collect();
            let output = json!({ "notes": listed });
            let said = match lapse {
                Lapse::OtherText => "All the notes.".to_owned(),
                _ => output.to_string(),
            };
            let content = json!([{ "type": "text", "text": said }]);
            let result = match lapse {
                Lapse::NoStructure => json!({ "content": content }),
                _ => json!({ "content": content, "structuredContent": output }),
            };
            Form::Json.result(request, &result)
        }
        _ => {
            let once =
                lapse == Lapse::NotesReadsOnce && !notes.keys().any(|title| title.starts_with("reading"));
            if lapse == Lapse::NotesReads || once {
                notes.insert(format!("reading {}", notes.len()), String::new());
            }
            text(&notes.len().to_string(), false)
        }
    }
}
