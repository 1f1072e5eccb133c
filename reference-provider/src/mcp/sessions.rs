//! The open sessions, each at the address of a tenant.
//!
//! A session belongs to the address at which it was opened and is unknown at all others, those of the same tenant's other
//! versions among them. It ends when its client deletes
//! it, when nothing was asked for five minutes, or when it is the least recently used and too many are open. MCP has a
//! client that is told 404 open another, so an early end costs it one request. Nothing is kept across restarts.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use rmcp::transport::streamable_http_server::SessionManager;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;

/// A session that nobody uses ends. A test may wait a minute between two calls.
const KEEP_ALIVE: Duration = Duration::from_secs(300);

/// The time for which a client that lost its connection can fetch an answer again.
const ANSWERS_KEPT: Duration = Duration::from_secs(5);

/// The most sessions that are open: two for each of a thousand tenants. A session takes some tens of kilobytes.
const MOST: usize = 2048;

struct Session {
    home: String,
    used: Instant,
}

/// The open sessions of all tenants.
pub(crate) struct Sessions {
    manager: Arc<LocalSessionManager>,
    /// May name sessions that have ended by themselves; they go when they are asked for, or with the oldest.
    known: Mutex<HashMap<String, Session>>,
    most: usize,
}

impl Sessions {
    pub(crate) fn new() -> Self {
        Self::at_most(MOST)
    }

    fn at_most(most: usize) -> Self {
        let mut manager = LocalSessionManager::default();
        let config = &mut manager.session_config;
        config.keep_alive = Some(KEEP_ALIVE);
        config.completed_cache_ttl = ANSWERS_KEPT;
        // Events without data are news to clients of the older revisions, and an answer here is never long in coming.
        config.sse_retry = None;
        Self {
            manager: Arc::new(manager),
            known: Mutex::new(HashMap::new()),
            most,
        }
    }

    /// The SDK's record of them.
    pub(crate) fn manager(&self) -> Arc<LocalSessionManager> {
        Arc::clone(&self.manager)
    }

    /// Returns true if the session is open at this address; it counts as used.
    pub(crate) async fn is_open(&self, id: &str, home: &str) -> bool {
        let is_known = match self.known().get_mut(id) {
            Some(session) if session.home == home => {
                session.used = Instant::now();
                true
            }
            _ => false,
        };
        if !is_known {
            return false;
        }
        let is_open = self.manager.has_session(&id.into()).await.unwrap_or(false);
        if !is_open {
            self.forget(id);
        }
        is_open
    }

    /// Notes that a session was opened at this address. If there are too many, the least recently used one ends.
    pub(crate) async fn opened(&self, id: &str, home: &str) {
        let session = Session {
            home: home.to_owned(),
            used: Instant::now(),
        };
        let superfluous = {
            let mut known = self.known();
            known.insert(id.to_owned(), session);
            let oldest = || known.iter().min_by_key(|(_, session)| session.used);
            let superfluous = if known.len() > self.most {
                oldest().map(|(id, _)| id.clone())
            } else {
                None
            };
            if let Some(id) = &superfluous {
                known.remove(id);
            }
            superfluous
        };
        if let Some(id) = superfluous {
            // It may have ended by itself; either way it is gone.
            let _ = self.manager.close_session(&id.into()).await;
        }
    }

    /// Notes that a session has ended.
    pub(crate) fn forget(&self, id: &str) {
        self.known().remove(id);
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.known.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn open(sessions: &Sessions, tenant: &str) -> String {
        let (id, _transport) = sessions.manager.create_session().await.unwrap();
        sessions.opened(&id, tenant).await;
        id.to_string()
    }

    #[tokio::test]
    async fn a_session_is_open_at_its_own_tenant_only() {
        let sessions = Sessions::new();
        let id = open(&sessions, "one").await;
        assert!(sessions.is_open(&id, "one").await);
        assert!(!sessions.is_open(&id, "two").await);
        assert!(!sessions.is_open("unheard-of", "one").await);
        sessions.forget(&id);
        assert!(!sessions.is_open(&id, "one").await);
    }

    #[tokio::test]
    async fn the_least_recently_used_session_makes_room() {
        let sessions = Sessions::at_most(2);
        let first = open(&sessions, "one").await;
        let second = open(&sessions, "one").await;
        assert!(sessions.is_open(&first, "one").await);
        let third = open(&sessions, "two").await;
        assert!(sessions.is_open(&first, "one").await);
        assert!(!sessions.is_open(&second, "one").await);
        assert!(sessions.is_open(&third, "two").await);
        assert_eq!(sessions.manager.sessions.read().await.len(), 2);
    }

    #[tokio::test]
    async fn a_session_that_ended_by_itself_is_forgotten() {
        let sessions = Sessions::new();
        let id = open(&sessions, "one").await;
        sessions.manager.close_session(&id.as_str().into()).await.unwrap();
        assert!(!sessions.is_open(&id, "one").await);
        assert!(sessions.known().is_empty());
    }
}
