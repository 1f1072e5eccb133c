//! Providers over plain HTTP: `POST {url}/tools/{tool}` with the input as the body, the output as the answer.

use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use reqwest::Url;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::body::{End, WholeBodies};
use super::error::{ErrorKind, TransportError};
use super::head::Head;
use super::listing;
use super::parse_answer::{NoAnswer, instead_of_an_answer, parse_answer, whole};
use super::raw::loose;
use super::sender::{Attempt, RequestParts, SendOutcome, Sender, WarmUp};
use super::trace::{TRACEPARENT, new_trace};
use super::types::{Asked, Call, ListedTool, Reply, Transport};
use super::whole::{Question, Whole};
use crate::model::{AnswerShape, Exchange, Facts, Redactor};

/// The media type of a tool's answer.
pub(super) const ACCEPT: &str = "application/json";

/// The way to one provider.
pub(super) struct HttpTransport {
    sender: Sender,
    base: Url,
    /// What is wrong with the listing.
    complaints: Mutex<Vec<String>>,
}

impl HttpTransport {
    pub(super) fn new(sender: Sender, base: Url) -> Self {
        Self {
            sender,
            base,
            complaints: Mutex::default(),
        }
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        // Only URLs without a host have no path, and those were refused.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    fn tool_url(&self, tool: &str) -> Url {
        self.url(&["tools", tool])
    }

    async fn send(&self, url: &Url, input: Option<&Value>, trace: &str, limit: Duration) -> SendOutcome {
        // A JSON value can always be written: its keys are texts and its numbers are finite.
        let body = input.map(|input| serde_json::to_vec(input).unwrap_or_default());
        let parts = RequestParts {
            method: None,
            url,
            headers: &traced(trace),
            body: body.as_deref(),
        };
        self.sender
            .send_with_retry_after(parts, limit, &mut WholeBodies)
            .await
    }

    /// What the last attempt at a call brought.
    fn facts_in(&self, last: &Attempt, shape: AnswerShape, limit: Duration) -> Result<Facts, TransportError> {
        let head = last.head.as_ref().map_err(Clone::clone)?;
        if let Some(error) = head.out_of_patience() {
            return Err(error);
        }
        let redact = |text| self.sender.recorder.redact(text);
        let limits = &self.sender.limits;
        parse_answer(head.heading(), &last.body, shape, limits, limit, &redact)
    }

    /// The whole body of the last attempt at a call, where its status is one that an answer may have.
    fn whole_of(&self, last: &Attempt, limit: Duration) -> Result<Whole, TransportError> {
        let head = last.head.as_ref().map_err(Clone::clone)?;
        if let Some(error) = head.out_of_patience() {
            return Err(error);
        }
        let heading = head.heading();
        let counts = heading.status.is_success() || heading.status.is_client_error();
        let settled = matches!(heading.status.as_u16(), 401 | 403 | 404 | 405);
        let body = loose(
            whole(&last.body, &self.sender.limits, limit)?,
            &self.sender.limits,
        )?;
        if !counts || (settled && body.get("ok").is_none()) {
            let redact = |text| self.sender.recorder.redact(text);
            let what = NoAnswer::Is("a body that does not count with it".to_owned());
            return Err(instead_of_an_answer(heading, Some(what), &redact));
        }
        Ok(Whole::Body {
            status: heading.status.as_u16(),
            body,
        })
    }
}

/// The headers of a call that belongs to a trace.
fn traced(trace: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(trace) = trace.parse() {
        headers.insert(TRACEPARENT, trace);
    }
    headers
}

#[async_trait]
impl Transport for HttpTransport {
    async fn call(&self, call: Call<'_>) -> Reply {
        let limit = call.limit.min(self.sender.limits.call);
        let url = self.tool_url(call.tool);
        let trace = new_trace();
        let SendOutcome {
            last,
            waited,
            attempts,
        } = self.send(&url, Some(call.input), &trace, limit).await;
        let facts = self.facts_in(&last, call.reading.shape(), limit);
        let answer = facts.map(|facts| call.reading.answer(facts));
        let text = if answer.is_err() {
            self.sender.recorder.text(&last.body.bytes)
        } else {
            None
        };
        let head = last.head.as_ref().ok();
        Reply {
            answer,
            waited,
            attempts,
            status: head.map(|head| head.status.as_u16()),
            clock: head.and_then(Head::clock),
            headers: head
                .map(|head| self.sender.telling_headers(head))
                .unwrap_or_default(),
            text,
            mapped: None,
            trace: Some(trace),
            notes: Vec::new(),
        }
    }

    async fn send_without_answer(&self, call: Call<'_>) -> Result<bool, TransportError> {
        let limit = call.limit.min(self.sender.limits.call);
        let body = serde_json::to_vec(call.input).unwrap_or_default();
        let parts = RequestParts {
            method: None,
            url: &self.tool_url(call.tool),
            headers: &traced(&new_trace()),
            body: Some(&body),
        };
        self.sender.send_without_answer(parts, limit).await.map(|()| true)
    }

    async fn ready(&self, calls: usize) -> bool {
        let warm_up = WarmUp {
            url: &self.url(&["tools"]),
            headers: &HeaderMap::new(),
            body: &|| None,
        };
        self.sender.ready(calls, warm_up, WholeBodies).await
    }

    async fn list_tools(&self) -> Result<Option<Vec<ListedTool>>, TransportError> {
        let (url, limit) = (self.url(&["tools"]), self.sender.limits.call);
        let SendOutcome { last, .. } = self.send(&url, None, &new_trace(), limit).await;
        if let (Ok(head), Some(End::Whole)) = (&last.head, &last.body.end)
            && head.status.is_success()
        {
            let mut tools = listing::tools(&last.body.bytes, &self.sender.limits);
            if let Some(tools) = &mut tools {
                *self.complaints.lock() = listing::bounded(tools);
            }
            return Ok(tools);
        }
        match self.facts_in(&last, AnswerShape::Envelope, limit) {
            Err(error) if error.kind() == ErrorKind::NotAsked => Err(error),
            _ => Ok(None),
        }
    }

    async fn ask(&self, question: Question<'_>, limit: Duration) -> Option<Asked> {
        let Question::Call { tool, input, reading } = question else {
            return None;
        };
        let limit = limit.min(self.sender.limits.call);
        let trace = new_trace();
        let SendOutcome { last, waited, .. } =
            self.send(&self.tool_url(tool), Some(input), &trace, limit).await;
        let facts = self.facts_in(&last, reading.shape(), limit);
        Some(Asked {
            whole: self.whole_of(&last, limit),
            answer: Some(facts.map(|facts| reading.answer(facts))),
            waited,
            trace: Some(trace),
        })
    }

    fn redactor(&self) -> &Redactor {
        self.sender.recorder.redactor()
    }

    fn listing_complaints(&self) -> Vec<String> {
        self.complaints.lock().clone()
    }

    fn exchange(&self, call: Call<'_>, reply: &Reply) -> Exchange {
        self.sender
            .recorder
            .exchange(self.tool_url(call.tool).to_string(), call, reply)
    }
}
