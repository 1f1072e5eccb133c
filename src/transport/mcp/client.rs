//! The transport of both MCP bindings: tools called in a session, answers parsed.

use std::time::Duration;

use async_trait::async_trait;
use rmcp::model::ErrorCode;
use serde_json::{Value, json};

use super::caller::{McpTransport, Spent};
use super::handshake::described;
use super::line::{Line, ResponseMeta, Wire};
use super::message::{Reply as RpcReply, RpcError, Writer};
use super::parse_answer::{content, facts};
use super::sdk_refusal::{self, Refused};
use crate::model::{Answer, AnswerShape, Exchange, Facts, Reading, Redactor};
use crate::transport::error::TransportError;
use crate::transport::parse_answer::start_of;
use crate::transport::raw::{Raw, RawAnswer, RawReply, Request};
use crate::transport::trace::new_trace;
use crate::transport::types::{Asked, Call, ListedTool, Reply, Transport};
use crate::transport::whole::{Peer, Question};

impl<W: Wire> McpTransport<W> {
    /// The answer in a reply to a call of a tool whose answers `reading` reads.
    pub(super) async fn tool_answer(
        &self,
        tool: &str,
        reading: &Reading,
        reply: RpcReply,
        meta: &ResponseMeta,
        limit: Duration,
    ) -> Result<Answer, TransportError> {
        let facts = self.facts(tool, reading.shape(), reply, meta, limit).await?;
        Ok(reading.answer(facts))
    }

    async fn facts(
        &self,
        tool: &str,
        shape: AnswerShape,
        reply: RpcReply,
        meta: &ResponseMeta,
        limit: Duration,
    ) -> Result<Facts, TransportError> {
        let redact = |text| self.redact(text);
        let facts = match reply {
            Ok(result) => match sdk_refusal::refused(&result) {
                Some((what, words)) if self.refuses_in_words(tool, shape, what, words, limit).await? => {
                    Facts::of_refusal_unread(words)
                }
                _ => facts(result, shape, &self.limits, &redact)?,
            },
            Err(error) if error.is(ErrorCode::INVALID_PARAMS) => {
                self.refused(tool, &error, limit).await?;
                Facts::of_refusal_unread(&error.message)
            }
            Err(error) => {
                return Err(TransportError::Protocol(format!(
                    "answered with {}",
                    described(&error, &redact)
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
                let what = described(&error, &|text| self.redact(text));
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

    /// Returns true if a library refused the arguments before it asked the tool, by an answer that stands for the code of the protocol. In
    /// the protocol's own shape it is a refusal as it stands, with its words.
    async fn refuses_in_words(
        &self,
        tool: &str,
        shape: AnswerShape,
        what: Refused,
        words: &str,
        limit: Duration,
    ) -> Result<bool, TransportError> {
        let lists = self.lists(tool, limit).await;
        match what {
            Refused::Tool if lists != Some(true) => {
                Err(TransportError::NoSuchTool("`isError` (unknown tool)".to_owned()))
            }
            _ if shape == AnswerShape::Native => Ok(false),
            Refused::Arguments if lists != Some(false) => Ok(true),
            Refused::Arguments | Refused::Tool => {
                let words = start_of(words.trim_start(), &|text| self.redact(text));
                Err(TransportError::NotAnAnswer(format!(
                    "an error in words ({words:?})"
                )))
            }
        }
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
        let called = self
            .call_tool(name, arguments, &new_trace(), limit, &mut spent)
            .await;
        let (answer, meta) = match called {
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

    async fn close(&self) {
        self.leave().await;
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
        let trace = new_trace();
        let called = self
            .call_tool(call.tool, call.input, &trace, limit, &mut spent)
            .await;
        let (answer, meta) = match called {
            Ok((reply, meta)) => {
                let answer = self.tool_answer(call.tool, call.reading, reply, &meta, limit);
                (answer.await, meta)
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
            trace: Some(trace),
            notes: self.take_remarks(),
        }
    }

    async fn send_without_answer(&self, call: Call<'_>) -> Result<bool, TransportError> {
        let limit = call.limit.min(self.limits.call);
        let session = self.session(limit).await.map_err(|failed| failed.error)?;
        let trace = new_trace();
        let write = |id| Writer::call_tool(id, call.tool, call.input, Some(&trace));
        let message = self.written(&session, &write);
        session.line.send_without_reply(&message, limit).await
    }

    async fn ready(&self, calls: usize) -> bool {
        match self.session(self.limits.call).await {
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

    async fn ask(&self, question: Question<'_>, limit: Duration) -> Option<Asked> {
        Some(self.question(question, limit).await)
    }

    fn peer(&self) -> Option<Peer> {
        self.presented()
    }

    fn remarks(&self) -> Vec<String> {
        self.take_remarks()
    }

    async fn renew(&self) {
        self.leave().await;
    }

    async fn close(&self) {
        self.leave().await;
    }

    fn redactor(&self) -> &Redactor {
        self.recorder.redactor()
    }

    fn exchange(&self, call: Call<'_>, reply: &Reply) -> Exchange {
        let mut exchange = self.recorder.exchange(self.target.clone(), call, reply);
        // The request as it was sent but for its id, which counts the requests of the session.
        let mut message = Writer::call_tool(0, call.tool, &exchange.input, None).value;
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
