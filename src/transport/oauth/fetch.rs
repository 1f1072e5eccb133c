//! Requests to authorization servers, and for the documents about them.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Body, Method, Request, StatusCode, Url};
use serde_json::{Map, Value};

use super::address::{is_local, is_secure};
use super::error::OauthError;
use crate::model::{encoded, strict_json};
use crate::transport::body::{End, Received};
use crate::transport::clients::{Clients, Reach};
use crate::transport::error::TransportError;
use crate::transport::public;
use crate::transport::request_error::transport_error;

/// The largest body that is read. Documents of real servers have a few kilobytes.
const LARGEST: usize = 128 * 1024;

/// The deepest nesting that is read.
const DEEPEST: usize = 16;

/// The most redirects that are followed for a document.
const MOST_REDIRECTS: u8 = 3;

/// The time that one request may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Sends requests on behalf of one server whose tokens are wanted.
#[derive(Debug, Clone)]
pub(in crate::transport) struct Fetcher {
    clients: Arc<Clients>,
    /// True if that server is on this machine: then others there may be asked.
    is_local: bool,
}

/// An answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// The body as JSON, or why it is none.
    json: Result<Value, String>,
}

impl Answer {
    /// The body, which must be a JSON object.
    pub(super) fn object(self, what: &'static str, url: &Url) -> Result<Map<String, Value>, OauthError> {
        match self.json {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(OauthError::unreadable(what, url, "is JSON, but no object")),
            Err(reason) => Err(OauthError::unreadable(what, url, reason)),
        }
    }
}

impl Fetcher {
    pub(in crate::transport) fn new(clients: Arc<Clients>, server: &Url) -> Self {
        Self {
            clients,
            is_local: is_local(server),
        }
    }

    /// The same, for an address that was given by hand: if it is on this machine, others there may be asked.
    #[must_use]
    pub(in crate::transport) fn trusting(mut self, given: &str) -> Self {
        self.is_local |= Url::parse(given).is_ok_and(|url| is_local(&url));
        self
    }

    /// Refuses an address to which nothing may be sent.
    pub(in crate::transport) fn check(&self, what: &'static str, url: &Url) -> Result<(), OauthError> {
        let hidden = url.username().is_empty() && url.password().is_none();
        if !is_secure(url) || !hidden {
            let mut shown = url.clone();
            let _ = shown.set_username("");
            let _ = shown.set_password(None);
            return Err(OauthError::Insecure {
                what,
                url: shown.to_string(),
            });
        }
        let forbidden = self.clients.limits.public_only && !public::may_be_public(url);
        if forbidden || (is_local(url) && !self.is_local) {
            return Err(OauthError::Inside {
                what,
                url: url.to_string(),
            });
        }
        Ok(())
    }

    /// A document; None where there is none at that address. Redirects on the same server are followed, for nothing secret is sent.
    pub(super) async fn document(
        &self,
        what: &'static str,
        url: &Url,
    ) -> Result<Option<Map<String, Value>>, OauthError> {
        let mut at = url.clone();
        let mut redirects = 0_u8;
        loop {
            self.check(what, &at)?;
            let answer = self.send(what, Method::GET, &at, HeaderMap::new(), None).await?;
            if answer.status.is_redirection() {
                let to = answer.headers.get(LOCATION).and_then(|to| to.to_str().ok());
                let next = to.and_then(|to| at.join(to).ok());
                match next {
                    Some(next) if next.origin() == at.origin() && redirects < MOST_REDIRECTS => {
                        redirects = redirects.saturating_add(1);
                        at = next;
                        continue;
                    }
                    Some(next) if next.origin() == at.origin() => {
                        return Err(OauthError::unreadable(what, url, "redirects again and again"));
                    }
                    _ => return Err(OauthError::unreadable(what, url, "redirects to another server")),
                }
            }
            return match answer.status {
                status if status.is_client_error() => Ok(None),
                StatusCode::OK => answer.object(what, &at).map(Some),
                status => {
                    let reason = format!("is answered with status {}", status.as_u16());
                    Err(OauthError::unreadable(what, &at, reason))
                }
            };
        }
    }

    /// Asks the server whose tokens are wanted something harmless: without a token, or with one that is none.
    pub(super) async fn bare(
        &self,
        url: &Url,
        body: Option<&Value>,
        forged: Option<&str>,
    ) -> Result<Answer, OauthError> {
        const WHAT: &str = "server";
        let mut headers = HeaderMap::new();
        headers.insert(
            ACCEPT,
            HeaderValue::from_static("application/json, text/event-stream"),
        );
        if let Some(token) = forged.and_then(|token| HeaderValue::from_str(&format!("Bearer {token}")).ok()) {
            headers.insert(AUTHORIZATION, token);
        }
        match body {
            None => self.send(WHAT, Method::GET, url, headers, None).await,
            Some(json) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                self.send(WHAT, Method::POST, url, headers, Some(json.to_string()))
                    .await
            }
        }
    }

    /// Posts a form. Nothing is followed.
    pub(super) async fn form(
        &self,
        what: &'static str,
        url: &Url,
        fields: &[(&str, &str)],
        authorization: Option<HeaderValue>,
    ) -> Result<Answer, OauthError> {
        let pairs = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let mut headers = HeaderMap::new();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        if let Some(mut value) = authorization {
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        self.post(what, url, headers, body).await
    }

    /// Posts JSON. Nothing is followed.
    pub(super) async fn json(
        &self,
        what: &'static str,
        url: &Url,
        body: &Value,
    ) -> Result<Answer, OauthError> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.post(what, url, headers, body.to_string()).await
    }

    async fn post(
        &self,
        what: &'static str,
        url: &Url,
        headers: HeaderMap,
        body: String,
    ) -> Result<Answer, OauthError> {
        self.check(what, url)?;
        let answer = self.send(what, Method::POST, url, headers, Some(body)).await?;
        match answer.status.is_redirection() {
            true => Err(OauthError::unreadable(
                what,
                url,
                "redirects, which is not followed",
            )),
            false => Ok(answer),
        }
    }

    async fn send(
        &self,
        what: &'static str,
        method: Method,
        url: &Url,
        headers: HeaderMap,
        body: Option<String>,
    ) -> Result<Answer, OauthError> {
        let failed = |reason: String| OauthError::unreadable(what, url, reason);
        let client = self
            .clients
            .get(Reach::of(url))
            .map_err(|error| failed(format!("cannot be asked: {error}")))?;
        let mut request = Request::new(method, url.clone());
        *request.headers_mut() = headers;
        request
            .headers_mut()
            .entry(ACCEPT)
            .or_insert(HeaderValue::from_static("application/json"));
        *request.body_mut() = body.map(Body::from);
        let conversation = async {
            let mut response =
                client
                    .execute(request)
                    .await
                    .map_err(|error| match transport_error(&error, true) {
                        TransportError::Connect(reason) => failed(format!("cannot be reached: {reason}")),
                        error => failed(error.to_string()),
                    })?;
            let mut received = Received::default();
            // The head of an event stream says all that counts, and it may never end.
            let streams = response
                .headers()
                .get(CONTENT_TYPE)
                .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
            if !response.status().is_redirection() && !streams {
                received.read(&mut response, LARGEST).await;
            }
            Ok(Answer {
                status: response.status(),
                headers: std::mem::take(response.headers_mut()),
                json: read(&received),
            })
        };
        tokio::time::timeout(LIMIT, conversation)
            .await
            .unwrap_or_else(|_| Err(failed(format!("did not answer within {} s", LIMIT.as_secs()))))
    }
}

fn read(received: &Received) -> Result<Value, String> {
    match &received.end {
        Some(End::Whole) => {}
        Some(End::TooLarge) => return Err(format!("has a body over {LARGEST} bytes")),
        Some(End::Lost(_)) | None => return Err("has a body that was cut off".to_owned()),
    }
    if crate::transport::parse_answer::deeper_than(&received.bytes, DEEPEST) {
        return Err("has JSON that nests very deep".to_owned());
    }
    // What the parser says could quote a token.
    strict_json(&received.bytes).map_err(|_| "has a body that is no JSON".to_owned())
}
