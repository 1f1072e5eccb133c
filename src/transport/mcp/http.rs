//! Messages over streamable HTTP: every one is a POST of its own, sent as the http binding sends its calls. Answers come as JSON or as
//! an event stream. A stream that its server closes before the answer, and to which it gave a place, is resumed there.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{StatusCode, Url};
use rmcp::transport::common::http_header::{
    HEADER_LAST_EVENT_ID, HEADER_MCP_METHOD, HEADER_MCP_NAME, HEADER_MCP_PROTOCOL_VERSION, HEADER_SESSION_ID,
};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::handshake::described;
use super::header_value::as_header;
use super::line::{Line, LineError, ResponseMeta, Sent, Wire};
use super::link::{Link, name};
use super::listener::{HeadOnly, ReplyListener};
use super::message::{Message, Reply, RpcError};
use super::oldest::OldestStream;
use crate::transport::client_options::{Revision, ServerRequests};
use crate::transport::error::TransportError;
use crate::transport::head::Head;
use crate::transport::parse_answer::{NoAnswer, instead_of_an_answer};
use crate::transport::sender::{Attempt, RequestParts, SendOutcome, Sender, WarmUp};
use crate::transport::trace::TRACEPARENT;

/// The media types of a server's answers.
pub(in crate::transport) const ACCEPT: &str = "application/json, text/event-stream";

/// The time before a stream is resumed where the server names none.
const RESUMED_AFTER: Duration = Duration::from_secs(1);

/// The time that the end of a session may take.
const LEAVING: Duration = Duration::from_secs(2);

/// The most redirects that are followed one after the other.
const MOST_REDIRECTS: u8 = 3;

/// The way to one provider over streamable HTTP.
pub(in crate::transport) struct HttpWire {
    link: Arc<Link>,
    ids: AtomicI64,
}

/// A connection over HTTP: the headers that a session adds to every request.
pub(in crate::transport) struct HttpLine {
    link: Arc<Link>,
    /// The address of the endpoint: as it was written, or where the server has sent us.
    url: Url,
    redirects: u8,
    headers: HeaderMap,
    has_session: bool,
    stateless: bool,
    /// The stream on which replies come, as in the oldest revision.
    oldest: Option<OldestStream>,
}

impl HttpWire {
    pub(in crate::transport) fn new(sender: Sender, url: Url, policy: ServerRequests) -> Self {
        Self {
            link: Arc::new(Link { sender, url, policy }),
            ids: AtomicI64::new(1),
        }
    }

    fn line(&self, url: Url, oldest: Option<OldestStream>) -> HttpLine {
        HttpLine {
            link: Arc::clone(&self.link),
            url,
            redirects: 0,
            headers: HeaderMap::new(),
            has_session: false,
            stateless: false,
            oldest,
        }
    }
}

#[async_trait]
impl Wire for HttpWire {
    type Line = HttpLine;

    async fn open(&self) -> Result<HttpLine, TransportError> {
        Ok(self.line(self.link.url.clone(), None))
    }

    async fn open_oldest(&self, limit: Duration) -> Result<HttpLine, String> {
        let (stream, url) = OldestStream::open(&self.link, limit).await?;
        Ok(self.line(url, Some(stream)))
    }

    fn mirrors(&self) -> bool {
        true
    }

    fn next_id(&self) -> i64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }
}

impl HttpLine {
    /// The headers of a message.
    fn headers(&self, message: &Message) -> HeaderMap {
        let mut headers = self.headers.clone();
        if self.stateless {
            headers.insert(name(HEADER_MCP_METHOD), HeaderValue::from_static(message.method));
            let tool = message
                .name
                .as_deref()
                .and_then(|name| as_header(name).parse().ok());
            if let Some(tool) = tool {
                headers.insert(name(HEADER_MCP_NAME), tool);
            }
            for (suffix, value) in &message.mirrored {
                let header = HeaderName::from_bytes(format!("mcp-param-{suffix}").as_bytes());
                if let (Ok(header), Ok(value)) = (header, as_header(value).parse()) {
                    headers.insert(header, value);
                }
            }
        }
        if let Some(trace) = message.trace.as_deref().and_then(|trace| trace.parse().ok()) {
            headers.insert(name(TRACEPARENT), trace);
        }
        headers
    }

    fn sent(&self, outcome: SendOutcome, reply: Result<Reply, LineError>, refusal: Option<RpcError>) -> Sent {
        let SendOutcome {
            last,
            waited,
            attempts,
        } = outcome;
        let head = last.head.ok();
        let session = head
            .as_ref()
            .and_then(|head| head.headers.get(HEADER_SESSION_ID))
            .cloned();
        Sent {
            reply,
            refusal,
            waited,
            attempts,
            meta: ResponseMeta {
                status: head.as_ref().map(|head| head.status.as_u16()),
                clock: head.as_ref().and_then(Head::clock),
                headers: head
                    .as_ref()
                    .map(|head| self.link.sender.telling_headers(head))
                    .unwrap_or_default(),
                body: last.body.bytes,
            },
            session,
        }
    }

    /// The reply that the last attempt at a request brought, and a JSON-RPC error in it.
    fn parse_reply(
        &self,
        last: &Attempt,
        listener: ReplyListener,
        limit: Duration,
    ) -> (Result<Reply, LineError>, Option<RpcError>) {
        let head = match &last.head {
            Ok(head) => head,
            Err(error) => return (Err(error.clone().into()), None),
        };
        if let Some(error) = head.out_of_patience() {
            return (Err(error.into()), None);
        }
        let redact = |text| self.link.redact(text);
        let said = listener.reply(head.heading(), &last.body, limit);
        let refusal = match &said {
            Ok(Err(error)) => Some(error.clone()),
            _ => None,
        };
        let status = head.status;
        // A result counts with any status that an answer over http may have. An error says no more than the statuses that mean
        // something of their own.
        let settled = matches!(status.as_u16(), 401 | 403 | 404 | 405);
        let lost_session =
            self.has_session && status == StatusCode::BAD_REQUEST && speaks_of_the_session(&said, last);
        let reply = match said {
            Ok(reply) if status.is_success() => Ok(reply),
            Ok(Err(error)) if lost_session => {
                let what = TransportError::Protocol(format!("answered with {}", described(&error, &redact)));
                Err(LineError::SessionGone(what, Some(told_wrongly())))
            }
            Err(no_answer) if lost_session => {
                let what = instead_of_an_answer(head.heading(), Some(no_answer), &redact);
                Err(LineError::SessionGone(what, Some(told_wrongly())))
            }
            Ok(reply) if status.is_client_error() && !(reply.is_err() && settled) => Ok(reply),
            _ if status == StatusCode::NOT_FOUND && self.has_session => Err(LineError::SessionGone(
                TransportError::NoSuchTool("404".to_owned()),
                None,
            )),
            Ok(reply) => {
                let what = match reply {
                    Ok(_) => "a JSON-RPC result, which only counts with a status of 2xx or 4xx".to_owned(),
                    Err(error) => described(&error, &redact),
                };
                Err(instead_of_an_answer(head.heading(), Some(NoAnswer::Is(what)), &redact).into())
            }
            Err(NoAnswer::TransportError(error @ TransportError::Protocol(_))) if status.is_success() => {
                Err(error.into())
            }
            Err(NoAnswer::TransportError(TransportError::Protocol(what))) => {
                Err(instead_of_an_answer(head.heading(), Some(NoAnswer::Is(what)), &redact).into())
            }
            Err(no_answer) => Err(instead_of_an_answer(head.heading(), Some(no_answer), &redact).into()),
        };
        (reply, refusal)
    }

    /// Resumes a stream that was closed before the reply, where the server gave it a place, until the reply has come or the time is up.
    async fn resume(
        &self,
        mut outcome: SendOutcome,
        listener: &mut ReplyListener,
        headers: &HeaderMap,
        limit: Duration,
    ) -> SendOutcome {
        let start = Instant::now();
        let before = outcome.waited;
        while let Some((place, retry)) = listener.cut_at(&outcome.last.body) {
            let spent = start.elapsed().saturating_add(before);
            let Some(left) = limit.checked_sub(spent).filter(|left| !left.is_zero()) else {
                outcome.last.head = Err(TransportError::TimedOut(limit));
                break;
            };
            let pause = retry.unwrap_or(RESUMED_AFTER);
            if pause >= left {
                sleep(left).await;
                outcome.last.head = Err(TransportError::TimedOut(limit));
                break;
            }
            sleep(pause).await;
            let mut headers = headers.clone();
            if let Ok(place) = HeaderValue::from_bytes(&place) {
                headers.insert(name(HEADER_LAST_EVENT_ID), place);
            }
            let again = self
                .link
                .listen(&self.url, &headers, left.saturating_sub(pause), listener)
                .await;
            if let Ok(head) = &again.last.head
                && !head.status.is_success()
            {
                let status = head.status.as_u16();
                outcome.last.head = Err(TransportError::Lost(format!(
                    "the event stream ended without the answer, and resuming it was answered with status {status}"
                )));
                break;
            }
            outcome.last = again.last;
        }
        outcome.waited = start.elapsed().saturating_add(before);
        outcome
    }
}

/// What there is to say of a server that has its own way to tell that a session is over.
fn told_wrongly() -> String {
    "it answers 400 for a session that it does not know any more, where MCP says 404".to_owned()
}

/// Returns true if the words of a refusal are about the session.
fn speaks_of_the_session(said: &Result<Reply, NoAnswer>, last: &Attempt) -> bool {
    let words = match said {
        Ok(Ok(_)) => return false,
        Ok(Err(error)) => error.message.clone(),
        Err(_) => {
            String::from_utf8_lossy(last.body.bytes.get(..500).unwrap_or(&last.body.bytes)).into_owned()
        }
    };
    words.to_ascii_lowercase().contains("session")
}

#[async_trait]
impl Line for HttpLine {
    async fn ask(&self, message: &Message, limit: Duration) -> Sent {
        let headers = self.headers(message);
        if let Some(oldest) = &self.oldest {
            let (outcome, reply) = oldest.ask(message, &self.url, &headers, limit).await;
            let refusal = reply.as_ref().ok().and_then(|reply| reply.clone().err());
            return self.sent(outcome, reply.map_err(LineError::from), refusal);
        }
        let link = Arc::clone(&self.link);
        let mut listener = ReplyListener::new(message.id, link, self.url.clone(), headers.clone());
        let mut outcome = self
            .link
            .post(&self.url, &message.bytes(), &headers, limit, &mut listener)
            .await;
        if !self.stateless {
            outcome = self.resume(outcome, &mut listener, &headers, limit).await;
        }
        let (reply, refusal) = self.parse_reply(&outcome.last, listener, limit);
        self.sent(outcome, reply, refusal)
    }

    async fn send_without_reply(&self, message: &Message, limit: Duration) -> Result<bool, TransportError> {
        let body = message.bytes();
        let parts = RequestParts {
            method: None,
            url: &self.url,
            headers: &self.headers(message),
            body: Some(&body),
        };
        let sender = &self.link.sender;
        sender.send_without_answer(parts, limit).await.map(|()| true)
    }

    async fn notify(&self, message: &Message, limit: Duration) -> Sent {
        let headers = self.headers(message);
        let outcome = self
            .link
            .post(&self.url, &message.bytes(), &headers, limit, &mut HeadOnly)
            .await;
        let reply = match &outcome.last.head {
            Err(error) => Err(error.clone().into()),
            Ok(head) => match head.out_of_patience() {
                Some(error) => Err(error.into()),
                None if head.status.is_success() => Ok(Ok(Value::Null)),
                None => {
                    let what = NoAnswer::Is("a refusal".to_owned());
                    let redact = |text| self.link.redact(text);
                    Err(instead_of_an_answer(head.heading(), Some(what), &redact).into())
                }
            },
        };
        self.sent(outcome, reply, None)
    }

    async fn ready(&self, requests: usize, harmless: &(dyn Fn() -> Message + Sync)) -> bool {
        let warm_up = WarmUp {
            url: &self.url,
            headers: &self.headers(&harmless()),
            body: &|| Some(harmless().bytes()),
        };
        self.link.sender.ready(requests, warm_up, HeadOnly).await
    }

    fn settle(&mut self, revision: Revision, session: Option<HeaderValue>) {
        // In the oldest way there is no such header.
        if self.oldest.is_none()
            && let Ok(version) = revision.as_str().parse()
        {
            self.headers.insert(name(HEADER_MCP_PROTOCOL_VERSION), version);
        }
        self.stateless = !revision.has_initialize();
        self.has_session = session.is_some();
        if let Some(session) = session {
            self.headers.insert(name(HEADER_SESSION_ID), session);
        }
    }

    fn follow(&mut self, error: &TransportError) -> Option<String> {
        let TransportError::Redirect {
            status: status @ (307 | 308),
            location,
        } = error
        else {
            return None;
        };
        let to = self.url.join(location).ok()?;
        let is_ours = to.origin() == self.url.origin() && to.username().is_empty() && to.password().is_none();
        if !is_ours || self.redirects >= MOST_REDIRECTS || to == self.url {
            return None;
        }
        self.redirects = self.redirects.saturating_add(1);
        let note = format!(
            "it redirects ({status}) from {} to {to}: write that URL",
            self.url
        );
        self.url = to;
        Some(self.link.redact(note))
    }

    async fn close(&self) {
        if self.has_session {
            self.link.delete(&self.url, &self.headers, LEAVING).await;
        }
    }

    fn is_over(&self) -> bool {
        self.oldest.as_ref().is_some_and(OldestStream::is_over)
    }
}
