//! The transport of both MCP bindings: tools called in a session, answers parsed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::{Mutex, MutexGuard};
use rmcp::model::ErrorCode;
use serde_json::{Value, json};

use super::handshake;
use super::line::{Line, LineError, ResponseMeta, Wire};
use super::message::{Message, Reply as RpcReply, RpcError, Writer};
use super::parse_answer::{content, facts};
use super::session::{McpSession, SessionError, Sessions};
use crate::model::{Exchange, Facts, Redactor};
use crate::transport::error::TransportError;
use crate::transport::listing;
use crate::transport::raw::{Raw, RawAnswer, RawReply, Request};
use crate::transport::record::Recorder;
use crate::transport::types::{Call, Limits, ListedTool, Reply, Transport};

/// The number of pages of a listing that are read.
const MOST_PAGES: usize = 64;

/// The way to one provider over MCP.
pub(in crate::transport) struct McpTransport<W: Wire> {
    wire: W,
    writer: Writer,
    limits: Limits,
    recorder: Arc<Recorder>,
    /// The URL or the command, as a record shows it.
    target: String,
    sessions: Sessions<W::Line>,
    /// The names of the tools that the provider lists, once they have been read.
    listed: Mutex<Option<BTreeSet<String>>>,
    /// What is wrong with the listing.
    complaints: Mutex<Vec<String>>,
}

/// The cost of a call so far.
#[derive(Default)]
struct Spent {
    waited: Duration,
    attempts: u32,
}

impl<W: Wire> McpTransport<W> {
    pub(in crate::transport) fn new(
        wire: W,
        user_agent: &str,
        limits: Limits,
        recorder: Arc<Recorder>,
        target: String,
    ) -> Self {
        Self {
            wire,
            writer: Writer::new(user_agent),
            limits,
            recorder,
            target,
            sessions: Sessions::default(),
            listed: Mutex::default(),
            complaints: Mutex::default(),
        }
    }

    fn redact(&self, text: String) -> String {
        self.recorder.redact(text)
    }

    /// Sends a request in the session, once more in a new one where the server has forgotten the old (404).
    async fn ask(
        &self,
        write: impl Fn(i64) -> Message + Sync,
        limit: Duration,
        spent: &mut Spent,
    ) -> Result<(RpcReply, ResponseMeta), SessionError> {
        let mut first = true;
        loop {
            let redact = |text| self.redact(text);
            let opening = handshake::open(&self.wire, &self.writer, limit, &redact);
            let session = self.sessions.get(opening).await?;
            let sent = session.line.ask(&self.written(&session, &write), limit).await;
            spent.waited = spent.waited.saturating_add(sent.waited);
            spent.attempts = spent.attempts.saturating_add(sent.attempts);
            // A connection that broke after it gave this reply is kept: the next call reports its end.
            let is_over = sent.reply.is_err() && session.line.is_over();
            if is_over || sent.reply == Err(LineError::SessionGone) {
                self.sessions.forget(&session).await;
            }
            let error = match sent.reply {
                Ok(reply) => return Ok((reply, sent.meta)),
                Err(LineError::SessionGone) if first => {
                    first = false;
                    continue;
                }
                Err(LineError::SessionGone) => TransportError::NoSuchTool("404".to_owned()),
                Err(LineError::TransportError(error)) => error,
            };
            return Err(SessionError {
                error,
                meta: sent.meta,
            });
        }
    }

    fn written(&self, session: &McpSession<W::Line>, write: &impl Fn(i64) -> Message) -> Message {
        let message = write(self.wire.next_id());
        if session.stateless {
            self.writer.stateless(message)
        } else {
            message
        }
    }

    /// What a reply to a call says.
    async fn facts(
        &self,
        call: Call<'_>,
        reply: RpcReply,
        meta: &ResponseMeta,
        limit: Duration,
    ) -> Result<Facts, TransportError> {
        let redact = |text| self.redact(text);
        let facts = match reply {
            Ok(result) => facts(result, call.reading.shape(), &self.limits, &redact)?,
            Err(error) if error.is(ErrorCode::INVALID_PARAMS) => {
                self.refused(call.tool, &error, limit).await?;
                Facts::of_refusal_unread(&error.message)
            }
            Err(error) => {
                return Err(TransportError::Protocol(format!(
                    "answered with {}",
                    handshake::described(&error, &redact)
                )));
            }
        };
        Ok(Facts {
            status: meta.status,
            ..facts
        })
    }

    /// The content of a reply to a call of a tool of the provider's own. Arguments that its protocol refused are an error with a code.
    async fn raw_answer(
        &self,
        tool: &str,
        reply: RpcReply,
        meta: &ResponseMeta,
        limit: Duration,
    ) -> Result<RawAnswer, TransportError> {
        let (body, is_error) = match reply {
            Ok(result) => {
                let is_error = result.get("isError") == Some(&Value::Bool(true));
                (
                    content(&result, &self.limits, &|text| self.redact(text))?,
                    is_error,
                )
            }
            Err(error) if error.is(ErrorCode::INVALID_PARAMS) => {
                self.refused(tool, &error, limit).await?;
                (json!({ "code": error.code, "message": error.message }), true)
            }
            Err(error) => {
                let what = handshake::described(&error, &|text| self.redact(text));
                return Err(TransportError::Protocol(format!("answered with {what}")));
            }
        };
        Ok(RawAnswer {
            status: meta.status,
            headers: serde_json::Map::new(),
            body,
            is_error,
        })
    }

    /// The meaning of -32602: the code is the same for arguments that break the schema and for a tool that is not there. The provider's
    /// listing decides; where it has none that can be read, the words of the error do.
    async fn refused(&self, tool: &str, error: &RpcError, limit: Duration) -> Result<(), TransportError> {
        if self
            .lists(tool, limit)
            .await
            .unwrap_or_else(|| !names_no_tool(&error.message))
        {
            return Ok(());
        }
        Err(TransportError::NoSuchTool(format!(
            "{} (unknown tool)",
            error.code
        )))
    }

    /// True if the provider lists a tool; `None` where its listing cannot be read.
    async fn lists(&self, tool: &str, limit: Duration) -> Option<bool> {
        let known = self.names().as_ref().map(|names| names.contains(tool));
        match known {
            Some(known) => Some(known),
            None => {
                let listing = self.listing(limit).await.ok()??;
                Some(listing.iter().any(|listed| listed.name == tool))
            }
        }
    }

    /// All pages of the listing. What it names is remembered.
    async fn listing(&self, limit: Duration) -> Result<Option<Vec<ListedTool>>, TransportError> {
        let mut tools = Vec::new();
        let mut cursor: Option<String> = None;
        let mut seen = BTreeSet::new();
        let mut complaint = None;
        for number in 1.. {
            if number > MOST_PAGES {
                complaint = Some(format!("has more than {MOST_PAGES} pages, and no more were read"));
                break;
            }
            let write = |id| Writer::list_tools(id, cursor.clone());
            let asked = self.ask(write, limit, &mut Spent::default()).await;
            let (reply, _) = asked.map_err(|failed| failed.error)?;
            let result = match reply {
                Ok(result) => result,
                Err(error) if error.is(ErrorCode::METHOD_NOT_FOUND) => return Ok(None),
                Err(error) => {
                    let what = handshake::described(&error, &|text| self.redact(text));
                    return Err(TransportError::Protocol(format!(
                        "answered tools/list with {what}"
                    )));
                }
            };
            let next = result
                .get("nextCursor")
                .and_then(Value::as_str)
                .map(str::to_owned);
            let page = listing::entries(result).ok_or_else(|| {
                TransportError::Protocol("answered tools/list without a list of tools".to_owned())
            })?;
            tools.extend(page);
            if tools.len() > listing::MOST_TOOLS {
                break;
            }
            match next {
                // Servers say so that there is no further page, although they should leave it out.
                None => break,
                Some(next) if next.is_empty() => break,
                Some(next) if seen.insert(next.clone()) => cursor = Some(next),
                Some(_) => {
                    complaint = Some(format!(
                        "gives the cursor of an earlier page again on page {number}, so it has no end"
                    ));
                    break;
                }
            }
        }
        // A server that does not know cursors gives the same page again.
        let mut known = BTreeSet::new();
        tools.retain(|tool: &ListedTool| known.insert(tool.name.clone()));
        let mut complaints: Vec<_> = complaint.into_iter().collect();
        complaints.extend(listing::bounded(&mut tools));
        *self.complaints.lock() = complaints;
        *self.names() = Some(tools.iter().map(|tool| tool.name.clone()).collect());
        Ok(Some(tools))
    }

    fn names(&self) -> MutexGuard<'_, Option<BTreeSet<String>>> {
        self.listed.lock()
    }
}

/// Returns true if the words of an error say that there is no such tool.
fn names_no_tool(message: &str) -> bool {
    let message = message.to_lowercase();
    let tool = message.contains("tool");
    let missing = ["unknown", "not found", "no such", "does not exist", "not exist"]
        .iter()
        .any(|words| message.contains(words));
    tool && missing
}

#[async_trait]
impl<W: Wire> Raw for McpTransport<W> {
    async fn send(&self, request: &Request, limit: Duration) -> RawReply {
        let Request::Tool { name, arguments } = request else {
            return RawReply::none(TransportError::Protocol(
                "an MCP server takes calls of tools only".to_owned(),
            ));
        };
        let limit = limit.min(self.limits.call);
        let mut spent = Spent::default();
        let write = |id| Writer::call_tool(id, name, arguments);
        let (answer, meta) = match self.ask(write, limit, &mut spent).await {
            Ok((reply, meta)) => (self.raw_answer(name, reply, &meta, limit).await, meta),
            Err(failed) => (Err(failed.error), failed.meta),
        };
        RawReply {
            answer,
            waited: spent.waited,
            attempts: spent.attempts,
            clock: meta.clock,
        }
    }

    async fn ready(&self, requests: usize) -> bool {
        Transport::ready(self, requests).await
    }

    fn target(&self) -> String {
        self.target.clone()
    }

    fn redactor(&self) -> &Redactor {
        self.recorder.redactor()
    }
}

#[async_trait]
impl<W: Wire> Transport for McpTransport<W> {
    async fn call(&self, call: Call<'_>) -> Reply {
        let limit = call.limit.min(self.limits.call);
        let mut spent = Spent::default();
        let write = |id| Writer::call_tool(id, call.tool, call.input);
        let (answer, meta) = match self.ask(write, limit, &mut spent).await {
            Ok((reply, meta)) => {
                let facts = self.facts(call, reply, &meta, limit).await;
                (facts.map(|facts| call.reading.answer(facts)), meta)
            }
            Err(failed) => (Err(failed.error), failed.meta),
        };
        let text = answer.as_ref().err().and_then(|_| self.recorder.text(&meta.body));
        Reply {
            answer,
            waited: spent.waited,
            attempts: spent.attempts,
            status: meta.status,
            clock: meta.clock,
            headers: meta.headers,
            text,
            mapped: None,
        }
    }

    async fn send_without_answer(&self, call: Call<'_>) -> Result<bool, TransportError> {
        let limit = call.limit.min(self.limits.call);
        let redact = |text| self.redact(text);
        let opening = handshake::open(&self.wire, &self.writer, limit, &redact);
        let session = self.sessions.get(opening).await.map_err(|failed| failed.error)?;
        let write = |id| Writer::call_tool(id, call.tool, call.input);
        let message = self.written(&session, &write);
        session.line.send_without_reply(&message, limit).await
    }

    async fn ready(&self, calls: usize) -> bool {
        let redact = |text| self.redact(text);
        let opening = handshake::open(&self.wire, &self.writer, self.limits.call, &redact);
        match self.sessions.get(opening).await {
            Ok(session) => {
                let ping = || self.written(&session, &Writer::ping);
                session.line.ready(calls, &ping).await
            }
            // The calls themselves will say what is wrong.
            Err(_) => true,
        }
    }

    async fn list_tools(&self) -> Result<Option<Vec<ListedTool>>, TransportError> {
        self.listing(self.limits.call).await
    }

    fn listing_complaints(&self) -> Vec<String> {
        self.complaints.lock().clone()
    }

    fn redactor(&self) -> &Redactor {
        self.recorder.redactor()
    }

    fn exchange(&self, call: Call<'_>, reply: &Reply) -> Exchange {
        let mut exchange = self.recorder.exchange(self.target.clone(), call, reply);
        // The request as it was sent but for its id, which counts the requests of the session.
        let mut message = Writer::call_tool(0, call.tool, &exchange.input).value;
        if let Value::Object(message) = &mut message {
            message.shift_remove("id");
        }
        exchange.input = message;
        exchange
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_an_error_tell_a_missing_tool() {
        for (message, missing) in [
            ("Unknown tool: create_booking", true),
            ("Tool create_booking not found", true),
            ("no such tool", true),
            ("Invalid arguments for tool create_booking", false),
            ("service not found", false),
            ("", false),
        ] {
            assert_eq!(names_no_tool(message), missing, "{message}");
        }
    }
}
