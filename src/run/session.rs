//! What all tests of one provider share: how it is reached, what it offers, its clock, its spans, what was discovered.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::OnceCell;

use super::emit::Emitter;
use super::halt::Halt;
use super::offered::Listed;
use super::offers::Offers;
use super::premises::Premises;
use super::stop::Stop;
use crate::capability::{Capability, Registry};
use crate::expr::Bound;
use crate::model::{Clock, ProviderId, RunId, TestId, TestResult};
use crate::provider::Target;
use crate::transport::ListedTool;

/// What every provider of a run shares.
pub(super) struct Shared {
    pub(super) run: RunId,
    pub(super) seed: u64,
    pub(super) lanes: usize,
    pub(super) call_limit: Duration,
    pub(super) test_limit: Duration,
    pub(super) fail_fast: bool,
    /// The failures that stop no run that fails fast: the baseline knows them.
    pub(super) known: HashSet<(ProviderId, TestId)>,
    pub(super) retries: usize,
    pub(super) registry: Arc<Registry>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) emitter: Emitter,
    /// Asked from outside: no more questions.
    pub(super) stop: Stop,
    /// Asked from inside, after the first must-level failure of a run that fails fast: no more tests.
    pub(super) failed_fast: std::sync::atomic::AtomicBool,
    pub(super) undo_ids: AtomicU64,
}

/// The place of something that the first test to need it makes for all.
pub(super) type SharedCell<T> = Arc<OnceCell<Result<Arc<T>, Halt>>>;

/// What tests of a provider make for each other, by key.
type Kept<T> = Mutex<HashMap<String, SharedCell<T>>>;

/// What all tests of one provider share.
pub(super) struct Session {
    pub(super) shared: Arc<Shared>,
    pub(super) target: Arc<Target>,
    pub(super) premises: Arc<Premises>,
    /// What it lists, where it has a listing.
    pub(super) listing: Option<Vec<ListedTool>>,
    pub(super) offers: Offers,
    /// How many calls its own tests have made.
    pub(super) calls: AtomicU64,
    fixtures: Kept<Bound>,
    searched: Kept<Listed>,
    wrong_set_ups: Mutex<BTreeMap<String, TestResult>>,
}

impl Session {
    /// A session with nothing discovered yet but what the provider lists.
    pub(super) async fn open(shared: Arc<Shared>, target: Arc<Target>, premises: Arc<Premises>) -> Self {
        let listing = match target.listing() {
            Some(listing) => Some(listing.to_vec()),
            // A provider that cannot be asked for its listing will say so when it is asked for anything else.
            None => target.transport().list_tools().await.ok().flatten(),
        };
        let named = shared
            .registry
            .iter()
            .filter(|capability| target.named_tools().contains(capability.tool()))
            .map(|capability| &capability.reference.id);
        let claimed = target.claims().iter().map(|claim| &claim.id);
        let domains: BTreeSet<&str> = named.chain(claimed).map(|id| id.domain()).collect();
        let known_tools = shared.registry.iter().map(|capability| {
            let claimed = domains.contains(capability.reference.id.domain());
            (capability.tool().to_owned(), claimed)
        });
        let offers = Offers::new(target.named_tools().clone(), listing.as_deref(), known_tools);
        Self {
            shared,
            target,
            premises,
            listing,
            offers,
            calls: AtomicU64::new(0),
            fixtures: Mutex::default(),
            searched: Mutex::default(),
            wrong_set_ups: Mutex::default(),
        }
    }

    /// The place of a fixture that all tests share.
    pub(super) fn fixture(&self, key: &str) -> SharedCell<Bound> {
        cell(&self.fixtures, key)
    }

    /// The place of an answer that searches share.
    pub(super) fn searched(&self, key: &str) -> SharedCell<Listed> {
        cell(&self.searched, key)
    }

    /// Forgets every answer that searches share: something is left that no answer from before shows.
    pub(super) fn forget_all_searched(&self) {
        if let Ok(mut cells) = self.searched.lock() {
            cells.clear();
        }
    }

    /// Forgets an answer that searches share, unless another has taken its place already.
    pub(super) fn forget_searched(&self, key: &str, old: &SharedCell<Listed>) {
        if let Ok(mut cells) = self.searched.lock()
            && cells.get(key).is_some_and(|cell| Arc::ptr_eq(cell, old))
        {
            cells.remove(key);
        }
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

fn cell<T>(kept: &Kept<T>, key: &str) -> SharedCell<T> {
    match kept.lock() {
        Ok(mut cells) => match cells.get(key) {
            Some(cell) => Arc::clone(cell),
            None => Arc::clone(cells.entry(key.to_owned()).or_default()),
        },
        Err(_) => Arc::default(),
    }
}
