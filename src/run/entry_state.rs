//! The state that all tests of one entry of the manifest share: its budget, the tools it offers, its fixtures, the answers to searches,
//! and the set-up answers that were wrong.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::sync::OnceCell;

use super::candidates::SharedAnswer;
use super::context::RunContext;
use super::draw::Draw;
use super::host::Host;
use super::late_tests::LateTests;
use super::look_ups::LookUps;
use super::provider_state::ProviderState;
use super::step_error::StepError;
use super::tool_availability::ToolAvailability;
use crate::capability::Capability;
use crate::event::RunEventKind;
use crate::expr::Bound;
use crate::model::{ProviderId, TestResult, TurnBudget};
use crate::provider::Target;
use crate::transport::ListedTool;

/// The cell of something that the first test to need it makes for all.
pub(super) type SharedCell<T> = Arc<OnceCell<Result<Arc<T>, StepError>>>;

/// The cells of an entry, by key.
type SharedCells<T> = Mutex<HashMap<String, SharedCell<T>>>;

/// The most bytes of answers that searches share.
const MOST_KEPT: usize = 16 * 1024 * 1024;

/// The most bytes that such answers may take at all providers of a run together. Beyond it a provider keeps no more than a little.
const MOST_KEPT_OF_ALL: usize = 48 * 1024 * 1024;
const LITTLE: usize = 1024 * 1024;

/// The state that all tests of one entry share.
pub(super) struct EntryState {
    context: Arc<RunContext>,
    target: Arc<Target>,
    provider: Arc<ProviderState>,
    host: Arc<Host>,
    budget: Arc<TurnBudget>,
    /// Until its own turn has noted what is to be said of it.
    listing: Mutex<Option<Arc<[ListedTool]>>>,
    tools: ToolAvailability,
    draw: Draw,
    late_tests: LateTests,
    /// The peers that were seen to have a calendar of their own.
    apart: Mutex<BTreeSet<ProviderId>>,
    calls: AtomicU64,
    look_ups: LookUps,
    fixtures: SharedCells<Bound>,
    answers: SharedCells<SharedAnswer>,
    /// The bytes that the answers of searches take, about.
    kept: AtomicUsize,
    /// Those that are at work on it: its own turn, and the tests of others that call it as a peer.
    visitors: AtomicUsize,
    wrong_set_ups: Mutex<BTreeMap<String, TestResult>>,
}

impl EntryState {
    /// The state before the first test: nothing is discovered but what the provider lists.
    pub(super) async fn open(
        context: Arc<RunContext>,
        target: Arc<Target>,
        provider: Arc<ProviderState>,
        host: Arc<Host>,
    ) -> Self {
        let budget = TurnBudget::new(target.budget(context.options().budget));
        let listing = match target.listing() {
            Some(listing) => Some(Arc::clone(listing)),
            // A provider that cannot be asked for its listing will say so when it is asked for anything else.
            None => target.read_listing(&budget).await.ok().flatten().map(Arc::from),
        };
        let part = context.part().map(|part| part.to_string());
        let draw = Draw::new(context.options().draw, part, target.entry());
        let tools = available_tools(&context, &target, listing.as_deref());
        Self {
            context,
            target,
            provider,
            host,
            budget,
            listing: Mutex::new(listing),
            tools,
            draw,
            late_tests: LateTests::default(),
            apart: Mutex::default(),
            calls: AtomicU64::new(0),
            look_ups: LookUps::default(),
            fixtures: Mutex::default(),
            answers: Mutex::default(),
            kept: AtomicUsize::new(0),
            visitors: AtomicUsize::new(0),
            wrong_set_ups: Mutex::default(),
        }
    }

    /// Notes that somebody is at work on it until the guard is dropped. With the last of them goes what spares calls and is large:
    /// a run of thousands would hold it for all of them, and whoever comes later asks again.
    pub(super) fn visit(&self) -> Visit<'_> {
        self.visitors.fetch_add(1, Ordering::SeqCst);
        Visit(self)
    }

    /// The run.
    pub(super) fn context(&self) -> &RunContext {
        &self.context
    }

    /// The provider as it is called.
    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// The provider's id.
    pub(super) fn id(&self) -> &ProviderId {
        self.target.id()
    }

    /// The state that it shares with other entries of the same provider.
    pub(super) fn provider(&self) -> &ProviderState {
        &self.provider
    }

    /// The load on its origin, which it shares with other entries.
    pub(super) fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// The budget of its turn, which it pays with also as a peer.
    pub(super) fn budget(&self) -> &Arc<TurnBudget> {
        &self.budget
    }

    /// Returns true if its tests have to come to an end: the run is asked to stop, or its budget has run out.
    pub(super) fn must_end(&self) -> bool {
        self.context.stop().requested() || self.budget.ran_out().is_some()
    }

    /// The order in which its tests take days and slots.
    pub(super) fn draw(&self) -> Draw {
        self.draw
    }

    /// Its tests that ran again because they were late.
    pub(super) fn late_tests(&self) -> &LateTests {
        &self.late_tests
    }

    /// The questions for what its tests made, as far as they were in vain.
    pub(super) fn look_ups(&self) -> &LookUps {
        &self.look_ups
    }

    /// Notes that what is taken at a peer is free here.
    pub(super) fn note_apart_from(&self, peer: &ProviderId) {
        self.apart.lock().insert(peer.clone());
    }

    /// Returns true if what is taken at a peer was seen to be free here.
    pub(super) fn is_apart_from(&self, peer: &ProviderId) -> bool {
        self.apart.lock().contains(peer)
    }

    /// Takes the tools that it lists, where it has a listing. Their schemas are read once.
    pub(super) fn take_listing(&self) -> Option<Arc<[ListedTool]>> {
        self.listing.lock().take()
    }

    /// The tools that it offers, as far as that is known.
    pub(super) fn tools(&self) -> &ToolAvailability {
        &self.tools
    }

    /// Counts calls of its own tests.
    pub(super) fn count_calls(&self, calls: u32) {
        self.calls.fetch_add(u64::from(calls), Ordering::Relaxed);
    }

    /// The number of calls that its own tests have made.
    pub(super) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Tells the listener of the run what happened. A result is told with the revision of MCP that was spoken.
    pub(super) async fn emit(&self, mut kind: RunEventKind) {
        if let RunEventKind::TestFinished(result) = &mut kind {
            result.era = self.target.transport().peer().map(|peer| peer.revision);
        }
        self.context.emit(kind).await;
    }

    /// The cell of a fixture that all tests share.
    pub(super) fn fixture(&self, key: &str) -> SharedCell<Bound> {
        cell(&self.fixtures, key)
    }

    /// The cell of an answer that searches share.
    pub(super) fn answer(&self, key: &str) -> SharedCell<SharedAnswer> {
        cell(&self.answers, key)
    }

    /// Forgets every answer that searches share: something is left behind that none of them shows.
    pub(super) fn forget_answers(&self) {
        *self.answers.lock() = HashMap::new();
        self.context.note_forgotten(self.kept.swap(0, Ordering::Relaxed));
    }

    /// Notes the bytes of an answer that searches will share. Where they are too many together, those before it are forgotten: whoever
    /// wants one of them asks again.
    pub(super) fn note_kept(&self, bytes: usize) {
        let most = match self.context.note_kept(bytes) > MOST_KEPT_OF_ALL {
            true => LITTLE,
            false => MOST_KEPT,
        };
        let before = self.kept.fetch_add(bytes, Ordering::Relaxed);
        if before > 0 && before.saturating_add(bytes) > most {
            self.forget_answers();
            self.context.note_kept(bytes);
            self.kept.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    /// Forgets an answer that searches share, unless another has taken its place already.
    pub(super) fn forget_answer(&self, key: &str, old: &SharedCell<SharedAnswer>) {
        let mut cells = self.answers.lock();
        if cells.get(key).is_some_and(|cell| Arc::ptr_eq(cell, old)) {
            cells.remove(key);
        }
    }

    /// Remembers the first wrong set-up answer of each tool; it becomes a row of its own.
    pub(super) fn note_wrong_set_up(&self, tool: &Capability, row: impl FnOnce() -> TestResult) {
        let mut rows = self.wrong_set_ups.lock();
        rows.entry(tool.tool().to_owned()).or_insert_with(row);
    }

    /// Takes the rows of wrong set-up answers, by tool.
    pub(super) fn take_wrong_set_ups(&self) -> Vec<TestResult> {
        std::mem::take(&mut *self.wrong_set_ups.lock())
            .into_values()
            .collect()
    }
}

/// Somebody at work on an entry.
pub(super) struct Visit<'e>(&'e EntryState);

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        if self.0.visitors.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.forget_answers();
            *self.0.fixtures.lock() = HashMap::new();
        }
    }
}

/// The tools of the registry, as far as the manifest and the listing tell of them.
fn available_tools(
    context: &RunContext,
    target: &Target,
    listing: Option<&[ListedTool]>,
) -> ToolAvailability {
    // The manifest names capabilities, and providers name tools.
    let registry = context.registry();
    let is_named =
        |capability: &&Arc<Capability>| target.named_tools().contains(capability.reference.id.tool());
    let named = registry.iter().filter(is_named);
    let named: BTreeSet<String> = named.map(|capability| capability.tool().to_owned()).collect();
    let of_named_tools = registry
        .iter()
        .filter(is_named)
        .map(|capability| &capability.reference.id);
    let claimed = target.claims().iter().map(|claim| &claim.id);
    let domains: BTreeSet<&str> = of_named_tools.chain(claimed).map(|id| id.domain()).collect();
    let known_tools = registry.iter().map(|capability| {
        let claimed = domains.contains(capability.reference.id.domain());
        (capability.tool().to_owned(), claimed)
    });
    ToolAvailability::new(named, listing, known_tools)
}

fn cell<T>(cells: &SharedCells<T>, key: &str) -> SharedCell<T> {
    let mut cells = cells.lock();
    match cells.get(key) {
        Some(cell) => Arc::clone(cell),
        None => Arc::clone(cells.entry(key.to_owned()).or_default()),
    }
}
