//! What comes back over HTTP: the reply to one request, in a body or in a stream of events.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use rmcp::transport::common::http_header::EVENT_STREAM_MIME_TYPE;
use serde_json::Value;

use super::events::Events;
use super::link::Link;
use super::message::{ENVELOPE, Incoming, Reply, parse_messages, shown_id};
use super::server_requests;
use crate::transport::body::{End, Listener, Received, WholeBodies};
use crate::transport::error::TransportError;
use crate::transport::head::{Head, Heading};
use crate::transport::parse_answer::{NoAnswer, json, whole};
use crate::transport::types::Limits;

/// The number of requests of the server's own that are answered while it has one of ours.
const MOST_ASKED: u32 = 16;

/// Hears what comes until the reply to a request has come.
pub(super) struct ReplyListener {
    id: Option<i64>,
    link: Arc<Link>,
    url: Url,
    headers: HeaderMap,
    events: Events,
    asked: u32,
    listened: bool,
    said: Option<Result<Reply, NoAnswer>>,
}

impl ReplyListener {
    /// `url` and `headers` are those of the request, and of our replies to what the server asks meanwhile.
    pub(super) fn new(id: Option<i64>, link: Arc<Link>, url: Url, headers: HeaderMap) -> Self {
        Self {
            id,
            link,
            url,
            headers,
            events: Events::default(),
            asked: 0,
            listened: false,
            said: None,
        }
    }

    /// The place of a stream that ended before the reply at which it can be resumed, with the time to wait before that.
    pub(super) fn cut_at(&self, received: &Received) -> Option<(Vec<u8>, Option<Duration>)> {
        let is_cut = self.listened && self.said.is_none() && received.end == Some(End::Whole);
        let place = self.events.last_id().filter(|id| is_cut && !id.is_empty())?;
        Some((place.to_vec(), self.events.retry()))
    }

    /// The reply that was heard, or that stands in this body.
    pub(super) fn reply(
        self,
        heading: Heading<'_>,
        received: &Received,
        limit: Duration,
    ) -> Result<Reply, NoAnswer> {
        let limits = &self.link.sender.limits;
        if !self.listened {
            let redact = |text| self.link.redact(text);
            let value = whole(received, limits, limit)
                .map_err(NoAnswer::TransportError)
                .and_then(|bytes| read(heading, bytes, limits, &redact));
            return value.and_then(|value| reply_in(value, self.id));
        }
        let nothing = || match whole(received, limits, limit) {
            Ok(_) => TransportError::Lost(match self.events.unfinished() {
                Some(why) => format!("the event stream ended without the answer: {why}"),
                None => "the event stream ended without the answer".to_owned(),
            }),
            Err(error) => error,
        };
        self.said
            .unwrap_or_else(|| Err(NoAnswer::TransportError(nothing())))
    }

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
                Incoming::Request { id, method, params } => self.answer(&id, &method, &params)?,
                Incoming::Notification => {}
            }
        }
        Ok(None)
    }

    /// Answers a request of the server's own, beside our own call and without waiting for what becomes of it.
    fn answer(&mut self, id: &Value, method: &str, params: &Value) -> Result<(), NoAnswer> {
        self.asked = self.asked.saturating_add(1);
        if self.asked > MOST_ASKED {
            return Err(NoAnswer::TransportError(TransportError::Protocol(format!(
                "sent more than {MOST_ASKED} requests of its own before the answer"
            ))));
        }
        let (link, url, headers) = (Arc::clone(&self.link), self.url.clone(), self.headers.clone());
        let bytes = server_requests::reply(link.policy, id, method, params)
            .to_string()
            .into_bytes();
        tokio::spawn(async move {
            let limit = link.sender.limits.call;
            link.post(&url, &bytes, &headers, limit, &mut WholeBodies).await;
        });
        Ok(())
    }
}

impl Listener for ReplyListener {
    fn takes(&mut self, head: &Head) -> bool {
        self.said = None;
        self.events.begin();
        self.listened = head.status.is_success() && is_events(head);
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

/// Returns true if a body is a stream of events.
pub(super) fn is_events(head: &Head) -> bool {
    head.text(&CONTENT_TYPE).is_some_and(|kind| {
        kind.trim_start()
            .get(..EVENT_STREAM_MIME_TYPE.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(EVENT_STREAM_MIME_TYPE))
    })
}

/// A text as a message.
pub(super) fn read(
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

/// Reads no more than the head of the answer to a notification or a ping, which has no body that matters.
#[derive(Clone, Copy)]
pub(super) struct HeadOnly;

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
