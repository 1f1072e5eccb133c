//! The stop of a run: requested once it ends politely, requested twice at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::Notify;

/// Shared by whoever may stop a run and everything that must notice.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<State>);

#[derive(Debug, Default)]
struct State {
    level: AtomicU8,
    changed: Notify,
}

const NO_MORE_CALLS: u8 = 1;
const ABANDON: u8 = 2;

impl Stop {
    /// A stop that nobody has requested.
    pub fn new() -> Self {
        Self::default()
    }

    /// Requests the stop. After the first request no test makes another call, but what was made is taken back; the second abandons
    /// that too.
    pub fn request(&self) {
        let _ = self
            .0
            .level
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |level| {
                (level < ABANDON).then_some(level + 1)
            });
        self.0.changed.notify_waiters();
    }

    /// Returns true if no more calls may be made.
    pub fn requested(&self) -> bool {
        self.0.level.load(Ordering::SeqCst) >= NO_MORE_CALLS
    }

    /// Returns true if everything is abandoned.
    pub(super) fn abandoned(&self) -> bool {
        self.0.level.load(Ordering::SeqCst) >= ABANDON
    }

    /// Waits until no more calls may be made.
    pub async fn when_requested(&self) {
        self.when(Self::requested).await;
    }

    /// Waits until everything is abandoned.
    pub(super) async fn when_abandoned(&self) {
        self.when(Self::abandoned).await;
    }

    async fn when(&self, reached: fn(&Self) -> bool) {
        loop {
            // Registered before the look at the level, so that no change falls between the two.
            let mut changed = std::pin::pin!(self.0.changed.notified());
            changed.as_mut().enable();
            if reached(self) {
                return;
            }
            changed.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_request_stops_asking_and_the_second_abandons() {
        let stop = Stop::new();
        let waiting = tokio::spawn({
            let stop = stop.clone();
            async move { stop.when_abandoned().await }
        });
        assert!(!stop.requested());
        stop.request();
        stop.when_requested().await;
        assert!(stop.requested() && !stop.abandoned());
        stop.request();
        waiting.await.unwrap();
        stop.request();
        assert!(stop.abandoned());
    }
}
