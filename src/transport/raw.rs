//! Requests of a provider's own, of which no contract is known: what goes out is what a dialect wrote, what comes back is passed on
//! as it came. It owns the form of both and refuses to say what an answer means.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde_json::{Map, Value};

use super::body::WholeBodies;
use super::error::TransportError;
use super::head::{Head, Heading};
use super::parse_answer::{NoAnswer, doubled, json, whole};
use super::sender::{RequestParts, SendOutcome, Sender, WarmUp};
use super::trace::{TRACEPARENT, new_trace};
use super::types::Limits;
use crate::model::Redactor;

/// A request as the provider's own interface takes it.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// Plain HTTP. The path is added to the base URL, so that no request can leave the provider's server.
    Http {
        /// The method, in capitals.
        method: String,
        /// Segments and query, percent-encoded, without the base: `notes/n-1?page=2`.
        path: String,
        /// Headers beside those of every request.
        headers: Vec<(String, String)>,
        /// The body.
        body: Option<Body>,
    },
    /// A tool of an MCP server.
    Tool {
        /// Its name.
        name: String,
        /// Its arguments.
        arguments: Value,
    },
}

/// The body of a request over HTTP.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// JSON.
    Json(Value),
    /// A form, percent-encoded already.
    Form(String),
}

/// The result of a request.
#[derive(Debug, Clone)]
pub struct RawReply {
    /// The provider's answer, or the reason why there is none.
    pub answer: Result<RawAnswer, TransportError>,
    /// Time spent waiting, without the pauses that the provider asked for.
    pub waited: Duration,
    /// The number of times that the request was sent.
    pub attempts: u32,
    /// The provider's clock when it answered, with our own at the same moment.
    pub clock: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// A provider's answer, whatever it means.
#[derive(Debug, Clone, PartialEq)]
pub struct RawAnswer {
    /// The HTTP status; over MCP that of the message around the result, where there is one.
    pub status: Option<u16>,
    /// The headers, by their names in lower case.
    pub headers: Map<String, Value>,
    /// The body: JSON, else its text, `null` where it is empty. Over MCP the structured content, else the first text.
    pub body: Value,
    /// True if an MCP result is marked as an error.
    pub is_error: bool,
}

/// A way to a provider for requests of its own. Shared by all lanes of a run.
#[async_trait]
pub trait Raw: Send + Sync {
    /// Sends a request. Waits when the provider asks for patience; never repeats what may have taken effect.
    async fn send(&self, request: &Request, limit: Duration) -> RawReply;

    /// Opens connections for so many requests at one time. Returns whether they can go out at one time.
    async fn ready(&self, requests: usize) -> bool;

    /// Takes leave of the provider, as [`Transport::close`](super::Transport::close) does.
    async fn close(&self) {}

    /// The address of the provider, for people.
    fn target(&self) -> String;

    /// Replaces the secrets that the provider is sent. What it answers may hold them.
    fn redactor(&self) -> &Redactor;
}

/// A body that is not empty, as JSON where it is JSON, else as text.
pub(super) fn loose(bytes: &[u8], limits: &Limits) -> Result<Value, TransportError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    match json(Heading::NONE, bytes, limits.body_depth, 0, &|text| text) {
        Ok(value) => Ok(value),
        Err(NoAnswer::TransportError(error)) => Err(error),
        Err(NoAnswer::Doubled(key)) => Err(TransportError::NotAnAnswer(doubled(&key))),
        Err(NoAnswer::Is(_)) => Ok(Value::String(String::from_utf8_lossy(bytes).into_owned())),
    }
}

/// The way to one provider over plain HTTP.
pub(super) struct RawHttp {
    sender: Sender,
    base: Url,
}

impl RawHttp {
    pub(super) fn new(sender: Sender, base: Url) -> Self {
        Self { sender, base }
    }

    fn url(&self, path: &str) -> Result<Url, TransportError> {
        let text = format!(
            "{}/{}",
            self.base.as_str().trim_end_matches('/'),
            path.trim_start_matches('/')
        );
        let stays =
            |url: &Url| url.origin() == self.base.origin() && url.path().starts_with(self.base.path());
        Url::parse(&text).ok().filter(stays).ok_or_else(|| {
            TransportError::NotReady(Box::new(TransportError::Protocol(format!(
                "`{path}` leaves the provider's base URL"
            ))))
        })
    }

    /// The limits of its answers.
    pub(super) fn limits(&self) -> &Limits {
        &self.sender.limits
    }

    /// Sends one request and waits for its answer.
    pub(super) async fn once(
        &self,
        method: &str,
        path: &str,
        headers: &[(String, String)],
        body: Option<&Body>,
        limit: Duration,
    ) -> Result<(SendOutcome, Duration), TransportError> {
        let unfit = |what: &str| {
            TransportError::NotReady(Box::new(TransportError::Protocol(format!(
                "the dialect wrote a {what} that HTTP cannot carry"
            ))))
        };
        let url = self.url(path)?;
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| unfit("method"))?;
        let mut sent = HeaderMap::new();
        if let Ok(trace) = new_trace().parse() {
            sent.insert(TRACEPARENT, trace);
        }
        for (name, value) in headers {
            let name: HeaderName = name.parse().map_err(|_| unfit("header"))?;
            sent.insert(name, value.parse().map_err(|_| unfit("header"))?);
        }
        let bytes = match body {
            Some(Body::Json(json)) => Some(serde_json::to_vec(json).unwrap_or_default()),
            Some(Body::Form(form)) => {
                sent.insert(
                    CONTENT_TYPE,
                    HeaderValue::from_static("application/x-www-form-urlencoded"),
                );
                Some(form.clone().into_bytes())
            }
            None => None,
        };
        let parts = RequestParts {
            method: Some(&method),
            url: &url,
            headers: &sent,
            body: bytes.as_deref(),
        };
        let limit = limit.min(self.sender.limits.call);
        Ok((
            self.sender
                .send_with_retry_after(parts, limit, &mut WholeBodies)
                .await,
            limit,
        ))
    }
}

#[async_trait]
impl Raw for RawHttp {
    async fn send(&self, request: &Request, limit: Duration) -> RawReply {
        let sent = match request {
            Request::Http {
                method,
                path,
                headers,
                body,
            } => self.once(method, path, headers, body.as_ref(), limit).await,
            Request::Tool { .. } => Err(TransportError::Protocol(
                "a tool cannot be called over plain HTTP".to_owned(),
            )),
        };
        let (outcome, limit) = match sent {
            Ok(sent) => sent,
            Err(error) => return RawReply::none(error),
        };
        let SendOutcome {
            last,
            waited,
            attempts,
        } = outcome;
        let clock = last.head.as_ref().ok().and_then(Head::clock);
        let answer = last.head.and_then(|head| {
            if let Some(error) = head.out_of_patience() {
                return Err(error);
            }
            if head.status.is_redirection() {
                return Err(TransportError::Redirect {
                    status: head.status.as_u16(),
                    location: head.heading().location.unwrap_or("nowhere").to_owned(),
                });
            }
            let bytes = whole(&last.body, &self.sender.limits, limit)?;
            let headers = head.headers.iter().map(|(name, value)| {
                let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), Value::String(text))
            });
            Ok(RawAnswer {
                status: Some(head.status.as_u16()),
                headers: headers.collect(),
                body: loose(bytes, &self.sender.limits)?,
                is_error: false,
            })
        });
        RawReply {
            answer,
            waited,
            attempts,
            clock,
        }
    }

    async fn ready(&self, requests: usize) -> bool {
        let warm_up = WarmUp {
            url: &self.base,
            headers: &HeaderMap::new(),
            body: &|| None,
        };
        self.sender.ready(requests, warm_up, WholeBodies).await
    }

    fn target(&self) -> String {
        self.base.to_string()
    }

    fn redactor(&self) -> &Redactor {
        self.sender.recorder.redactor()
    }
}

impl RawReply {
    /// Nothing was sent.
    pub(super) fn none(error: TransportError) -> Self {
        Self {
            answer: Err(error),
            waited: Duration::ZERO,
            attempts: 0,
            clock: None,
        }
    }
}
