//! A connection on which messages travel, whatever it is made of.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use reqwest::header::HeaderValue;

use super::message::{Message, Reply, RpcError};
use crate::transport::client_options::Revision;
use crate::transport::error::TransportError;

/// Opens connections to one provider.
#[async_trait]
pub(in crate::transport) trait Wire: Send + Sync {
    /// The connections that it opens.
    type Line: Line;

    /// Opens one. No message has travelled yet.
    async fn open(&self) -> Result<Self::Line, TransportError>;

    /// Opens one in the way of the oldest revision, where the server has that. The error is why it has not.
    async fn open_oldest(&self, _: Duration) -> Result<Self::Line, String> {
        Err("there is none".to_owned())
    }

    /// True if headers repeat arguments of calls, where a tool's schema asks for that.
    fn mirrors(&self) -> bool {
        false
    }

    /// An id that no request to this provider has had.
    fn next_id(&self) -> i64;
}

/// A connection. Requests of several callers may be under way on it.
#[async_trait]
pub(in crate::transport) trait Line: Send + Sync {
    /// Sends a request and waits for its reply.
    async fn ask(&self, message: &Message, limit: Duration) -> Sent;

    /// Sends a request and closes the connection before its reply is read. `Ok(false)` where that would end the session; nothing is
    /// sent then.
    async fn send_without_reply(&self, _: &Message, _: Duration) -> Result<bool, TransportError> {
        Ok(false)
    }

    /// Sends a notification. The reply is of no matter where there is one.
    async fn notify(&self, message: &Message, limit: Duration) -> Sent;

    /// Opens connections for so many requests at one time, where one does not carry them all, by sending what `harmless` writes.
    /// Returns whether requests can go out at one time.
    async fn ready(&self, requests: usize, harmless: &(dyn Fn() -> Message + Sync)) -> bool;

    /// Notes what the handshake agreed on.
    fn settle(&mut self, revision: Revision, session: Option<HeaderValue>);

    /// Goes on at the address that an answer pointed to, where that may be done. Returns a word about it.
    fn follow(&mut self, _: &TransportError) -> Option<String> {
        None
    }

    /// What is to be told of it, and was not yet.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    /// Ends it in the way that the protocol wants, within a moment.
    async fn close(&self) {}

    /// Returns true if it has broken for good.
    fn is_over(&self) -> bool;
}

/// The result of sending a message.
#[derive(Debug)]
pub(in crate::transport) struct Sent {
    /// The reply, or what was there instead of one.
    pub(in crate::transport) reply: Result<Reply, LineError>,
    /// A JSON-RPC error, also where the status says more than it.
    pub(in crate::transport) refusal: Option<RpcError>,
    /// Time spent waiting, without pauses.
    pub(in crate::transport) waited: Duration,
    /// The number of times that it went out.
    pub(in crate::transport) attempts: u32,
    /// The status, the headers and the clock of the response.
    pub(in crate::transport) meta: ResponseMeta,
    /// The session that the server opened.
    pub(in crate::transport) session: Option<HeaderValue>,
}

/// The status, the headers and the clock of a response, for the record.
#[derive(Debug, Clone, Default)]
pub(in crate::transport) struct ResponseMeta {
    pub(in crate::transport) status: Option<u16>,
    pub(in crate::transport) clock: Option<(DateTime<Utc>, DateTime<Utc>)>,
    pub(in crate::transport) headers: Vec<(String, String)>,
    /// The bytes to show where there is no answer.
    pub(in crate::transport) body: Vec<u8>,
}

/// The reason why there is no reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::transport) enum LineError {
    /// Something is wrong.
    TransportError(TransportError),
    /// The server does not know the session any more. What the answer would mean otherwise, and a word about it where it is not 404.
    SessionGone(TransportError, Option<String>),
}

impl From<TransportError> for LineError {
    fn from(error: TransportError) -> Self {
        Self::TransportError(error)
    }
}
