//! HTTP as the revision 2024-11-05 has it: messages are posted to an address that the server names on a stream, and replies come on that
//! stream.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use reqwest::Url;
use reqwest::header::HeaderMap;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::events::Events;
use super::link::Link;
use super::listener::{HeadOnly, is_events, read};
use super::message::{Incoming, Message, Reply, parse_messages};
use super::server_requests;
use crate::transport::body::{End, Listener, WholeBodies};
use crate::transport::error::TransportError;
use crate::transport::head::{Head, Heading};
use crate::transport::parse_answer::{NoAnswer, doubled, instead_of_an_answer};
use crate::transport::sender::SendOutcome;

/// The longest time that one stream is held open.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The number of requests of the server's own that are answered on one stream.
const MOST_ASKED: u32 = 1_000;

/// An open stream. It is closed when this is dropped.
pub(super) struct OldestStream {
    link: Arc<Link>,
    shared: Arc<Shared>,
    task: AbortHandle,
}

type Waiting = oneshot::Sender<Result<Reply, NoAnswer>>;

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The callers that wait for a reply, by the id of their request.
    waiting: HashMap<i64, Waiting>,
    is_over: bool,
    /// Where our own messages go, once it is known.
    endpoint: Option<Url>,
}

impl Drop for OldestStream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl OldestStream {
    /// Opens a stream, and waits until the server has named the address for messages. The error is why it has not.
    pub(super) async fn open(link: &Arc<Link>, limit: Duration) -> Result<(Self, Url), String> {
        let shared = Arc::new(Shared::default());
        let (named, naming) = oneshot::channel();
        let mut listener = OldestListener {
            link: Arc::clone(link),
            shared: Arc::clone(&shared),
            events: Events::default(),
            named: Some(named),
            asked: 0,
        };
        let of_task = Arc::clone(link);
        let task = tokio::spawn(async move {
            of_task
                .listen(&of_task.url, &HeaderMap::new(), LONGEST, &mut listener)
                .await;
            listener.shared.end();
        });
        let stream = Self {
            link: Arc::clone(link),
            shared,
            task: task.abort_handle(),
        };
        let named = timeout(limit, naming).await;
        let text = named
            .ok()
            .and_then(Result::ok)
            .ok_or("no stream names an address for messages")?;
        let text = String::from_utf8(text).map_err(|_| "the address for messages is no text")?;
        let url = link
            .url
            .join(text.trim())
            .map_err(|_| "the address for messages is none")?;
        // Whoever we were sent to would be sent our credential.
        if url.origin() != link.url.origin() {
            return Err("the address for messages is on another server".to_owned());
        }
        stream.shared.state.lock().endpoint = Some(url.clone());
        Ok((stream, url))
    }

    /// Sends a request and waits for its reply on the stream.
    pub(super) async fn ask(
        &self,
        message: &Message,
        url: &Url,
        headers: &HeaderMap,
        limit: Duration,
    ) -> (SendOutcome, Result<Reply, TransportError>) {
        let start = Instant::now();
        let (sender, reply) = oneshot::channel();
        self.shared.expect(message.id.unwrap_or_default(), sender);
        let mut outcome = self
            .link
            .post(url, &message.bytes(), headers, limit, &mut HeadOnly)
            .await;
        let refused = match &outcome.last.head {
            Err(error) => Some(error.clone()),
            Ok(head) => head.out_of_patience().or_else(|| {
                let what = NoAnswer::Is("a refusal of the message".to_owned());
                let redact = |text| self.link.redact(text);
                (!head.status.is_success()).then(|| instead_of_an_answer(head.heading(), Some(what), &redact))
            }),
        };
        if let Some(error) = refused {
            return (outcome, Err(error));
        }
        let left = limit.saturating_sub(start.elapsed());
        let reply = match timeout(left, reply).await {
            Ok(Ok(Ok(reply))) => Ok(reply),
            Ok(Ok(Err(NoAnswer::TransportError(error)))) => Err(error),
            Ok(Ok(Err(NoAnswer::Is(what)))) => Err(TransportError::NotAnAnswer(what)),
            Ok(Ok(Err(NoAnswer::Doubled(key)))) => Err(TransportError::NotAnAnswer(doubled(&key))),
            Ok(Err(_)) => Err(TransportError::Lost(
                "the event stream ended without the answer".to_owned(),
            )),
            Err(_) => Err(TransportError::TimedOut(limit)),
        };
        outcome.waited = start.elapsed();
        (outcome, reply)
    }

    pub(super) fn is_over(&self) -> bool {
        self.shared.state.lock().is_over
    }
}

impl Shared {
    fn expect(&self, id: i64, waiting: Waiting) {
        let mut state = self.state.lock();
        if !state.is_over {
            state.waiting.insert(id, waiting);
        }
    }

    fn end(&self) {
        let mut state = self.state.lock();
        state.is_over = true;
        state.waiting.clear();
    }

    fn take(&self, id: &Value) -> Option<Waiting> {
        self.state.lock().waiting.remove(&id.as_i64()?)
    }

    /// What cannot be read is told to whoever waits longest: it may have been for anyone.
    fn tell_first(&self, what: NoAnswer) {
        let mut state = self.state.lock();
        let first = state.waiting.keys().min().copied();
        if let Some(waiting) = first.and_then(|first| state.waiting.remove(&first)) {
            let _ = waiting.send(Err(what));
        }
    }
}

/// Hears the stream for as long as it lasts.
struct OldestListener {
    link: Arc<Link>,
    shared: Arc<Shared>,
    events: Events,
    /// Told the address for messages.
    named: Option<oneshot::Sender<Vec<u8>>>,
    asked: u32,
}

impl OldestListener {
    fn event(&mut self, data: &[u8]) {
        let messages = {
            let link = &self.link;
            read(Heading::NONE, data, &link.sender.limits, &|text| {
                link.redact(text)
            })
        };
        let messages = match messages.and_then(|value| parse_messages(value).map_err(NoAnswer::Is)) {
            Ok(messages) => messages,
            Err(what) => return self.shared.tell_first(what),
        };
        for message in messages {
            match message {
                Incoming::Reply { id, reply } => {
                    if let Some(waiting) = self.shared.take(&id) {
                        let _ = waiting.send(Ok(reply));
                    }
                }
                Incoming::Request { id, method, params } => self.answer(&id, &method, &params),
                Incoming::Notification => {}
            }
        }
    }

    fn answer(&mut self, id: &Value, method: &str, params: &Value) {
        self.asked = self.asked.saturating_add(1);
        let endpoint = self.shared.state.lock().endpoint.clone();
        let Some(url) = endpoint.filter(|_| self.asked <= MOST_ASKED) else {
            return;
        };
        let link = Arc::clone(&self.link);
        let bytes = server_requests::reply(link.policy, id, method, params)
            .to_string()
            .into_bytes();
        tokio::spawn(async move {
            let limit = link.sender.limits.call;
            link.post(&url, &bytes, &HeaderMap::new(), limit, &mut WholeBodies)
                .await;
        });
    }
}

impl Listener for OldestListener {
    fn takes(&mut self, head: &Head) -> bool {
        let takes = head.status.is_success() && is_events(head);
        if !takes {
            self.named = None;
        }
        takes
    }

    fn piece(&mut self, bytes: &[u8]) -> Option<End> {
        let cap = self.link.sender.limits.body_bytes;
        let Ok(events) = self.events.feed(bytes, cap) else {
            return Some(End::TooLarge);
        };
        if let Some(endpoint) = self.events.take_endpoint()
            && let Some(named) = self.named.take()
        {
            let _ = named.send(endpoint);
        }
        for data in events {
            self.event(&data);
        }
        None
    }
}
