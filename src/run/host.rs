//! The load on one origin: how many tests may be at work on it at one time, over all entries that live there.
//!
//! A place is held for a whole test and not for a call: a test that had to wait between two calls would miss the times that it is about.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

/// The number of tests with which an origin starts.
const START: f64 = 4.0;

/// The rise of the time of an answer, over the best seen, that counts as load at least.
const TOLERATED: Duration = Duration::from_millis(50);

#[derive(Debug)]
struct Load {
    limit: f64,
    at_work: usize,
    best: Option<Duration>,
    has_slowed: bool,
}

/// One origin.
#[derive(Debug)]
pub(super) struct Host {
    load: Mutex<Load>,
    changed: Notify,
}

/// The right of a test to be at work on an origin, until it is dropped.
#[derive(Debug)]
pub(super) struct Place<'h>(&'h Host);

impl Host {
    /// An origin of which nothing is known.
    pub(super) fn new() -> Self {
        let load = Load {
            limit: START,
            at_work: 0,
            best: None,
            has_slowed: false,
        };
        Self {
            load: Mutex::new(load),
            changed: Notify::new(),
        }
    }

    /// Waits until one more test may be at work.
    pub(super) async fn enter(&self) -> Place<'_> {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            {
                let mut load = self.load.lock();
                if (load.at_work as f64) < load.limit {
                    load.at_work += 1;
                    return Place(self);
                }
            }
            changed.await;
        }
    }

    /// Learns from a reply: `overloaded` is one that came too late, or said that there are too many calls.
    pub(super) fn learn(&self, took: Duration, overloaded: bool) {
        let mut load = self.load.lock();
        if overloaded {
            load.limit = (load.limit / 2.0).max(1.0);
            load.has_slowed = true;
            return;
        }
        let best = load.best.map_or(took, |best| best.min(took));
        load.best = Some(best);
        if took > (best * 2).max(best + TOLERATED) {
            load.limit = (load.limit * 0.9).max(START.min(load.limit));
            load.has_slowed = true;
        } else {
            load.limit += if load.has_slowed { load.limit.recip() } else { 1.0 };
        }
        drop(load);
        self.changed.notify_waiters();
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.load.lock().at_work -= 1;
        self.0.changed.notify_waiters();
    }
}
