//! Whether a provider keeps its connections open between two requests.
//!
//! Some servers close after every answer and do not say so. A request that goes out in the moment between the answer and the closing
//! is lost, and since it may have been read it must not be sent again: the provider would be accused of hanging up. So until a
//! provider has shown that it keeps connections, the next request waits a little, and sees the closing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyper_util::client::legacy::connect::HttpInfo;
use reqwest::Response;
use tokio::time::{Instant, sleep_until};

/// How long after an answer a server that closes has done so. On one machine the closing follows within a millisecond.
const SETTLE: Duration = Duration::from_millis(5);

/// How many answers in a row must come over a connection that was used before. One could be the chance of a port drawn twice.
const PROOF: u8 = 2;

/// What is known of one provider.
#[derive(Debug, Default)]
pub(super) struct KeepAlive {
    proven: AtomicBool,
    evidence: Mutex<Evidence>,
}

#[derive(Debug, Default)]
struct Evidence {
    /// When the last answer ended.
    answered: Option<Instant>,
    /// Our ports of the last connections, the latest at the end.
    ports: Vec<u16>,
    /// How many answers in a row came over one of them.
    reused: u8,
}

impl Evidence {
    /// As many as a provider has lanes, with some to spare.
    const PORTS: usize = 8;

    fn add(&mut self, port: u16) {
        if self.ports.contains(&port) {
            self.reused += 1;
            return;
        }
        self.reused = 0;
        if self.ports.len() == Self::PORTS {
            self.ports.remove(0);
        }
        self.ports.push(port);
    }
}

impl KeepAlive {
    /// Waits until a connection that the provider meant to close is closed, and known to be.
    pub(super) async fn settle(&self) {
        if !self.proven.load(Ordering::Relaxed) {
            let answered = self
                .evidence
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .answered;
            if let Some(answered) = answered {
                sleep_until(answered + SETTLE).await;
            }
        }
        // Lets the runtime look at its sockets, so that the pool knows of a closing that has already arrived.
        tokio::task::yield_now().await;
    }

    /// Notes that an answer came whole, or as far as it was read.
    pub(super) fn answered(&self, response: &Response) {
        if self.proven.load(Ordering::Relaxed) {
            return;
        }
        let port = response
            .extensions()
            .get::<HttpInfo>()
            .map(|info| info.local_addr().port());
        self.note(port);
    }

    fn note(&self, port: Option<u16>) {
        let mut evidence = self.evidence.lock().unwrap_or_else(PoisonError::into_inner);
        evidence.answered = Some(Instant::now());
        if let Some(port) = port {
            evidence.add(port);
        }
        if evidence.reused >= PROOF {
            self.proven.store(true, Ordering::Relaxed);
        }
    }

    /// Notes that a connection was lost: what was shown before does not hold any more.
    pub(super) fn lost(&self) {
        *self.evidence.lock().unwrap_or_else(PoisonError::into_inner) = Evidence::default();
        self.proven.store(false, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn waits(keep_alive: &KeepAlive) -> bool {
        let start = Instant::now();
        keep_alive.settle().await;
        start.elapsed() >= SETTLE
    }

    #[tokio::test(start_paused = true)]
    async fn requests_wait_until_two_answers_in_a_row_came_over_known_connections() {
        let keep_alive = KeepAlive::default();
        assert!(
            !waits(&keep_alive).await,
            "there is nothing to wait for before the first request"
        );
        for (port, proven) in [
            (1, false),
            (2, false),
            (1, false),
            (3, false),
            (1, false),
            (2, true),
        ] {
            keep_alive.note(Some(port));
            assert_eq!(waits(&keep_alive).await, !proven, "after {port}");
        }
        keep_alive.lost();
        keep_alive.note(Some(1));
        assert!(waits(&keep_alive).await, "a lost connection takes the proof away");
    }

    #[tokio::test(start_paused = true)]
    async fn a_provider_that_closes_after_every_answer_is_always_waited_for() {
        let keep_alive = KeepAlive::default();
        for port in 1..100 {
            keep_alive.note(Some(port));
            assert!(waits(&keep_alive).await);
        }
    }
}
