//! What all tests of one provider share: how it is reached, what it offers, its clock, its spans, what was discovered.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::OnceCell;

use super::emit::Emitter;
use super::halt::Halt;
use super::lease::Leases;
use super::offered::Listed;
use super::offers::Offers;
use super::options::Contestant;
use super::skew::Skew;
use super::stop::Stop;
use crate::capability::{Capability, Registry};
use crate::expr::Bound;
use crate::model::{Clock, RunId, TestResult};

/// What every provider of a run shares.
pub(super) struct Shared {
    pub(super) run: RunId,
    pub(super) seed: u64,
    pub(super) lanes: usize,
    pub(super) call_limit: Duration,
    pub(super) test_limit: Duration,
    pub(super) fail_fast: bool,
    pub(super) registry: Arc<Registry>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) emitter: Emitter,
    /// Asked from outside: no more questions.
    pub(super) stop: Stop,
    /// Asked from inside, after the first must-level failure of a run that fails fast: no more tests.
    pub(super) failed_fast: std::sync::atomic::AtomicBool,
    pub(super) undo_ids: AtomicU64,
}

/// An answer that a search keeps for the other tests of the provider.
type Kept<T> = Mutex<HashMap<String, Arc<OnceCell<Result<Arc<T>, Halt>>>>>;

/// What all tests of one provider share.
pub(super) struct Session {
    pub(super) shared: Arc<Shared>,
    pub(super) contestant: Contestant,
    pub(super) offers: Offers,
    pub(super) skew: Skew,
    pub(super) leases: Leases,
    pub(super) calls: AtomicU64,
    fixtures: Kept<Bound>,
    searched: Kept<Listed>,
    wrong_set_ups: Mutex<BTreeMap<String, TestResult>>,
}

impl Session {
    /// A session with nothing discovered yet.
    pub(super) fn new(shared: Arc<Shared>, contestant: Contestant, offers: Offers) -> Self {
        Self {
            shared,
            contestant,
            offers,
            skew: Skew::default(),
            leases: Leases::default(),
            calls: AtomicU64::new(0),
            fixtures: Mutex::default(),
            searched: Mutex::default(),
            wrong_set_ups: Mutex::default(),
        }
    }

    /// The place of a fixture that all tests share.
    pub(super) fn fixture(&self, key: &str) -> Arc<OnceCell<Result<Arc<Bound>, Halt>>> {
        cell(&self.fixtures, key)
    }

    /// The place of an answer that searches share.
    pub(super) fn searched(&self, key: &str) -> Arc<OnceCell<Result<Arc<Listed>, Halt>>> {
        cell(&self.searched, key)
    }

    /// Remembers the first wrong set-up answer of each tool; it becomes a row of its own.
    pub(super) fn wrong_set_up(&self, tool: &Capability, row: impl FnOnce() -> TestResult) {
        if let Ok(mut rows) = self.wrong_set_ups.lock() {
            rows.entry(tool.tool().to_owned()).or_insert_with(row);
        }
    }

    /// The rows of wrong set-up answers, by tool.
    pub(super) fn take_wrong_set_ups(&self) -> Vec<TestResult> {
        self.wrong_set_ups.lock().map_or_else(
            |_| Vec::new(),
            |mut rows| std::mem::take(&mut *rows).into_values().collect(),
        )
    }

    /// The number of the next owed undo.
    pub(super) fn next_undo(&self) -> u64 {
        self.shared.undo_ids.fetch_add(1, Ordering::Relaxed)
    }
}

fn cell<T>(kept: &Kept<T>, key: &str) -> Arc<OnceCell<Result<Arc<T>, Halt>>> {
    match kept.lock() {
        Ok(mut cells) => match cells.get(key) {
            Some(cell) => Arc::clone(cell),
            None => Arc::clone(cells.entry(key.to_owned()).or_default()),
        },
        Err(_) => Arc::default(),
    }
}
