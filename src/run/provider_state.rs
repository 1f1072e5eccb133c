//! The state that all entries of one provider share, whichever version of the contracts they serve.
//!
//! A provider has one calendar and one clock, so its leases, the skew of its clock, the setting of its test clock and the locks that
//! keep tests apart stand here and not with an entry.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::{Mutex as AsyncMutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::lease::Leases;
use super::skew::Skew;
use super::test_clock::TestClock;

/// The state that all entries of one provider share.
#[derive(Debug, Default)]
pub(super) struct ProviderState {
    skew: Skew,
    clock: TestClock,
    leases: Leases,
    /// Held by a test that runs alone, shared by those that call this provider as a peer.
    alone: RwLock<()>,
    /// Held by a test with a peer, at both providers: two of them that each hold what the other wants would wait for each other.
    peer_sessions: AsyncMutex<()>,
    holders: AtomicUsize,
    /// The inputs that take back what it has made, as hashes.
    issued: Mutex<HashSet<u64>>,
    hasher: RandomState,
    /// Set once somebody else was seen to book here while the run is at work.
    others: AtomicBool,
}

impl ProviderState {
    /// The spans of time that its tests hold.
    pub(super) fn leases(&self) -> &Leases {
        &self.leases
    }

    /// The distance of its clock from ours.
    pub(super) fn skew(&self) -> &Skew {
        &self.skew
    }

    /// The setting of its test clock.
    pub(super) fn clock(&self) -> &TestClock {
        &self.clock
    }

    /// The provider's present, in whole seconds, while our clock shows `ours`.
    pub(super) fn now(&self, ours: DateTime<Utc>) -> DateTime<Utc> {
        self.skew.now(ours)
    }

    /// Waits until no test calls the provider as a peer, and keeps such tests away while the guard lives.
    pub(super) async fn lock_alone(&self) -> RwLockWriteGuard<'_, ()> {
        self.alone.write().await
    }

    /// Waits until no test runs alone, and keeps such tests away while the guard lives.
    pub(super) async fn lock_shared(&self) -> RwLockReadGuard<'_, ()> {
        self.alone.read().await
    }

    /// Waits until no other test with a peer is at work here, and keeps such tests away while the guard lives.
    pub(super) async fn lock_peer_sessions(&self) -> MutexGuard<'_, ()> {
        self.peer_sessions.lock().await
    }

    /// A number for the next test, by which its leases are told apart from those of others.
    pub(super) fn next_holder(&self) -> usize {
        self.holders.fetch_add(1, Ordering::Relaxed)
    }

    /// Notes that somebody else books here while the run is at work.
    pub(super) fn note_others(&self) {
        self.others.store(true, Ordering::Relaxed);
    }

    /// Returns true if somebody else was seen to book here.
    pub(super) fn has_others(&self) -> bool {
        self.others.load(Ordering::Relaxed)
    }

    /// Notes what the provider has made, by the input that takes it back.
    pub(super) fn note_issued(&self, undo: &Value) {
        self.issued.lock().insert(self.hasher.hash_one(undo));
    }

    /// Returns true if the provider has made something that the same input takes back.
    pub(super) fn has_issued(&self, undo: &Value) -> bool {
        self.issued.lock().contains(&self.hasher.hash_one(undo))
    }
}
