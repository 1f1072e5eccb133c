//! The sending of a request over HTTP, for every binding that travels so: limits, politeness, connections, and the decision when a
//! request counts as sent. What an answer means is for the binding to say.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_util::Stream;
use futures_util::future::join_all;
use parking_lot::Mutex;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderName,
    HeaderValue, LOCATION, RETRY_AFTER,
};
use reqwest::{Body, Client, Method, Request, Url};

use super::auth::Auth;
use super::bearer::{Bearer, Renewals};
use super::body::{End, Listener, Received};
use super::error::{ConnectError, TransportError};
use super::gate::{Gate, at_once};
use super::head::Head;
use super::keep_alive::{ConnectionMode, KeepAlive, PROOF};
use super::oauth::Token;
use super::pace::Pace;
use super::record::Recorder;
use super::request_error;
use super::types::Limits;
use crate::model::{Redactor, TestBudget};

/// The response headers that bear on a verdict.
const TELLING: [HeaderName; 4] = [CONTENT_TYPE, DATE, RETRY_AFTER, LOCATION];

/// After so many pauses of one call the provider is taken to count its calls by the second, whatever it says.
const BACKOFF_FLOOR_AFTER: u32 = 5;
const BACKOFF_FLOOR: Duration = Duration::from_secs(1);

/// The time between the writing of a request and the closing of a connection whose answer is to be lost. The body is handed over a
/// moment before it is written.
const AFTER_WRITING: Duration = Duration::from_millis(5);

/// The clients and connections that the providers of one server share.
#[derive(Debug, Clone)]
pub(super) struct Connections {
    /// Keeps connections for the next request.
    pub(super) pooled: Client,
    /// Opens a connection for every request.
    pub(super) single: Client,
    pub(super) keep_alive: Arc<KeepAlive>,
}

/// The result of sending a request until no more patience was asked for, or there was none left.
pub(super) struct SendOutcome {
    pub(super) last: Attempt,
    pub(super) waited: Duration,
    pub(super) attempts: u32,
}

/// The result of sending a request once.
pub(super) struct Attempt {
    /// The head of the response, or why there is none.
    pub(super) head: Result<Head, TransportError>,
    pub(super) body: Received,
    /// True if the request went out.
    sent: bool,
    /// True if a connection came about but closed before the request could be written.
    unwritten: bool,
}

/// The body of a request. It notes when it is taken: from then on the request may have reached the provider.
struct TrackedBody {
    bytes: Option<Vec<u8>>,
    taken: Arc<AtomicBool>,
}

impl Stream for TrackedBody {
    type Item = Result<Vec<u8>, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.taken.store(true, Ordering::Relaxed);
        Poll::Ready(self.bytes.take().map(Ok))
    }
}

/// A request, as it is sent at every attempt.
#[derive(Clone, Copy)]
pub(super) struct RequestParts<'a> {
    pub(super) url: &'a Url,
    /// Headers beside those of every request.
    pub(super) headers: &'a HeaderMap,
    /// The method; without one it is a POST with a body, a GET without.
    pub(super) method: Option<&'a Method>,
    /// JSON, unless a header says otherwise.
    pub(super) body: Option<&'a [u8]>,
}

/// Something harmless to ask, again and again.
#[derive(Clone, Copy)]
pub(super) struct WarmUp<'a> {
    pub(super) url: &'a Url,
    pub(super) headers: &'a HeaderMap,
    /// The next body; a GET without one.
    pub(super) body: &'a (dyn Fn() -> Option<Vec<u8>> + Sync),
}

/// Sends requests to one provider.
pub(super) struct Sender {
    connections: Connections,
    /// The headers of every request. Providers without a credential share them.
    headers: Arc<HeaderMap>,
    pub(super) limits: Limits,
    gate: Gate,
    pub(super) recorder: Arc<Recorder>,
    bearer: Bearer,
}

/// The headers of every request to a provider without a credential.
fn plain_headers(accept: &'static str) -> Arc<HeaderMap> {
    static KNOWN: Mutex<Vec<(&str, Arc<HeaderMap>)>> = Mutex::new(Vec::new());
    let mut known = KNOWN.lock();
    if let Some((_, headers)) = known.iter().find(|(known, _)| *known == accept) {
        return Arc::clone(headers);
    }
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static(accept));
    // The cap on bodies counts the bytes of the wire, so nothing is unpacked, and that is said.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let headers = Arc::new(headers);
    known.push((accept, Arc::clone(&headers)));
    headers
}

impl Sender {
    /// `accept` is what the binding can read.
    pub(super) fn new(
        connections: Connections,
        bearer: Bearer,
        accept: &'static str,
        auth: &[Auth],
        pace: Option<Pace>,
        limits: Limits,
    ) -> Result<Self, ConnectError> {
        let mut headers = plain_headers(accept);
        let mut shown = vec![(CONTENT_TYPE.to_string(), "application/json".to_owned())];
        let mut secrets = Vec::new();
        for auth in auth {
            shown.push(auth.shown());
            secrets.extend(auth.client_secret());
            if let Some((name, value)) = auth.header(&connections.pooled)? {
                secrets.extend(auth.secrets(&value));
                Arc::make_mut(&mut headers).insert(name, value);
            }
        }
        let redactor = bearer.redactor(Redactor::new(secrets));
        Ok(Self {
            connections,
            headers,
            limits,
            gate: Gate::new(pace),
            recorder: Arc::new(Recorder::new(redactor, shown)),
            bearer,
        })
    }

    /// Sends a request, again as long as the provider asks for patience and has not used up ours.
    pub(super) async fn send_with_retry_after(
        &self,
        parts: RequestParts<'_>,
        limit: Duration,
        listener: &mut dyn Listener,
    ) -> SendOutcome {
        let (mut waited, mut attempts, mut pauses) = (Duration::ZERO, 0_u32, 0_u32);
        let mut renewals = Renewals::default();
        loop {
            self.gate.pass().await;
            let token = match self.bearer.token().await {
                Ok(token) => token,
                Err(error) => {
                    let last = Attempt {
                        head: Err(error),
                        body: Received::default(),
                        sent: false,
                        unwritten: false,
                    };
                    return SendOutcome {
                        last,
                        waited,
                        attempts,
                    };
                }
            };
            let mode = self.connections.keep_alive.mode().await;
            let start = Instant::now();
            let mut last = self.once(&mode, parts, token.as_deref(), limit, listener).await;
            drop(mode);
            let end = last.body.done.unwrap_or_else(Instant::now);
            let took = end.saturating_duration_since(start);
            // A call that is refused before it is looked at has done nothing, and is sent again with another token.
            if let Some(token) = &token
                && self.bearer.replaced(token, &mut last.head, &mut renewals).await
            {
                continue;
            }
            waited = took.saturating_add(waited);
            attempts = u32::from(last.sent).saturating_add(attempts);
            let wait = last.head.as_ref().ok().and_then(|head| head.patience(pauses));
            match wait {
                Some(wait) if pauses < self.limits.pauses => {
                    // Many calls that come back together, sooner than the provider counts anew, would turn each other away.
                    let wait = if pauses >= BACKOFF_FLOOR_AFTER {
                        wait.max(BACKOFF_FLOOR)
                    } else {
                        wait
                    };
                    let wait = wait.min(self.limits.longest_pause);
                    if !self.may_pause(wait) {
                        return SendOutcome {
                            last,
                            waited,
                            attempts,
                        };
                    }
                    pauses = pauses.saturating_add(1);
                    self.gate.pause(wait);
                }
                _ => {
                    return SendOutcome {
                        last,
                        waited,
                        attempts,
                    };
                }
            }
        }
    }

    /// Returns true if the test that makes this call, and the turn of the provider, have so much patience left.
    fn may_pause(&self, wait: Duration) -> bool {
        TestBudget::current().is_none_or(|budget| budget.pause(wait, self.gate.longer_closed_by(wait)))
    }

    /// Writes a request over a connection of its own, and closes the connection before the answer is read.
    ///
    /// # Errors
    ///
    /// The request was not written within the limit.
    pub(super) async fn send_without_answer(
        &self,
        parts: RequestParts<'_>,
        limit: Duration,
    ) -> Result<(), TransportError> {
        self.gate.pass().await;
        let token = self.bearer.token().await?;
        let taken = Arc::new(AtomicBool::new(parts.body.is_none()));
        let request = self.request(parts, token.as_deref(), &taken);
        let response = self.connections.single.execute(request);
        let written = async {
            while !taken.load(Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            tokio::time::sleep(AFTER_WRITING).await;
        };
        // The connection ends with the future, or with the response, that is dropped here.
        let closed = async {
            tokio::select! {
                response = response => match response {
                    Err(error) if error.is_connect() || !taken.load(Ordering::Relaxed) => {
                        Err(request_error::transport_error(&error, false))
                    }
                    // An answer that came sooner is lost as well, and so is one that the server did not give.
                    _ => Ok(()),
                },
                () = written => Ok(()),
            }
        };
        tokio::time::timeout(limit, closed)
            .await
            .unwrap_or_else(|_| Err(TransportError::Connect(request_error::NOT_ACCEPTED.to_owned())))
    }

    /// Makes so many requests ready to go out at one time. Opens connections for them, by a warm-up request over each: none can be open
    /// beforehand where the server closes them after each answer. Saves up what the pace allows, and returns false where it allows too
    /// little.
    pub(super) async fn ready<L: Listener + Copy>(
        &self,
        requests: usize,
        warm_up: WarmUp<'_>,
        listener: L,
    ) -> bool {
        if !self.gate.bears(requests) {
            return false;
        }
        let once = || async move {
            let body = (warm_up.body)();
            let parts = RequestParts {
                method: None,
                url: warm_up.url,
                headers: warm_up.headers,
                body: body.as_deref(),
            };
            let mut listener = listener;
            self.send_with_retry_after(parts, self.limits.call, &mut listener)
                .await;
        };
        let keep_alive = &self.connections.keep_alive;
        for _ in 0..=PROOF.saturating_mul(2) {
            if keep_alive.is_open() {
                keep_alive.settled().await;
                once().await;
            }
        }
        let opens = keep_alive.is_proven();
        if !opens {
            keep_alive.doubt();
        }
        // Connections that are opened long before the requests are closed again by then, so both are one burst.
        if opens && self.gate.save_up(requests.saturating_mul(2)).await {
            at_once(join_all((0..requests).map(|_| once()))).await;
            return true;
        }
        self.gate.save_up(requests).await
    }

    /// Sends a request. A connection that closed before the request was written is opened again once: the pool does that for
    /// one that was used before, and here it is done for a new one. Nothing that was written is ever sent again.
    async fn once(
        &self,
        mode: &ConnectionMode<'_>,
        parts: RequestParts<'_>,
        token: Option<&Token>,
        limit: Duration,
        listener: &mut dyn Listener,
    ) -> Attempt {
        let first = self.send(mode, parts, token, limit, listener).await;
        if first.unwritten {
            self.send(mode, parts, token, limit, listener).await
        } else {
            first
        }
    }

    async fn send(
        &self,
        mode: &ConnectionMode<'_>,
        parts: RequestParts<'_>,
        token: Option<&Token>,
        limit: Duration,
        listener: &mut dyn Listener,
    ) -> Attempt {
        let taken = Arc::new(AtomicBool::new(parts.body.is_none()));
        let request = self.request(parts, token, &taken);
        let Connections {
            pooled,
            single,
            keep_alive,
        } = &self.connections;
        let client = if mode.is_pooled() { pooled } else { single };
        let mut head = None;
        let mut body = Received::default();
        let conversation = async {
            let mut response = client.execute(request).await?;
            let headers = std::mem::take(response.headers_mut());
            let head = head.insert(Head::new(response.status(), headers));
            self.bearer.advise(head);
            // The head of a redirect says all that counts.
            if !head.status.is_redirection() {
                if listener.takes(head) {
                    body.listen(&mut response, listener).await;
                } else {
                    body.read(&mut response, self.limits.body_bytes).await;
                }
            }
            match body.end {
                Some(End::Lost(_)) => keep_alive.lost(mode),
                _ => mode.answered(&response),
            }
            Ok::<_, reqwest::Error>(())
        };
        let end = tokio::time::timeout(limit, conversation).await;
        let taken = taken.load(Ordering::Relaxed);
        let failed = |error, sent, unwritten| Attempt {
            head: Err(error),
            body: Received::default(),
            sent,
            unwritten,
        };
        match (head, end) {
            (Some(head), _) => Attempt {
                head: Ok(head),
                body,
                sent: true,
                unwritten: false,
            },
            (None, Ok(Err(error))) => {
                keep_alive.lost(mode);
                let sent = taken && !error.is_connect();
                failed(
                    request_error::transport_error(&error, sent),
                    sent,
                    !taken && !error.is_connect(),
                )
            }
            (None, _) if taken => failed(TransportError::TimedOut(limit), true, false),
            (None, _) => failed(
                TransportError::Connect(request_error::NOT_ACCEPTED.to_owned()),
                false,
                false,
            ),
        }
    }

    fn request(&self, parts: RequestParts<'_>, token: Option<&Token>, taken: &Arc<AtomicBool>) -> Request {
        let method = match (parts.method, parts.body) {
            (Some(method), _) => method.clone(),
            (None, Some(_)) => Method::POST,
            (None, None) => Method::GET,
        };
        let mut request = Request::new(method, parts.url.clone());
        let mut headers = self.headers.as_ref().clone();
        headers.extend(parts.headers.clone());
        if let Some(token) = token {
            headers.insert(AUTHORIZATION, token.header.clone());
        }
        if let Some(bytes) = parts.body {
            headers
                .entry(CONTENT_TYPE)
                .or_insert(HeaderValue::from_static("application/json"));
            headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
            let tracked = TrackedBody {
                bytes: Some(bytes.to_vec()),
                taken: Arc::clone(taken),
            };
            *request.body_mut() = Some(Body::wrap_stream(tracked));
        }
        *request.headers_mut() = headers;
        request
    }

    /// The response headers that bear on a verdict, without secrets.
    pub(super) fn telling_headers(&self, head: &Head) -> Vec<(String, String)> {
        TELLING
            .iter()
            .filter_map(|name| {
                let value = String::from_utf8_lossy(head.headers.get(name)?.as_bytes()).into_owned();
                Some((name.to_string(), self.recorder.redact(value)))
            })
            .collect()
    }
}
