//! Conversations beside the client: texts go out as they stand, also those that no client should send, and what comes back is told as it
//! came. Each conversation has a connection of its own.
//!
//! It owns the caps and the waits, and refuses to say what is right.

mod command;
mod http;

use std::time::Duration;

use reqwest::Url;
use serde_json::{Map, Value};

use super::error::TransportError;
use super::sender::Sender;
use super::stdio::StdioWire;
use super::types::Limits;
use command::CommandTalk;
use http::HttpTalk;

/// The most characters that are kept of a text that is no message.
const KEPT_TEXT: usize = 2_000;

/// What is said.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// The text: a message, or what should be one.
    pub text: String,
    /// Over HTTP: the method. POST where there is none.
    pub method: Option<String>,
    /// Over HTTP: headers beside those of every request.
    pub headers: Vec<(String, String)>,
    /// The id of the request, if it is one.
    pub id: Option<Value>,
    /// True if an answer is waited for.
    pub awaits: bool,
    /// The time that the answer may take.
    pub limit: Duration,
}

/// What was heard.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// Over HTTP: the status.
    pub status: Option<u16>,
    /// Over HTTP: the headers, by their names in lower case.
    pub headers: Map<String, Value>,
    /// The messages that came, the reply last.
    pub messages: Vec<Value>,
    /// The start of what came and is no message.
    pub other: Option<String>,
    /// Why nothing came, in words.
    pub trouble: Option<String>,
    /// The error of the connection, if that is why.
    pub error: Option<TransportError>,
    /// True if the answer did not come in time.
    pub late: bool,
    /// The time that it took.
    pub waited: Duration,
}

impl Heard {
    /// The reply: the last message with a result or an error.
    pub fn reply(&self) -> Option<&Value> {
        self.messages.iter().rev().find(|message| is_reply(message))
    }

    fn failed(error: &TransportError) -> Self {
        Self {
            late: matches!(error, TransportError::TimedOut(_)),
            trouble: Some(error.to_string()),
            error: Some(error.clone()),
            ..Self::default()
        }
    }
}

/// The way to a server for conversations.
pub struct Exchanger {
    kind: Kind,
    limits: Limits,
}

enum Kind {
    Http { sender: Sender, url: Url },
    Command(StdioWire),
}

impl Exchanger {
    pub(super) fn of_http(sender: Sender, url: Url, limits: Limits) -> Self {
        Self {
            kind: Kind::Http { sender, url },
            limits,
        }
    }

    pub(super) fn of_command(wire: StdioWire, limits: Limits) -> Self {
        Self {
            kind: Kind::Command(wire),
            limits,
        }
    }

    /// Returns true if it goes over HTTP.
    pub fn is_http(&self) -> bool {
        matches!(self.kind, Kind::Http { .. })
    }

    /// Begins a conversation. A command is started for it.
    ///
    /// # Errors
    ///
    /// The command cannot be started.
    pub fn open(&self) -> Result<Conversation<'_>, TransportError> {
        Ok(Conversation {
            talk: match &self.kind {
                Kind::Http { sender, url } => Talk::Http(HttpTalk {
                    sender,
                    url,
                    limits: &self.limits,
                }),
                Kind::Command(wire) => Talk::Command(Box::new(CommandTalk::start(wire, &self.limits)?)),
            },
        })
    }
}

/// One conversation.
pub struct Conversation<'e> {
    talk: Talk<'e>,
}

enum Talk<'e> {
    Http(HttpTalk<'e>),
    Command(Box<CommandTalk<'e>>),
}

impl Conversation<'_> {
    /// Says something, and waits for the answer where one is awaited.
    pub async fn say(&mut self, said: &Said) -> Heard {
        match &mut self.talk {
            Talk::Http(talk) => talk.say(said).await,
            Talk::Command(talk) => talk.say(said).await,
        }
    }

    /// Ends it. Of a command, says whether it ended by itself once its standard input was closed.
    pub async fn close(self) -> Option<bool> {
        match self.talk {
            Talk::Http(_) => None,
            Talk::Command(talk) => Some(talk.close().await),
        }
    }
}

/// Returns true for a message that answers a request.
fn is_reply(message: &Value) -> bool {
    message.get("result").is_some() || message.get("error").is_some()
}

/// The messages in a text: one, or those of a batch. None where it is no JSON.
fn messages_in(text: &[u8], limits: &Limits) -> Option<Vec<Value>> {
    let text = super::parse_answer::without_bom(text);
    if super::parse_answer::deeper_than(text, limits.body_depth.saturating_mul(2)) {
        return None;
    }
    match serde_json::from_slice(text).ok()? {
        Value::Array(messages) => Some(messages),
        message @ Value::Object(_) => Some(vec![message]),
        _ => None,
    }
}

/// The start of a text that is no message.
fn start(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes.get(..KEPT_TEXT).unwrap_or(bytes));
    text.trim().to_owned()
}
