//! Requests in the session of one provider: the session is opened for the first, and again where it broke.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use parking_lot::Mutex;

use super::handshake::Handshake;
use super::line::{Line, LineError, ResponseMeta, Wire};
use super::manner::Manner;
use super::message::{Message, Reply as RpcReply, Writer};
use super::session::{McpSession, SessionError, Sessions};
use crate::transport::client_options::ClientOptions;
use crate::transport::error::TransportError;
use crate::transport::record::Recorder;
use crate::transport::types::Limits;
use crate::transport::whole::Peer;

/// The most remarks about one provider that are kept.
const MOST_REMARKS: usize = 20;

/// The way to one provider over MCP.
pub(in crate::transport) struct McpTransport<W: Wire> {
    pub(super) wire: W,
    writer: Writer,
    pub(super) options: ClientOptions,
    pub(super) limits: Limits,
    pub(super) recorder: Arc<Recorder>,
    /// The URL or the command, as a record shows it.
    pub(super) target: String,
    sessions: Sessions<W::Line>,
    /// The server, as it presented itself last.
    peer: Mutex<Option<Peer>>,
    /// The tools that the provider lists, with how they want to be called, once they have been read.
    pub(super) listed: Mutex<Option<BTreeMap<String, Manner>>>,
    /// True once the listing was read for no other reason than that a call had to know it.
    pub(super) looked_up: AtomicBool,
    /// What is wrong with the listing.
    pub(super) complaints: Mutex<Vec<String>>,
    remarks: Mutex<Remarks>,
}

/// What there is to tell, each once.
#[derive(Default)]
struct Remarks {
    told: BTreeSet<String>,
    pending: Vec<String>,
}

/// The cost of a call so far.
#[derive(Default)]
pub(super) struct Spent {
    pub(super) waited: Duration,
    pub(super) attempts: u32,
}

impl<W: Wire> McpTransport<W> {
    pub(in crate::transport) fn new(
        wire: W,
        user_agent: &str,
        options: ClientOptions,
        limits: Limits,
        recorder: Arc<Recorder>,
        target: String,
    ) -> Self {
        Self {
            wire,
            writer: Writer::new(user_agent, options.server_requests),
            options,
            limits,
            recorder,
            target,
            sessions: Sessions::default(),
            peer: Mutex::default(),
            listed: Mutex::default(),
            looked_up: AtomicBool::new(false),
            complaints: Mutex::default(),
            remarks: Mutex::default(),
        }
    }

    pub(super) fn redact(&self, text: String) -> String {
        self.recorder.redact(text)
    }

    /// The session, opened where there is none.
    pub(super) async fn session(&self, limit: Duration) -> Result<Arc<McpSession<W::Line>>, SessionError> {
        let redact = |text| self.redact(text);
        let handshake = Handshake {
            wire: &self.wire,
            writer: &self.writer,
            wanted: self.options.revision,
            redact: &redact,
        };
        let opening = async {
            let session = handshake.open(limit).await?;
            *self.peer.lock() = Some(session.peer.clone());
            for note in &session.notes {
                self.remark(note.clone());
            }
            Ok(session)
        };
        self.sessions.get(opening).await
    }

    /// Sends a request in the session, once more in a new one where the server has forgotten the old.
    pub(super) async fn request(
        &self,
        write: &(impl Fn(i64) -> Message + Sync),
        limit: Duration,
        spent: &mut Spent,
    ) -> Result<(RpcReply, ResponseMeta), SessionError> {
        let mut first = true;
        loop {
            let session = self.session(limit).await?;
            let sent = session.line.ask(&self.written(&session, write), limit).await;
            spent.waited = spent.waited.saturating_add(sent.waited);
            spent.attempts = spent.attempts.saturating_add(sent.attempts);
            // A connection that broke after it gave this reply is kept: the next call reports its end.
            let is_over = sent.reply.is_err() && session.line.is_over();
            let is_gone = matches!(sent.reply, Err(LineError::SessionGone(..)));
            if is_over || is_gone {
                self.sessions.forget(&session).await;
            }
            for remark in session.line.remarks() {
                self.remark(remark);
            }
            let error = match sent.reply {
                Ok(reply) => return Ok((reply, sent.meta)),
                Err(LineError::SessionGone(_, word)) if first => {
                    first = false;
                    word.into_iter().for_each(|word| self.remark(word));
                    continue;
                }
                Err(LineError::SessionGone(error, _) | LineError::TransportError(error)) => error,
            };
            return Err(SessionError {
                error,
                meta: sent.meta,
            });
        }
    }

    pub(super) fn written(
        &self,
        session: &McpSession<W::Line>,
        write: &(impl Fn(i64) -> Message + Sync),
    ) -> Message {
        let message = write(self.wire.next_id());
        if session.stateless {
            self.writer.stateless(message)
        } else {
            message
        }
    }

    /// Takes note of something that is told once.
    fn remark(&self, text: String) {
        let mut remarks = self.remarks.lock();
        if remarks.told.len() < MOST_REMARKS && remarks.told.insert(text.clone()) {
            remarks.pending.push(text);
        }
    }

    /// What is to be told and was not yet.
    pub(super) fn take_remarks(&self) -> Vec<String> {
        std::mem::take(&mut self.remarks.lock().pending)
    }

    pub(super) fn presented(&self) -> Option<Peer> {
        self.peer.lock().clone()
    }

    /// Ends the session, where one is open.
    pub(super) async fn leave(&self) {
        if let Some(session) = self.sessions.take().await {
            session.line.close().await;
        }
    }

    /// The error of a request that got no reply, as that of a transport.
    pub(super) fn timed_out(limit: Duration, meta: ResponseMeta) -> SessionError {
        SessionError {
            error: TransportError::TimedOut(limit),
            meta,
        }
    }
}
