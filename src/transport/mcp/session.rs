//! The session of a provider: opened by the first call, shared by all lanes, opened again by the next call after it broke.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

use super::line::ResponseMeta;
use crate::transport::error::TransportError;
use crate::transport::whole::Peer;

/// A connection on which a revision is agreed.
pub(super) struct McpSession<L> {
    pub(super) line: L,
    /// True if every request carries what a handshake would have agreed.
    pub(super) stateless: bool,
    /// The server, as it has presented itself.
    pub(super) peer: Peer,
    /// What is to be told of its beginning.
    pub(super) notes: Vec<String>,
}

/// The reason why no session came about, with the response that says so.
#[derive(Debug, Clone)]
pub(super) struct SessionError {
    pub(super) error: TransportError,
    pub(super) meta: ResponseMeta,
}

/// The one session of a provider.
pub(super) struct Sessions<L> {
    state: Mutex<State<L>>,
    /// The number of attempts to open one that have ended.
    ended: AtomicU64,
}

struct State<L> {
    open: Option<Arc<McpSession<L>>>,
    /// The error of the last attempt, where it failed.
    failed: Option<SessionError>,
}

impl<L> Default for Sessions<L> {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                open: None,
                failed: None,
            }),
            ended: AtomicU64::new(0),
        }
    }
}

impl<L> Sessions<L> {
    /// The session, opened by `open` where there is none. Calls that come while one is being opened wait for it and share what comes
    /// of it, also a failure: else each of four lanes would wait for its own timeout after that of the one before.
    pub(super) async fn get(
        &self,
        open: impl Future<Output = Result<McpSession<L>, SessionError>>,
    ) -> Result<Arc<McpSession<L>>, SessionError> {
        let ended = self.ended.load(Ordering::SeqCst);
        let mut state = self.state.lock().await;
        if let Some(session) = &state.open {
            return Ok(Arc::clone(session));
        }
        if self.ended.load(Ordering::SeqCst) > ended
            && let Some(error) = &state.failed
        {
            return Err(error.clone());
        }
        let outcome = open.await;
        self.ended.fetch_add(1, Ordering::SeqCst);
        match outcome {
            Ok(session) => {
                let session = Arc::new(session);
                state.open = Some(Arc::clone(&session));
                state.failed = None;
                Ok(session)
            }
            Err(error) => {
                state.failed = Some(error.clone());
                Err(error)
            }
        }
    }

    /// Gives up the session that is open, for good.
    pub(super) async fn take(&self) -> Option<Arc<McpSession<L>>> {
        self.state.lock().await.open.take()
    }

    /// Gives a session up, unless another call already has.
    pub(super) async fn forget(&self, session: &Arc<McpSession<L>>) {
        let mut state = self.state.lock().await;
        if state.open.as_ref().is_some_and(|open| Arc::ptr_eq(open, session)) {
            state.open = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn fail_slowly() -> Result<McpSession<()>, SessionError> {
        tokio::time::sleep(Duration::from_secs(5)).await;
        Err(SessionError {
            error: TransportError::Unauthorized(401),
            meta: ResponseMeta::default(),
        })
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_wait_together_share_a_failure_and_the_next_call_tries_again() {
        let sessions = Arc::new(Sessions::default());
        let start = tokio::time::Instant::now();
        let lanes: Vec<_> = (0..4)
            .map(|_| {
                let sessions = Arc::clone(&sessions);
                tokio::spawn(async move { sessions.get(fail_slowly()).await.is_err() })
            })
            .collect();
        for lane in lanes {
            assert!(lane.await.unwrap());
        }
        assert_eq!(start.elapsed(), Duration::from_secs(5));
        let open = async {
            Ok(McpSession {
                line: (),
                stateless: false,
                peer: Peer::default(),
                notes: Vec::new(),
            })
        };
        let session = sessions.get(open).await.ok().unwrap();
        let again = sessions.get(fail_slowly()).await.ok().unwrap();
        assert!(Arc::ptr_eq(&session, &again));
        sessions.forget(&session).await;
        assert!(sessions.get(fail_slowly()).await.is_err());
    }
}
