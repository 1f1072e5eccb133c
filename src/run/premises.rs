//! What all entries of one provider share, whichever version they serve: one calendar, one clock, one door.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tokio::sync::{Mutex as AsyncMutex, RwLock};

use super::lease::Leases;
use super::skew::Skew;
use super::test_clock::TestClock;

/// What all entries of one provider share.
#[derive(Debug, Default)]
pub(super) struct Premises {
    pub(super) skew: Skew,
    pub(super) clock: TestClock,
    pub(super) leases: Leases,
    /// Held by a test that runs alone, shared by those that ask this provider as a peer.
    pub(super) alone: RwLock<()>,
    /// Held by a test with a peer, here and there: two of them that each hold what the other wants would wait for each other.
    pub(super) visits: AsyncMutex<()>,
    holders: AtomicUsize,
    issued: Mutex<HashSet<String>>,
}

impl Premises {
    /// A number for the next that holds spans of time.
    pub(super) fn next_holder(&self) -> usize {
        self.holders.fetch_add(1, Ordering::Relaxed)
    }

    /// Notes what the provider has made, by the input that takes it back.
    pub(super) fn issued(&self, undo: &Value) {
        if let Ok(mut issued) = self.issued.lock() {
            issued.insert(undo.to_string());
        }
    }

    /// Whether the provider has made something that the same input takes back.
    pub(super) fn has_issued(&self, undo: &Value) -> bool {
        self.issued
            .lock()
            .is_ok_and(|issued| issued.contains(&undo.to_string()))
    }
}
