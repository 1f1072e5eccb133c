//! Messages over streamable HTTP: every one is a POST of its own, sent as the http binding sends its calls. Answers come as JSON or as
//! an event stream. No other stream is ever opened, and none is resumed.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{StatusCode, Url};
use rmcp::model::ProtocolVersion;
use rmcp::transport::common::http_header::{
    EVENT_STREAM_MIME_TYPE, HEADER_MCP_METHOD, HEADER_MCP_NAME, HEADER_MCP_PROTOCOL_VERSION,
    HEADER_SESSION_ID,
};
use serde_json::Value;

use super::events::Events;
use super::handshake::described;
use super::line::{Line, LineError, ResponseMeta, Sent, Wire};
use super::message::{ENVELOPE, Incoming, Message, Reply, parse_messages, refusal, shown_id};
use crate::transport::body::{End, Listener, WholeBodies};
use crate::transport::error::TransportError;
use crate::transport::head::{Head, Heading};
use crate::transport::parse_answer::{NoAnswer, instead_of_an_answer, json, whole};
use crate::transport::sender::{Attempt, RequestParts, SendOutcome, Sender, WarmUp};
use crate::transport::types::Limits;

/// The media types of a server's answers.
pub(in crate::transport) const ACCEPT: &str = "application/json, text/event-stream";

/// The number of requests of the server's own that are answered while it has one of ours.
const MOST_ASKED: u32 = 16;

/// The way to one provider over streamable HTTP.
pub(in crate::transport) struct HttpWire {
    link: Arc<Link>,
    ids: AtomicI64,
}

struct Link {
    sender: Sender,
    url: Url,
}

/// A connection over HTTP: the headers that a session adds to every request.
pub(in crate::transport) struct HttpLine {
    link: Arc<Link>,
    headers: HeaderMap,
    has_session: bool,
    stateless: bool,
}

impl HttpWire {
    pub(in crate::transport) fn new(sender: Sender, url: Url) -> Self {
        Self {
            link: Arc::new(Link { sender, url }),
            ids: AtomicI64::new(1),
        }
    }
}

#[async_trait]
impl Wire for HttpWire {
    type Line = HttpLine;

    async fn open(&self) -> Result<HttpLine, TransportError> {
        Ok(HttpLine {
            link: Arc::clone(&self.link),
            headers: HeaderMap::new(),
            has_session: false,
            stateless: false,
        })
    }

    fn next_id(&self) -> i64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }
}

impl Link {
    async fn post(
        &self,
        body: &[u8],
        headers: &HeaderMap,
        limit: Duration,
        listener: &mut dyn Listener,
    ) -> SendOutcome {
        let parts = RequestParts {
            method: None,
            url: &self.url,
            headers,
            body: Some(body),
        };
        self.sender.send_with_retry_after(parts, limit, listener).await
    }

    fn redact(&self, text: String) -> String {
        self.sender.recorder.redact(text)
    }
}

impl HttpLine {
    /// The headers of a message.
    fn headers(&self, message: &Message) -> HeaderMap {
        let mut headers = self.headers.clone();
        if self.stateless {
            headers.insert(name(HEADER_MCP_METHOD), HeaderValue::from_static(message.method));
            let tool = message.name.as_deref().and_then(|name| name.parse().ok());
            if let Some(tool) = tool {
                headers.insert(name(HEADER_MCP_NAME), tool);
            }
        }
        headers
    }

    fn sent(&self, outcome: SendOutcome, reply: Result<Reply, LineError>, code: Option<i64>) -> Sent {
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
            code,
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

    /// The reply that the last attempt at a request brought, and the code of a JSON-RPC error in it.
    fn parse_reply(
        &self,
        last: &Attempt,
        listener: ReplyListener,
        limit: Duration,
    ) -> (Result<Reply, LineError>, Option<i64>) {
        let head = match &last.head {
            Ok(head) => head,
            Err(error) => return (Err(error.clone().into()), None),
        };
        if let Some(error) = head.out_of_patience() {
            return (Err(error.into()), None);
        }
        let limits = &self.link.sender.limits;
        let redact = |text| self.link.redact(text);
        let said = if listener.listened {
            let nothing = || match whole(&last.body, limits, limit) {
                Ok(_) => TransportError::Lost(match listener.events.unfinished() {
                    Some(why) => format!("the event stream ended without the answer: {why}"),
                    None => "the event stream ended without the answer".to_owned(),
                }),
                Err(error) => error,
            };
            listener
                .said
                .unwrap_or_else(|| Err(NoAnswer::TransportError(nothing())))
        } else {
            whole(&last.body, limits, limit)
                .map_err(NoAnswer::TransportError)
                .and_then(|bytes| read(head.heading(), bytes, limits, &redact))
                .and_then(|value| reply_in(value, listener.id))
        };
        let code = match &said {
            Ok(Err(error)) => Some(error.code),
            _ => None,
        };
        let status = head.status;
        // A result counts with any status that an answer over http may have. An error says no more than the statuses that mean
        // something of their own.
        let settled = matches!(status.as_u16(), 401 | 403 | 404 | 405);
        let reply = match said {
            Ok(reply) if status.is_success() => Ok(reply),
            Ok(reply) if status.is_client_error() && !(reply.is_err() && settled) => Ok(reply),
            _ if status == StatusCode::NOT_FOUND && self.has_session => Err(LineError::SessionGone),
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
        (reply, code)
    }
}

#[async_trait]
impl Line for HttpLine {
    async fn ask(&self, message: &Message, limit: Duration) -> Sent {
        let headers = self.headers(message);
        let mut listener = ReplyListener {
            id: message.id,
            link: Arc::clone(&self.link),
            headers: headers.clone(),
            events: Events::default(),
            asked: 0,
            listened: false,
            said: None,
        };
        let outcome = self
            .link
            .post(&message.bytes(), &headers, limit, &mut listener)
            .await;
        let (reply, code) = self.parse_reply(&outcome.last, listener, limit);
        self.sent(outcome, reply, code)
    }

    async fn send_without_reply(&self, message: &Message, limit: Duration) -> Result<bool, TransportError> {
        let body = message.bytes();
        let parts = RequestParts {
            method: None,
            url: &self.link.url,
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
            .post(&message.bytes(), &headers, limit, &mut HeadOnly)
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
            url: &self.link.url,
            headers: &self.headers(&harmless()),
            body: &|| Some(harmless().bytes()),
        };
        self.link.sender.ready(requests, warm_up, HeadOnly).await
    }

    fn settle(&mut self, version: &ProtocolVersion, session: Option<HeaderValue>) {
        if let Ok(version) = version.as_str().parse() {
            self.headers.insert(name(HEADER_MCP_PROTOCOL_VERSION), version);
        }
        self.stateless = !version.has_initialize();
        self.has_session = session.is_some();
        if let Some(session) = session {
            self.headers.insert(name(HEADER_SESSION_ID), session);
        }
    }

    fn is_over(&self) -> bool {
        false
    }
}

/// One of the SDK's header names, which are all valid.
fn name(text: &'static str) -> HeaderName {
    HeaderName::from_bytes(text.as_bytes()).unwrap_or(CONTENT_TYPE)
}

fn read(
    heading: Heading<'_>,
    bytes: &[u8],
    limits: &Limits,
    redact: &dyn Fn(String) -> String,
) -> Result<Value, NoAnswer> {
    json(heading, bytes, limits.body_depth, ENVELOPE, redact)
}

/// The reply to a request, in a body that must hold it.
fn reply_in(value: Value, id: Option<i64>) -> Result<Reply, NoAnswer> {
    for message in parse_messages(value).map_err(NoAnswer::Is)? {
        if let Incoming::Reply { id: of, reply } = message {
            return correlated(id, &of, reply);
        }
    }
    Err(NoAnswer::TransportError(TransportError::Protocol(
        "answered with a message of its own instead of the reply".to_owned(),
    )))
}

/// A reply whose id must be that of the request.
fn correlated(id: Option<i64>, of: &Value, reply: Reply) -> Result<Reply, NoAnswer> {
    match reply {
        reply if id.is_some() && of.as_i64() == id => Ok(reply),
        Err(error) if of.is_null() => Err(NoAnswer::TransportError(TransportError::Protocol(format!(
            "the JSON-RPC error {} without the id of the request",
            error.code
        )))),
        _ => {
            let shown = shown_id(of);
            Err(NoAnswer::TransportError(TransportError::Protocol(format!(
                "a reply with the id {shown}, which is not that of the request"
            ))))
        }
    }
}

/// Hears an event stream until the reply has come.
struct ReplyListener {
    id: Option<i64>,
    link: Arc<Link>,
    headers: HeaderMap,
    events: Events,
    asked: u32,
    listened: bool,
    said: Option<Result<Reply, NoAnswer>>,
}

impl ReplyListener {
    fn event(&mut self, data: &[u8]) -> Result<Option<Reply>, NoAnswer> {
        let value = {
            let link = &self.link;
            read(Heading::NONE, data, &link.sender.limits, &|text| {
                link.redact(text)
            })
            .map_err(|no_answer| match no_answer {
                NoAnswer::Is(what) => NoAnswer::Is(format!(
                    "an event whose data is {what} (a sign of life is a comment, a line that begins with `:`)"
                )),
                no_answer => no_answer,
            })?
        };
        for message in parse_messages(value).map_err(NoAnswer::Is)? {
            match message {
                Incoming::Reply { id, reply } => return correlated(self.id, &id, reply).map(Some),
                Incoming::Request { id, method } => self.refuse(&id, &method)?,
                Incoming::Notification => {}
            }
        }
        Ok(None)
    }

    /// Answers a request of the server's own, beside our own call and without waiting for what becomes of it.
    fn refuse(&mut self, id: &Value, method: &str) -> Result<(), NoAnswer> {
        self.asked = self.asked.saturating_add(1);
        if self.asked > MOST_ASKED {
            return Err(NoAnswer::TransportError(TransportError::Protocol(format!(
                "sent more than {MOST_ASKED} requests of its own before the answer"
            ))));
        }
        let (link, headers) = (Arc::clone(&self.link), self.headers.clone());
        let bytes = refusal(id, method).to_string().into_bytes();
        tokio::spawn(async move {
            let limit = link.sender.limits.call;
            link.post(&bytes, &headers, limit, &mut WholeBodies).await;
        });
        Ok(())
    }
}

impl Listener for ReplyListener {
    fn takes(&mut self, head: &Head) -> bool {
        (self.events, self.said) = (Events::default(), None);
        self.listened = head.status.is_success()
            && head.text(&CONTENT_TYPE).is_some_and(|kind| {
                kind.trim_start()
                    .get(..EVENT_STREAM_MIME_TYPE.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(EVENT_STREAM_MIME_TYPE))
            });
        self.listened
    }

    fn piece(&mut self, bytes: &[u8]) -> Option<End> {
        let cap = self.link.sender.limits.body_bytes;
        let Ok(events) = self.events.feed(bytes, cap) else {
            return Some(End::TooLarge);
        };
        for data in events {
            let said = self.event(&data).transpose();
            if said.is_some() {
                self.said = said;
                return Some(End::Whole);
            }
        }
        None
    }
}

/// Reads no more than the head of the answer to a notification or a ping, which has no body that matters.
#[derive(Clone, Copy)]
struct HeadOnly;

impl Listener for HeadOnly {
    fn takes(&mut self, head: &Head) -> bool {
        // A short body is read, so that the connection can be used again; a stream need not end.
        head.text(&CONTENT_TYPE)
            .is_some_and(|kind| kind.to_ascii_lowercase().contains(EVENT_STREAM_MIME_TYPE))
    }

    fn piece(&mut self, _: &[u8]) -> Option<End> {
        Some(End::Whole)
    }
}
