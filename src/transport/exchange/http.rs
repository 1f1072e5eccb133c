//! A conversation over HTTP: a request for each thing that is said.

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName};
use reqwest::{Method, Url};
use serde_json::Value;

use super::words::{Heard, Said, is_reply, messages_in, start};
use crate::transport::body::{End, Listener};
use crate::transport::error::TransportError;
use crate::transport::head::Head;
use crate::transport::mcp::Events;
use crate::transport::sender::{RequestParts, Sender};
use crate::transport::types::Limits;

/// A conversation over HTTP.
pub(super) struct HttpTalk<'e> {
    pub(super) sender: &'e Sender,
    pub(super) url: &'e Url,
    pub(super) limits: &'e Limits,
}

/// Reads a stream of events up to the reply.
struct UntilReply<'e> {
    limits: &'e Limits,
    events: Events,
    messages: Vec<Value>,
    streamed: bool,
}

impl Listener for UntilReply<'_> {
    fn takes(&mut self, head: &Head) -> bool {
        let kind = head.headers.get(CONTENT_TYPE);
        self.streamed = kind
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/event-stream"));
        self.streamed
    }

    fn piece(&mut self, bytes: &[u8]) -> Option<End> {
        let Ok(complete) = self.events.feed(bytes, self.limits.body_bytes) else {
            return Some(End::TooLarge);
        };
        for data in complete {
            self.messages
                .extend(messages_in(&data, self.limits).unwrap_or_default());
        }
        self.messages.iter().any(is_reply).then_some(End::Whole)
    }
}

impl HttpTalk<'_> {
    pub(super) async fn say(&self, said: &Said) -> Heard {
        let mut headers = HeaderMap::new();
        for (name, value) in &said.headers {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse()) {
                headers.insert(name, value);
            }
        }
        let method = said
            .method
            .as_deref()
            .and_then(|method| Method::from_bytes(method.as_bytes()).ok());
        let has_body = method.as_ref().is_none_or(|method| *method == Method::POST);
        let parts = RequestParts {
            method: method.as_ref(),
            url: self.url,
            headers: &headers,
            body: has_body.then_some(said.text.as_bytes()),
        };
        let mut listener = UntilReply {
            limits: self.limits,
            events: Events::default(),
            messages: Vec::new(),
            streamed: false,
        };
        let limit = said.limit.min(self.limits.call);
        let outcome = self
            .sender
            .send_with_retry_after(parts, limit, &mut listener)
            .await;
        let redact = |text: String| self.sender.recorder.redact(text);
        let mut heard = match &outcome.last.head {
            Ok(head) => Heard {
                status: Some(head.status.as_u16()),
                headers: head
                    .headers
                    .iter()
                    .map(|(name, value)| {
                        let value = redact(String::from_utf8_lossy(value.as_bytes()).into_owned());
                        (name.as_str().to_owned(), Value::String(value))
                    })
                    .collect(),
                ..Heard::default()
            },
            Err(error) => Heard::failed(error),
        };
        heard.waited = outcome.waited;
        if heard.status.is_none() {
            return heard;
        }
        let body = &outcome.last.body;
        if listener.streamed {
            heard.messages = listener.messages;
        } else {
            match messages_in(&body.bytes, self.limits) {
                Some(messages) => heard.messages = messages,
                None if body.bytes.iter().all(u8::is_ascii_whitespace) => {}
                None => heard.other = Some(redact(start(&body.bytes))),
            }
        }
        let redactor = self.sender.recorder.redactor();
        for message in &mut heard.messages {
            *message = redactor.redact_json(message);
        }
        if heard.reply().is_none() {
            match &body.end {
                None => {
                    heard.late = true;
                    heard.trouble = Some(TransportError::TimedOut(limit).to_string());
                }
                Some(End::Lost(why)) => heard.trouble = Some(why.clone()),
                Some(End::TooLarge) => heard.trouble = Some("the answer is too large".to_owned()),
                Some(End::Whole) => {}
            }
        }
        heard
    }
}
