//! Conversations with a server, whatever the binding.

use std::time::Duration;

use reqwest::Url;

use super::command::CommandTalk;
use super::http::HttpTalk;
use super::words::{Heard, Said};
use crate::transport::error::TransportError;
use crate::transport::sender::Sender;
use crate::transport::stdio::StdioWire;
use crate::transport::types::Limits;

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
    pub(in crate::transport) fn of_http(sender: Sender, url: Url, limits: Limits) -> Self {
        Self {
            kind: Kind::Http { sender, url },
            limits,
        }
    }

    pub(in crate::transport) fn of_command(wire: StdioWire, limits: Limits) -> Self {
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

    /// Ends it. Of a command, says whether it ended by itself in so long a time, once its standard input was closed.
    pub async fn close(self, patience: Duration) -> Option<bool> {
        match self.talk {
            Talk::Http(_) => None,
            Talk::Command(talk) => Some(talk.close(patience).await),
        }
    }
}
