//! The opening of a session: `initialize`, or what stands for it in the stateless revision.

use std::time::Duration;

use rmcp::model::ErrorCode;
use serde_json::Value;

use super::line::{Line, LineError, ResponseMeta, Sent, Wire};
use super::message::{RpcError, Writer};
use super::revisions::{named, newest, none_in_common, not_the_wanted};
use super::session::{McpSession, SessionError};
use crate::transport::client_options::Revision;
use crate::transport::error::{ErrorKind, TransportError};
use crate::transport::parse_answer::start_of;
use crate::transport::whole::Peer;

/// The most times that a handshake is begun again: at another address, with another revision, in an older way.
const MOST_BEGINNINGS: usize = 5;

/// The code of a stateless server for a request without the headers that it wants.
const HEADER_MISMATCH: i64 = -32020;

/// The code of many servers for whatever is wrong with a request.
const SERVER_ERROR: i64 = -32000;

/// One handshake, which may take several beginnings.
pub(super) struct Handshake<'a, W: Wire> {
    pub(super) wire: &'a W,
    pub(super) writer: &'a Writer,
    /// The only revision that will do, where there is one.
    pub(super) wanted: Option<Revision>,
    pub(super) redact: &'a (dyn Fn(String) -> String + Sync),
}

/// The way on from the answer to one beginning.
enum Next<L> {
    Done(McpSession<L>),
    Offer(Revision),
    Discover(SessionError),
    Follow(L, String),
    Oldest(SessionError),
    Stop(SessionError),
}

impl<W: Wire> Handshake<'_, W> {
    /// Opens a session within the limit, pauses that the provider asks for aside.
    pub(super) async fn open(&self, limit: Duration) -> Result<McpSession<W::Line>, SessionError> {
        let mut left = limit;
        let mut notes = Vec::new();
        let mut line = self.line().await?;
        if self.wanted.is_some_and(|wanted| !wanted.has_initialize()) {
            return self.discover(line, left, None).await;
        }
        let mut offered = self.wanted.unwrap_or(Revision::NEWEST_WITH_INITIALIZE);
        let mut was_oldest = false;
        for _ in 0..MOST_BEGINNINGS {
            let next = self.initialize(line, offered, &mut left).await;
            line = match next {
                Next::Done(mut session) => {
                    session.notes.extend(notes);
                    return Ok(session);
                }
                Next::Offer(revision) => {
                    offered = revision;
                    self.line().await?
                }
                Next::Discover(instead) => {
                    return self.discover(self.line().await?, left, Some(instead)).await;
                }
                Next::Follow(line, note) => {
                    notes.push(note);
                    line
                }
                Next::Oldest(instead) if !was_oldest => {
                    was_oldest = true;
                    match self.wire.open_oldest(left).await {
                        Ok(line) => line,
                        Err(_) => return Err(instead),
                    }
                }
                Next::Oldest(error) | Next::Stop(error) => return Err(error),
            };
        }
        let what = "the handshake was begun again and again, and came to nothing".to_owned();
        Err(SessionError::protocol(what, ResponseMeta::default()))
    }

    async fn line(&self) -> Result<W::Line, SessionError> {
        self.wire.open().await.map_err(|error| SessionError {
            error,
            meta: ResponseMeta::default(),
        })
    }

    async fn initialize(&self, mut line: W::Line, offered: Revision, left: &mut Duration) -> Next<W::Line> {
        let message = self.writer.initialize(self.wire.next_id(), offered);
        let sent = line.ask(&message, *left).await;
        *left = left.saturating_sub(sent.waited);
        if let Err(LineError::TransportError(error)) = &sent.reply
            && let Some(note) = line.follow(error)
        {
            return Next::Follow(line, note);
        }
        if let Some(refusal) = sent.refusal.clone() {
            return self.refused(&refusal, offered, sent);
        }
        let status = sent.meta.status;
        let session = sent.session.clone();
        let (result, meta) = match result_of(sent, "initialize", self.redact) {
            Ok(answered) => answered,
            // Whoever knows no such request may still speak as in the oldest revision.
            Err(error) if matches!(status, Some(400 | 404 | 405)) => return Next::Oldest(error),
            Err(error) => return Next::Stop(error),
        };
        let Some(version) = result.get("protocolVersion").and_then(Value::as_str) else {
            let what = "answered initialize without a protocolVersion".to_owned();
            return Next::Stop(SessionError::protocol(what, meta));
        };
        let revision = match Revision::of(version) {
            Some(revision) if self.wanted.is_some_and(|wanted| wanted != revision) => {
                let error = not_the_wanted(offered, &format!("answers with {version}"));
                return Next::Stop(SessionError { error, meta });
            }
            Some(revision) if revision.has_initialize() => revision,
            Some(_) => return Next::Discover(self.unknown(version, meta)),
            None => return Next::Stop(self.unknown(version, meta)),
        };
        line.settle(revision, session);
        let sent = line.notify(&Writer::initialized(), *left).await;
        match sent.reply {
            Ok(_) => Next::Done(McpSession {
                line,
                stateless: false,
                peer: presented(revision, &result),
                notes: Vec::new(),
            }),
            Err(error) => Next::Stop(SessionError::new(error, "notifications/initialized", sent.meta)),
        }
    }

    /// The way on from a refusal of `initialize`.
    fn refused(&self, refusal: &RpcError, offered: Revision, sent: Sent) -> Next<W::Line> {
        let meta = sent.meta.clone();
        let status = meta.status;
        let error = match result_of(sent, "initialize", self.redact) {
            Err(error) => error,
            Ok((_, meta)) => SessionError::protocol("answered initialize with an error".to_owned(), meta),
        };
        if matches!(status, Some(401 | 403)) {
            return Next::Stop(error);
        }
        let names = named(refusal, offered);
        if let Some(wanted) = self.wanted {
            let refuses =
                !names.is_empty() || refusal.code == i64::from(ErrorCode::UNSUPPORTED_PROTOCOL_VERSION.0);
            return Next::Stop(match refuses {
                true if names.is_empty() => SessionError {
                    error: not_the_wanted(wanted, "does not speak it"),
                    meta,
                },
                true => SessionError {
                    error: not_the_wanted(wanted, &format!("speaks {}", names.join(", "))),
                    meta,
                },
                false => error,
            });
        }
        if let Some(revision) = newest(&names, Revision::has_initialize) {
            return Next::Offer(revision);
        }
        if newest(&names, |_| true).is_some() {
            return Next::Discover(error);
        }
        if !names.is_empty() {
            let error = none_in_common(&names);
            return Next::Stop(SessionError { error, meta });
        }
        if may_be_stateless(refusal.code) {
            return Next::Discover(error);
        }
        match (refusal.code, status) {
            (SERVER_ERROR, Some(400 | 404 | 405)) => Next::Oldest(error),
            _ => Next::Stop(error),
        }
    }

    fn unknown(&self, version: &str, meta: ResponseMeta) -> SessionError {
        let shown = start_of(version, self.redact);
        let error = TransportError::NotAsked(format!(
            "answered initialize with the protocol version {shown:?}, which we do not speak"
        ));
        SessionError { error, meta }
    }

    /// Opens a session of the stateless revision. `instead` is what `initialize` came to, where it came first.
    async fn discover(
        &self,
        mut line: W::Line,
        limit: Duration,
        instead: Option<SessionError>,
    ) -> Result<McpSession<W::Line>, SessionError> {
        line.settle(Revision::STATELESS, None);
        let mut notes = Vec::new();
        let mut sent = line.ask(&self.writer.discover(self.wire.next_id()), limit).await;
        if let Err(LineError::TransportError(error)) = &sent.reply
            && let Some(note) = line.follow(error)
        {
            notes.push(note);
            sent = line.ask(&self.writer.discover(self.wire.next_id()), limit).await;
        }
        if let (Some(wanted), Some(refusal)) = (self.wanted, &sent.refusal) {
            let names = named(refusal, wanted);
            let what = match names.is_empty() {
                true => format!(
                    "answers server/discover with {}",
                    described(refusal, &self.redact)
                ),
                false => format!("speaks {}", names.join(", ")),
            };
            let error = not_the_wanted(wanted, &what);
            return Err(SessionError {
                error,
                meta: sent.meta,
            });
        }
        let method = if instead.is_some() {
            "initialize and server/discover"
        } else {
            "server/discover"
        };
        let (result, meta) = match (result_of(sent, method, self.redact), instead) {
            (Ok(answered), _) => answered,
            // What a server that has a handshake says of another revision's question is no news.
            (Err(_), Some(first)) if !matches!(first.error, TransportError::NotReady(_)) => {
                return Err(first);
            }
            (Err(error), _) => return Err(error),
        };
        let versions = result.get("supportedVersions").and_then(Value::as_array);
        let versions: Vec<_> = versions.into_iter().flatten().filter_map(Value::as_str).collect();
        if versions.contains(&Revision::STATELESS.as_str()) {
            return Ok(McpSession {
                line,
                stateless: true,
                peer: presented(Revision::STATELESS, &result),
                notes,
            });
        }
        let error = match self.wanted {
            Some(wanted) => not_the_wanted(wanted, &format!("speaks {}", versions.join(", "))),
            None if !versions.is_empty() => {
                let versions: Vec<_> = versions
                    .iter()
                    .map(|version| start_of(version, self.redact))
                    .collect();
                none_in_common(&versions)
            }
            None => {
                let what =
                    "answered initialize with an error, and server/discover without a revision that we know";
                return Err(SessionError::protocol(what.to_owned(), meta));
            }
        };
        Err(SessionError { error, meta })
    }
}

/// Returns true if a server that answers `initialize` with this error may speak a revision that has none.
fn may_be_stateless(code: i64) -> bool {
    code == HEADER_MISMATCH
        || [
            ErrorCode::METHOD_NOT_FOUND,
            ErrorCode::UNSUPPORTED_PROTOCOL_VERSION,
            ErrorCode::INVALID_PARAMS,
        ]
        .iter()
        .any(|known| i64::from(known.0) == code)
}

/// A server as the result of its handshake presents it.
fn presented(revision: Revision, result: &Value) -> Peer {
    let info = result
        .get("serverInfo")
        .or_else(|| result.get("_meta")?.get("io.modelcontextprotocol/serverInfo"));
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    Peer {
        revision: revision.as_str().to_owned(),
        name: text(info.and_then(|info| info.get("name"))),
        version: text(info.and_then(|info| info.get("version"))),
        instructions: text(result.get("instructions")),
        capabilities: result.get("capabilities").cloned().unwrap_or_default(),
    }
}

fn result_of(
    sent: Sent,
    method: &str,
    redact: &(dyn Fn(String) -> String + Sync),
) -> Result<(Value, ResponseMeta), SessionError> {
    match sent.reply {
        Ok(Ok(result)) => Ok((result, sent.meta)),
        Ok(Err(error)) => Err(SessionError::protocol(
            format!("answered {method} with {}", described(&error, redact)),
            sent.meta,
        )),
        Err(error) => Err(SessionError::new(error, method, sent.meta)),
    }
}

/// A JSON-RPC error in words.
pub(super) fn described(error: &RpcError, redact: &dyn Fn(String) -> String) -> String {
    format!(
        "the JSON-RPC error {} ({:?})",
        error.code,
        start_of(&error.message, redact)
    )
}

impl SessionError {
    fn protocol(what: String, meta: ResponseMeta) -> Self {
        Self::new(TransportError::Protocol(what).into(), "", meta)
    }

    /// The call that wanted the session was never sent. A provider that could not be asked stays that; all else is its fault.
    fn new(error: LineError, method: &str, meta: ResponseMeta) -> Self {
        let error = match error {
            LineError::TransportError(TransportError::NotAnAnswer(what)) => {
                TransportError::Protocol(format!("answered {method} with {what}"))
            }
            LineError::TransportError(error) | LineError::SessionGone(error, _) => error,
        };
        let error = match error.kind() {
            ErrorKind::Wrong if !matches!(error, TransportError::NotReady(_)) => {
                TransportError::NotReady(Box::new(error))
            }
            ErrorKind::Wrong | ErrorKind::NotAsked | ErrorKind::Gap | ErrorKind::NoSuchTool => error,
        };
        Self { error, meta }
    }
}
