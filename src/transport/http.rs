//! Providers over plain HTTP: `POST {url}/tools/{tool}` with the input as the body, the output as the answer.

use std::collections::HashMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::Stream;
use reqwest::header::{
    ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue,
    LOCATION, RETRY_AFTER,
};
use reqwest::{Body, Client, Method, Request, StatusCode, Url};
use serde_json::Value;

use super::body::{End, Received};
use super::gate::Gate;
use super::judge::{Heading, judge};
use super::keep_alive::{KeepAlive, Way};
use super::record::Recorder;
use super::{Auth, Call, ConnectError, Limits, ListedTool, Reply, Transport, Trouble, TroubleClass};
use super::{dates, listing, wire};
use crate::model::{Exchange, Redactor};

/// The response headers that bear on a verdict.
const TELLING: [HeaderName; 4] = [CONTENT_TYPE, DATE, RETRY_AFTER, LOCATION];

/// What the providers of one server share.
#[derive(Debug, Clone)]
pub(super) struct Connections {
    /// Keeps connections for the next request.
    pub(super) pooled: Client,
    /// Opens a connection for every request.
    pub(super) single: Client,
    pub(super) keep_alive: Arc<KeepAlive>,
}

/// The way to one provider.
pub(super) struct HttpTransport {
    connections: Connections,
    base: Url,
    /// The headers of every request.
    headers: HeaderMap,
    limits: Limits,
    gate: Gate,
    recorder: Recorder,
    /// The URL of each tool that was called.
    tools: RwLock<HashMap<String, Arc<Url>>>,
}

/// What came of sending a request until no more patience was asked for, or there was none left.
struct Outcome {
    last: Attempt,
    waited: Duration,
    attempts: u32,
}

/// What came of sending a request once.
struct Attempt {
    /// The head of the response, or why there is none.
    head: Result<Head, Trouble>,
    body: Received,
    /// Whether the request went out.
    sent: bool,
    /// Whether a connection came about but closed before the request could be written.
    unwritten: bool,
}

struct Head {
    status: StatusCode,
    headers: HeaderMap,
    /// Our own clock when it came.
    at: DateTime<Utc>,
}

impl Head {
    fn text(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The provider's clock.
    fn date(&self) -> Option<DateTime<Utc>> {
        self.text(&DATE).and_then(dates::http_date)
    }

    /// How long the provider asks us to wait before the next request, if it does.
    fn patience(&self, pauses: u32) -> Option<Duration> {
        let asked = || dates::retry_after(self.text(&RETRY_AFTER)?, self.date().unwrap_or(self.at));
        match self.status {
            StatusCode::TOO_MANY_REQUESTS => Some(asked().unwrap_or_else(|| dates::backoff(pauses))),
            StatusCode::SERVICE_UNAVAILABLE => asked(),
            _ => None,
        }
    }
}

/// The body of a request. It notes when it is taken: from then on the request may have reached the provider.
struct Noted {
    bytes: Option<Vec<u8>>,
    taken: Arc<AtomicBool>,
}

impl Stream for Noted {
    type Item = Result<Vec<u8>, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.taken.store(true, Ordering::Relaxed);
        Poll::Ready(self.bytes.take().map(Ok))
    }
}

impl HttpTransport {
    pub(super) fn new(
        connections: Connections,
        base: Url,
        auth: Option<&Auth>,
        max_per_second: Option<f64>,
        limits: Limits,
    ) -> Result<Self, ConnectError> {
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let mut shown = vec![(CONTENT_TYPE.to_string(), "application/json".to_owned())];
        let mut secrets = Vec::new();
        if let Some(auth) = auth {
            let (name, value) = auth.header(&connections.pooled)?;
            secrets = auth.secrets(&value);
            shown.push(auth.shown());
            headers.insert(name, value);
        }
        Ok(Self {
            connections,
            base,
            headers,
            limits,
            gate: Gate::new(max_per_second),
            recorder: Recorder::new(Redactor::new(secrets), shown),
            tools: RwLock::default(),
        })
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        // Only URLs without a host have no path, and those were refused.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    fn tool_url(&self, tool: &str) -> Arc<Url> {
        let known = self
            .tools
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(tool)
            .map(Arc::clone);
        known.unwrap_or_else(|| {
            let url = Arc::new(self.url(&["tools", tool]));
            let mut tools = self.tools.write().unwrap_or_else(PoisonError::into_inner);
            tools.insert(tool.to_owned(), Arc::clone(&url));
            url
        })
    }

    /// Sends a request, again as long as the provider asks for patience and has not used up ours.
    async fn patiently(&self, url: &Url, input: Option<&Value>, limit: Duration) -> Outcome {
        let (mut waited, mut attempts, mut pauses) = (Duration::ZERO, 0, 0);
        loop {
            self.gate.pass().await;
            let way = self.connections.keep_alive.way().await;
            let start = Instant::now();
            let last = self.once(&way, url, input, limit).await;
            drop(way);
            waited += start.elapsed();
            attempts += u32::from(last.sent);
            let wait = last.head.as_ref().ok().and_then(|head| head.patience(pauses));
            match wait {
                Some(wait) if pauses < self.limits.pauses => {
                    pauses += 1;
                    self.gate.pause(wait.min(self.limits.longest_pause));
                }
                _ => {
                    return Outcome {
                        last,
                        waited,
                        attempts,
                    };
                }
            }
        }
    }

    /// Sends a request. A connection that closed before the request was written is opened again once: the pool does that for
    /// one that was used before, and here it is done for a new one. Nothing that was written is ever sent again.
    async fn once(&self, way: &Way<'_>, url: &Url, input: Option<&Value>, limit: Duration) -> Attempt {
        let first = self.send(way, url, input, limit).await;
        if first.unwritten {
            self.send(way, url, input, limit).await
        } else {
            first
        }
    }

    async fn send(&self, way: &Way<'_>, url: &Url, input: Option<&Value>, limit: Duration) -> Attempt {
        let taken = Arc::new(AtomicBool::new(input.is_none()));
        let request = self.request(url, input, &taken);
        let Connections {
            pooled,
            single,
            keep_alive,
        } = &self.connections;
        let client = if way.is_pooled() { pooled } else { single };
        let mut head = None;
        let mut body = Received::default();
        let conversation = async {
            let mut response = client.execute(request).await?;
            let headers = std::mem::take(response.headers_mut());
            let (status, at) = (response.status(), Utc::now());
            head = Some(Head { status, headers, at });
            // A redirect is judged by its head alone.
            if !status.is_redirection() {
                body.read(&mut response, self.limits.body_bytes).await;
            }
            match body.end {
                Some(End::Lost(_)) => keep_alive.lost(way),
                _ => way.answered(&response),
            }
            Ok::<_, reqwest::Error>(())
        };
        let end = tokio::time::timeout(limit, conversation).await;
        let taken = taken.load(Ordering::Relaxed);
        let failed = |trouble, sent, unwritten| Attempt {
            head: Err(trouble),
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
                keep_alive.lost(way);
                let sent = taken && !error.is_connect();
                failed(wire::trouble(&error, sent), sent, !taken && !error.is_connect())
            }
            (None, _) if taken => failed(Trouble::TimedOut(limit), true, false),
            (None, _) => failed(Trouble::Connect(wire::NOT_ACCEPTED.to_owned()), false, false),
        }
    }

    fn request(&self, url: &Url, input: Option<&Value>, taken: &Arc<AtomicBool>) -> Request {
        let method = if input.is_some() {
            Method::POST
        } else {
            Method::GET
        };
        let mut request = Request::new(method, url.clone());
        let mut headers = self.headers.clone();
        if let Some(input) = input {
            // A JSON value can always be written: its keys are texts and its numbers are finite.
            let bytes = serde_json::to_vec(input).unwrap_or_default();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
            let noted = Noted {
                bytes: Some(bytes),
                taken: Arc::clone(taken),
            };
            *request.body_mut() = Some(Body::wrap_stream(noted));
        }
        *request.headers_mut() = headers;
        request
    }

    /// What the last attempt at a call says.
    fn judged(&self, last: &Attempt, limit: Duration) -> Result<super::Answer, Trouble> {
        let head = last.head.as_ref().map_err(Clone::clone)?;
        match head.status {
            StatusCode::TOO_MANY_REQUESTS => return Err(Trouble::RateLimited),
            StatusCode::SERVICE_UNAVAILABLE if head.patience(0).is_some() => {
                return Err(Trouble::Unavailable);
            }
            _ => {}
        }
        let heading = Heading {
            status: head.status,
            content_type: head.text(&CONTENT_TYPE),
            content_encoding: head.text(&CONTENT_ENCODING),
            location: head.text(&LOCATION),
        };
        judge(heading, &last.body, &self.limits, limit, &|text| {
            self.recorder.redact(text)
        })
    }

    fn telling_headers(&self, head: &Head) -> Vec<(String, String)> {
        TELLING
            .iter()
            .filter_map(|name| {
                let value = String::from_utf8_lossy(head.headers.get(name)?.as_bytes()).into_owned();
                Some((name.to_string(), self.recorder.redact(value)))
            })
            .collect()
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn call(&self, call: Call<'_>) -> Reply {
        let limit = call.limit.min(self.limits.call);
        let url = self.tool_url(call.tool);
        let Outcome {
            last,
            waited,
            attempts,
        } = self.patiently(&url, Some(call.input), limit).await;
        let answer = self.judged(&last, limit);
        let text = if answer.is_err() {
            self.recorder.text(&last.body.bytes)
        } else {
            None
        };
        let head = last.head.as_ref().ok();
        Reply {
            answer,
            waited,
            attempts,
            status: head.map(|head| head.status.as_u16()),
            clock: head.and_then(|head| Some((head.date()?, head.at))),
            headers: head.map(|head| self.telling_headers(head)).unwrap_or_default(),
            text,
        }
    }

    async fn list_tools(&self) -> Result<Option<Vec<ListedTool>>, Trouble> {
        let url = self.url(&["tools"]);
        let Outcome { last, .. } = self.patiently(&url, None, self.limits.call).await;
        if let (Ok(head), Some(End::Whole)) = (&last.head, &last.body.end)
            && head.status.is_success()
        {
            return Ok(listing::tools(&last.body.bytes, &self.limits));
        }
        match self.judged(&last, self.limits.call) {
            Err(trouble) if trouble.class() == TroubleClass::NotAsked => Err(trouble),
            _ => Ok(None),
        }
    }

    fn exchange(&self, call: Call<'_>, reply: &Reply) -> Exchange {
        self.recorder
            .exchange(self.tool_url(call.tool).to_string(), call, reply)
    }
}
