//! A conversation as the suite of the protocol writes it, and what was heard in it as the suite reads it.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::run::HARNESS;
use crate::transport::{Conversation, Exchanger, Heard, Said, TransportError};

/// The time that an answer may take where the suite names none.
const LIMIT: Duration = Duration::from_secs(20);

/// The time that the first answer may take: a command has to start.
const STARTING: Duration = Duration::from_secs(60);

/// The longest text and the deepest nesting that is made.
const MOST: u64 = 4 * 1024 * 1024;

/// The time that a command has to end once its standard input is closed, where the question is another one.
const PATIENCE: Duration = Duration::from_secs(2);

/// The mark in a message that stands for something long or deep.
const MARK: &str = "\"@@\"";

/// A conversation that was held: what the suite reads, and how many messages were said.
pub(super) struct Held {
    pub(super) output: Value,
    pub(super) said: u32,
    pub(super) waited: Duration,
    /// Of a command: it ended by itself once its standard input was closed.
    pub(super) ended: Option<bool>,
}

impl Held {
    /// What a look at the server found out, which counts as one message.
    pub(super) fn of_look(output: Value) -> Self {
        Self {
            said: 1,
            ..Self::of_output(output)
        }
    }

    /// Nothing that was said yet, and this output.
    pub(super) fn of_output(output: Value) -> Self {
        Self {
            output,
            said: 0,
            waited: Duration::ZERO,
            ended: None,
        }
    }
}

/// How a server is spoken to.
#[derive(Debug, Clone)]
pub(super) struct Era {
    /// The revision that was agreed with it.
    pub(super) revision: String,
    /// Every request carries what a handshake would have agreed.
    pub(super) modern: bool,
}

/// Holds a conversation.
///
/// # Errors
///
/// The server cannot be asked at all.
pub(super) async fn hold(exchanger: &Exchanger, era: &Era, input: &Value) -> Result<Held, TransportError> {
    hold_and_wait(exchanger, era, input, PATIENCE).await
}

/// Holds a conversation, and waits so long for a command to end after it.
///
/// # Errors
///
/// The server cannot be asked at all.
pub(super) async fn hold_and_wait(
    exchanger: &Exchanger,
    era: &Era,
    input: &Value,
    patience: Duration,
) -> Result<Held, TransportError> {
    let mut talk = Talk {
        conversation: exchanger.open()?,
        era,
        headers: Vec::new(),
        opened: json!({}),
        session: false,
        said: 0,
        waited: Duration::ZERO,
    };
    let all = talk.all(input).await;
    let Talk {
        conversation,
        opened,
        session,
        said,
        waited,
        ..
    } = talk;
    let ended = conversation.close(patience).await;
    let heard = all?;
    Ok(Held {
        output: json!({ "heard": heard, "opened": opened, "session": session }),
        said,
        waited,
        ended,
    })
}

struct Talk<'e> {
    conversation: Conversation<'e>,
    era: &'e Era,
    /// The headers that the session adds.
    headers: Vec<(String, String)>,
    opened: Value,
    session: bool,
    said: u32,
    waited: Duration,
}

impl Talk<'_> {
    async fn all(&mut self, input: &Value) -> Result<Vec<Value>, TransportError> {
        let open = input.get("open") == Some(&Value::Bool(true));
        if open && !self.era.modern {
            self.open().await?;
        }
        let mut heard = Vec::new();
        for item in input.get("say").and_then(Value::as_array).into_iter().flatten() {
            let mut said = self.written(item, open);
            if self.said == 0 {
                said.limit = STARTING;
            }
            let answer = self.say(&said).await;
            if heard.is_empty() && !open {
                refused(&answer)?;
            }
            heard.push(as_json(&answer));
        }
        Ok(heard)
    }

    /// Begins as a client begins.
    async fn open(&mut self) -> Result<(), TransportError> {
        let (name, version) = HARNESS.split_once(' ').unwrap_or((HARNESS, "0"));
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": self.era.revision, "capabilities": {}, "clientInfo": { "name": name, "version": version } } });
        let opening = Said {
            limit: STARTING,
            ..plain(message.to_string(), true)
        };
        let begun = self.say(&opening).await;
        refused(&begun)?;
        if begun.reply().is_none() && begun.status.is_none() {
            return Err(begun.error.unwrap_or(TransportError::TimedOut(STARTING)));
        }
        let result = begun.reply().and_then(|reply| reply.get("result")).cloned();
        self.opened = result.filter(Value::is_object).unwrap_or_else(|| json!({}));
        let revision = self.opened.get("protocolVersion").and_then(Value::as_str);
        let revision = revision.unwrap_or(&self.era.revision).to_owned();
        if let Value::Object(opened) = &mut self.opened {
            opened.insert("other".to_owned(), Value::from(begun.other.unwrap_or_default()));
        }
        if let Some(session) = begun.headers.get("mcp-session-id").and_then(Value::as_str) {
            self.session = true;
            self.headers
                .push(("mcp-session-id".to_owned(), session.to_owned()));
        }
        if revision.as_str() >= "2025-06-18" {
            self.headers.push(("mcp-protocol-version".to_owned(), revision));
        }
        let done = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        self.say(&plain(done.to_string(), false)).await;
        Ok(())
    }

    async fn say(&mut self, said: &Said) -> Heard {
        let heard = self.conversation.say(said).await;
        self.said = self.said.saturating_add(1);
        self.waited = self.waited.saturating_add(heard.waited);
        heard
    }

    /// What is said, from what the suite wrote.
    fn written(&self, item: &Value, open: bool) -> Said {
        let field = |name: &str| item.get(name);
        let mut headers = self.headers.clone();
        let mut id = None;
        let mut text = field("text")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        if let Some(message) = field("message") {
            let mut message = message.clone();
            if open && self.era.modern {
                carry(&mut message, &self.era.revision, &mut headers);
            }
            text = message.to_string();
            id = message.get("id").cloned();
        }
        let number = |name: &str| field(name).and_then(Value::as_u64).unwrap_or(0).min(MOST);
        if let Ok(long @ 1..) = usize::try_from(number("long")) {
            text = text.replacen(MARK, &format!("\"{}\"", "x".repeat(long)), 1);
        }
        if let Ok(deep @ 1..) = usize::try_from(number("deep")) {
            text = text.replacen(MARK, &format!("{}{}", "[".repeat(deep), "]".repeat(deep)), 1);
        }
        for (name, value) in field("headers").and_then(Value::as_object).into_iter().flatten() {
            headers.retain(|(known, _)| known != name);
            headers.push((name.clone(), value.as_str().unwrap_or_default().to_owned()));
        }
        Said {
            text,
            method: field("method").and_then(Value::as_str).map(str::to_owned),
            headers,
            id,
            awaits: field("awaits") != Some(&Value::Bool(false)),
            limit: match number("within_ms") {
                0 => LIMIT,
                limit => Duration::from_millis(limit),
            },
        }
    }
}

fn plain(text: String, awaits: bool) -> Said {
    Said {
        text,
        id: Some(Value::from(1)).filter(|_| awaits),
        awaits,
        limit: LIMIT,
        ..Said::default()
    }
}

/// What the stateless revision wants of every request: it carries what a handshake would have agreed.
fn carry(message: &mut Value, revision: &str, headers: &mut Vec<(String, String)>) {
    let method = message.get("method").and_then(Value::as_str).unwrap_or_default();
    headers.push(("mcp-method".to_owned(), method.to_owned()));
    if let Some(name) = message.pointer("/params/name").and_then(Value::as_str) {
        headers.push(("mcp-name".to_owned(), name.to_owned()));
    }
    headers.push(("mcp-protocol-version".to_owned(), revision.to_owned()));
    let Some(fields) = message.as_object_mut() else {
        return;
    };
    let params = fields.entry("params").or_insert_with(|| json!({}));
    let Some(params) = params.as_object_mut() else {
        return;
    };
    let meta = params.entry("_meta").or_insert_with(|| json!({}));
    if let Some(meta) = meta.as_object_mut() {
        let (name, version) = HARNESS.split_once(' ').unwrap_or((HARNESS, "0"));
        for (key, value) in [
            ("protocolVersion", Value::from(revision)),
            ("clientInfo", json!({ "name": name, "version": version })),
            ("clientCapabilities", json!({})),
        ] {
            meta.entry(format!("io.modelcontextprotocol/{key}"))
                .or_insert(value);
        }
    }
}

/// A server that cannot be asked, or has not begun to answer, has answered nothing that could be wrong.
fn refused(heard: &Heard) -> Result<(), TransportError> {
    match &heard.error {
        Some(error) if !error.was_asked() => Err(error.clone()),
        _ if heard.late => Err(TransportError::TimedOut(heard.waited)),
        _ => Ok(()),
    }
}

/// What was heard, with every field there is.
fn as_json(heard: &Heard) -> Value {
    let reply = heard.reply();
    let error = reply.and_then(|reply| reply.get("error"));
    let part = |name: &str| {
        reply
            .and_then(|reply| reply.get(name))
            .cloned()
            .unwrap_or_default()
    };
    let of_error = |name: &str| error.and_then(|error| error.get(name)).cloned();
    let mut fields = Map::new();
    for (name, value) in [
        ("status", Value::from(heard.status.unwrap_or(0))),
        ("replied", Value::from(reply.is_some())),
        ("id", part("id")),
        // A code that is no number is none that the protocol knows.
        (
            "code",
            match error {
                Some(_) => Value::from(of_error("code").and_then(|code| code.as_i64()).unwrap_or(1)),
                None => Value::from(0),
            },
        ),
        (
            "words",
            Value::from(
                of_error("message")
                    .and_then(|words| words.as_str().map(str::to_owned))
                    .unwrap_or_default(),
            ),
        ),
        ("result", part("result")),
        ("data", of_error("data").unwrap_or_default()),
        ("other", Value::from(heard.other.clone().unwrap_or_default())),
        ("trouble", Value::from(heard.trouble.clone().unwrap_or_default())),
        ("late", Value::from(heard.late)),
    ] {
        fields.insert(name.to_owned(), value);
    }
    Value::Object(fields)
}
