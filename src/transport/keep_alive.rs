//! Finds out whether a server keeps its connections open between two requests.
//!
//! Some servers close after every answer and do not say so. A request that goes out in the moment between the answer and the closing
//! is lost, and since it may have been read it must not be sent again: the provider would be accused of hanging up. So no request
//! takes over a connection from another until the server has shown that it keeps them: one call at a time tries that, a little
//! after the answer before, so that it sees the closing; all others meanwhile open connections of their own. Where those cost less
//! than the wait, nobody waits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper_util::client::legacy::connect::HttpInfo;
use parking_lot::{Mutex, MutexGuard};
use reqwest::Response;
use tokio::time::{Instant, sleep_until};

/// The time in which a server that closes after an answer has done so. On one machine the closing follows within a millisecond.
const SETTLE: Duration = Duration::from_millis(5);

/// The number of answers in a row that must come over the connection that was used before. One could be the chance of a port drawn twice.
pub(super) const PROOF: u8 = 2;

/// The evidence about the connections of one server.
#[derive(Debug, Default)]
pub(super) struct KeepAlive {
    proven: AtomicBool,
    trying: AtomicBool,
    /// True if requests that were made to show it have shown nothing.
    doubted: AtomicBool,
    evidence: Mutex<Evidence>,
    /// True if a new connection costs next to nothing.
    near: bool,
}

#[derive(Debug, Default)]
struct Evidence {
    /// The instant of the last answer to a trial.
    answered: Option<Instant>,
    /// Our port of its connection.
    port: Option<u16>,
    /// The number of answers in a row that came over the connection of the one before.
    reused: u8,
}

/// The kind of connection over which a request may travel.
#[derive(Debug)]
pub(super) enum ConnectionMode<'a> {
    /// Over a connection that another request has used.
    Kept,
    /// The same, as a trial: its answer says whether the server keeps connections.
    Trial(Trial<'a>),
    /// Over a connection of its own.
    Own,
}

impl ConnectionMode<'_> {
    /// Returns true if the request takes part in the pool.
    pub(super) fn is_pooled(&self) -> bool {
        !matches!(self, Self::Own)
    }

    /// Notes that the request was answered.
    pub(super) fn answered(&self, response: &Response) {
        if let Self::Trial(trial) = self {
            trial.0.note(
                response
                    .extensions()
                    .get::<HttpInfo>()
                    .map(|info| info.local_addr().port()),
            );
        }
    }
}

/// The right to try; only one call at a time has it.
#[derive(Debug)]
pub(super) struct Trial<'a>(&'a KeepAlive);

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        self.0.trying.store(false, Ordering::Release);
    }
}

impl KeepAlive {
    /// Nothing is known of a server. `near`: a new connection to it costs next to nothing.
    pub(super) fn new(near: bool) -> Self {
        Self {
            near,
            ..Self::default()
        }
    }

    /// The connection mode of the next request. Waits until a connection that the server meant to close is closed, and known to be.
    pub(super) async fn mode(&self) -> ConnectionMode<'_> {
        let mode = if self.is_proven() {
            ConnectionMode::Kept
        } else if self.trying.swap(true, Ordering::Acquire) {
            return ConnectionMode::Own;
        } else {
            let trial = Trial(self);
            let answered = self.evidence().answered;
            if let Some(settled) = answered.and_then(|answered| answered.checked_add(SETTLE)) {
                if self.near && Instant::now() < settled {
                    return ConnectionMode::Own;
                }
                sleep_until(settled).await;
            }
            ConnectionMode::Trial(trial)
        };
        // Lets the runtime look at its sockets, so that the pool knows of a closing that has already arrived.
        tokio::task::yield_now().await;
        mode
    }

    /// Returns true if the server has shown that it keeps its connections.
    pub(super) fn is_proven(&self) -> bool {
        self.proven.load(Ordering::Relaxed)
    }

    /// Returns true if it is worth asking for no other reason than to see whether connections are kept.
    pub(super) fn is_open(&self) -> bool {
        !self.is_proven() && !self.doubted.load(Ordering::Relaxed)
    }

    /// Notes that such requests have shown nothing.
    pub(super) fn doubt(&self) {
        self.doubted.store(true, Ordering::Relaxed);
    }

    /// Waits until the next request can be a trial.
    pub(super) async fn settled(&self) {
        let answered = self.evidence().answered;
        if let Some(answered) = answered {
            sleep_until(answered.checked_add(SETTLE).unwrap_or(answered)).await;
        }
    }

    fn note(&self, port: Option<u16>) {
        let mut evidence = self.evidence();
        let again = port.is_some() && evidence.port == port;
        evidence.reused = if again {
            evidence.reused.saturating_add(1)
        } else {
            0
        };
        (evidence.port, evidence.answered) = (port, Some(Instant::now()));
        if evidence.reused >= PROOF {
            self.proven.store(true, Ordering::Relaxed);
        }
    }

    /// Notes that the connection of a request which travelled so was lost: what was shown before does not hold any more.
    pub(super) fn lost(&self, mode: &ConnectionMode<'_>) {
        if mode.is_pooled() {
            *self.evidence() = Evidence::default();
            self.proven.store(false, Ordering::Relaxed);
        }
    }

    fn evidence(&self) -> MutexGuard<'_, Evidence> {
        self.evidence.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns true if the next request has to wait.
    async fn waits(keep_alive: &KeepAlive) -> bool {
        let start = Instant::now();
        let mode = keep_alive.mode().await;
        assert!(mode.is_pooled());
        start.elapsed() >= SETTLE
    }

    #[tokio::test(start_paused = true)]
    async fn trials_go_on_until_two_answers_in_a_row_came_over_the_same_connection() {
        let keep_alive = KeepAlive::default();
        assert!(
            !waits(&keep_alive).await,
            "there is nothing to wait for before the first request"
        );
        for (port, proven) in [
            (1, false),
            (2, false),
            (2, false),
            (1, false),
            (1, false),
            (1, true),
        ] {
            keep_alive.note(Some(port));
            assert_eq!(waits(&keep_alive).await, !proven, "after {port}");
        }
        keep_alive.lost(&ConnectionMode::Own);
        assert!(
            matches!(keep_alive.mode().await, ConnectionMode::Kept),
            "the loss of a connection of its own says nothing"
        );
        keep_alive.lost(&ConnectionMode::Kept);
        assert!(
            matches!(keep_alive.mode().await, ConnectionMode::Trial(_)),
            "a lost connection takes the proof away"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_closes_after_every_answer_is_always_waited_for() {
        let keep_alive = KeepAlive::default();
        for port in 1..100 {
            keep_alive.note(Some(port));
            assert!(waits(&keep_alive).await);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_a_server_that_is_near() {
        let keep_alive = KeepAlive::new(true);
        for _ in 0..3 {
            assert!(matches!(keep_alive.mode().await, ConnectionMode::Trial(_)));
            keep_alive.note(Some(1));
            assert!(matches!(
                keep_alive.mode().await,
                ConnectionMode::Own | ConnectionMode::Kept
            ));
            tokio::time::advance(SETTLE).await;
        }
        assert!(matches!(keep_alive.mode().await, ConnectionMode::Kept));
    }

    #[tokio::test]
    async fn one_call_at_a_time_tries_and_the_others_open_connections_of_their_own() {
        let keep_alive = KeepAlive::default();
        let trial = keep_alive.mode().await;
        assert!(matches!(trial, ConnectionMode::Trial(_)));
        assert!(matches!(keep_alive.mode().await, ConnectionMode::Own));
        drop(trial);
        assert!(matches!(keep_alive.mode().await, ConnectionMode::Trial(_)));
    }
}
