//! The requests over HTTP that a server over MCP is sent, each with the headers of its session.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use crate::transport::body::{Listener, WholeBodies};
use crate::transport::client_options::ServerRequests;
use crate::transport::sender::{RequestParts, SendOutcome, Sender};

/// The media type of an event stream.
const EVENTS: HeaderValue = HeaderValue::from_static("text/event-stream");

/// The way to one server.
pub(super) struct Link {
    pub(super) sender: Sender,
    /// The address of its endpoint, as it was written.
    pub(super) url: Url,
    /// The answer to what the server asks of its client.
    pub(super) policy: ServerRequests,
}

impl Link {
    pub(super) async fn post(
        &self,
        url: &Url,
        body: &[u8],
        headers: &HeaderMap,
        limit: Duration,
        listener: &mut dyn Listener,
    ) -> SendOutcome {
        let parts = RequestParts {
            method: None,
            url,
            headers,
            body: Some(body),
        };
        self.sender.send_with_retry_after(parts, limit, listener).await
    }

    /// Asks for a stream of events.
    pub(super) async fn listen(
        &self,
        url: &Url,
        headers: &HeaderMap,
        limit: Duration,
        listener: &mut dyn Listener,
    ) -> SendOutcome {
        let mut headers = headers.clone();
        headers.insert(ACCEPT, EVENTS);
        let parts = RequestParts {
            method: Some(&Method::GET),
            url,
            headers: &headers,
            body: None,
        };
        self.sender.send_with_retry_after(parts, limit, listener).await
    }

    /// Ends a session. What becomes of it is of no matter.
    pub(super) async fn delete(&self, url: &Url, headers: &HeaderMap, limit: Duration) {
        let parts = RequestParts {
            method: Some(&Method::DELETE),
            url,
            headers,
            body: None,
        };
        let mut listener = WholeBodies;
        let sending = self.sender.send_with_retry_after(parts, limit, &mut listener);
        let _ = tokio::time::timeout(limit, sending).await;
    }

    pub(super) fn redact(&self, text: String) -> String {
        self.sender.recorder.redact(text)
    }
}

/// One of the SDK's header names, which are all valid.
pub(super) fn name(text: &'static str) -> HeaderName {
    HeaderName::from_bytes(text.as_bytes()).unwrap_or(CONTENT_TYPE)
}
