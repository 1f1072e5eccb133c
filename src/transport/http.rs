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
use super::parse_answer::parse_answer;
use super::sender::{Attempt, RequestParts, SendOutcome, Sender, WarmUp};
use super::types::{Answer, Call, ListedTool, Reply, Transport};
use crate::model::{Exchange, Redactor};

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

    async fn send(&self, url: &Url, input: Option<&Value>, limit: Duration) -> SendOutcome {
        // A JSON value can always be written: its keys are texts and its numbers are finite.
        let body = input.map(|input| serde_json::to_vec(input).unwrap_or_default());
        let parts = RequestParts {
            method: None,
            url,
            headers: &HeaderMap::new(),
            body: body.as_deref(),
        };
        self.sender
            .send_with_retry_after(parts, limit, &mut WholeBodies)
            .await
    }

    /// The answer that the last attempt at a call brought.
    fn answer_in(&self, last: &Attempt, limit: Duration) -> Result<Answer, TransportError> {
        let head = last.head.as_ref().map_err(Clone::clone)?;
        if let Some(error) = head.out_of_patience() {
            return Err(error);
        }
        parse_answer(head.heading(), &last.body, &self.sender.limits, limit, &|text| {
            self.sender.recorder.redact(text)
        })
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn call(&self, call: Call<'_>) -> Reply {
        let limit = call.limit.min(self.sender.limits.call);
        let url = self.tool_url(call.tool);
        let SendOutcome {
            last,
            waited,
            attempts,
        } = self.send(&url, Some(call.input), limit).await;
        let answer = self.answer_in(&last, limit);
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
        }
    }

    async fn send_without_answer(&self, call: Call<'_>) -> Result<bool, TransportError> {
        let limit = call.limit.min(self.sender.limits.call);
        let body = serde_json::to_vec(call.input).unwrap_or_default();
        let parts = RequestParts {
            method: None,
            url: &self.tool_url(call.tool),
            headers: &HeaderMap::new(),
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
        let SendOutcome { last, .. } = self.send(&url, None, limit).await;
        if let (Ok(head), Some(End::Whole)) = (&last.head, &last.body.end)
            && head.status.is_success()
        {
            let mut tools = listing::tools(&last.body.bytes, &self.sender.limits);
            if let Some(tools) = &mut tools {
                *self.complaints.lock() = listing::bounded(tools);
            }
            return Ok(tools);
        }
        match self.answer_in(&last, limit) {
            Err(error) if error.kind() == ErrorKind::NotAsked => Err(error),
            _ => Ok(None),
        }
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
