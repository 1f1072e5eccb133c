//! The context of a run, which every provider and every test of it shares.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use chrono::{DateTime, Utc};

use super::emit::Emitter;
use super::options::RunOptions;
use super::stop::Stop;
use crate::capability::Registry;
use crate::event::{RunEventKind, RunHeader};
use crate::model::{Clock, Level, Outcome, Partition, ProviderId, RunId, TestId, TestResult};

/// The id, the options, the contracts, the clock and the stop of a run, and the way to its listener.
pub(super) struct RunContext {
    run: RunId,
    part: Option<Partition>,
    options: RunOptions,
    /// The failures that the baseline knows. They stop no run that fails fast.
    known_failures: HashSet<(ProviderId, TestId)>,
    registry: Arc<Registry>,
    clock: Arc<dyn Clock>,
    emitter: Emitter,
    /// Requested from outside: no more calls.
    stop: Stop,
    /// Set from inside, after the first must-level failure of a run that fails fast: no more tests.
    failed_fast: AtomicBool,
    next_undo: AtomicU64,
    /// The bytes that the answers of searches take at all providers together, about.
    kept: AtomicUsize,
}

impl RunContext {
    /// The context of the run that a header describes. No undo has a number yet.
    pub(super) fn new(
        header: &RunHeader,
        options: RunOptions,
        registry: Arc<Registry>,
        clock: Arc<dyn Clock>,
        emitter: Emitter,
        stop: Stop,
    ) -> Self {
        Self {
            run: header.run.clone(),
            part: header.part.as_ref().map(|record| record.part),
            options,
            known_failures: known_failures(header),
            registry,
            clock,
            emitter,
            stop,
            failed_fast: AtomicBool::new(false),
            next_undo: AtomicU64::new(1),
            kept: AtomicUsize::new(0),
        }
    }

    /// The id of the run.
    pub(super) fn run(&self) -> &RunId {
        &self.run
    }

    /// The part of the plan that the run covers.
    pub(super) fn part(&self) -> Option<Partition> {
        self.part
    }

    /// The options that the run was started with.
    pub(super) fn options(&self) -> &RunOptions {
        &self.options
    }

    /// The contracts.
    pub(super) fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// The present instant of our clock.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The stop that the run obeys.
    pub(super) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Tells the listener of the run what happened.
    pub(super) async fn emit(&self, kind: RunEventKind) {
        self.emitter.emit(kind).await;
    }

    /// Waits until everything that happened so far is kept by the listener of the run, or will never be.
    pub(super) async fn kept(&self) {
        self.emitter.kept().await;
    }

    /// Notes a result: after a must-level failure that no baseline knows, a run that fails fast starts no more tests.
    pub(super) fn note_result(&self, result: &TestResult) {
        if self.options.fail_fast
            && result.outcome == Outcome::Fail
            && result.level == Level::Must
            && !self
                .known_failures
                .contains(&(result.provider.clone(), result.id()))
        {
            self.failed_fast.store(true, Ordering::SeqCst);
        }
    }

    /// Returns true if no more tests are to be started because one has failed.
    pub(super) fn has_failed_fast(&self) -> bool {
        self.failed_fast.load(Ordering::SeqCst)
    }

    /// Notes the bytes of an answer that is kept at a provider. Returns how many there are at all of them together.
    pub(super) fn note_kept(&self, bytes: usize) -> usize {
        self.kept
            .fetch_add(bytes, Ordering::Relaxed)
            .saturating_add(bytes)
    }

    /// Notes that so many bytes of answers are kept no more.
    pub(super) fn note_forgotten(&self, bytes: usize) {
        let less = |kept: usize| Some(kept.saturating_sub(bytes));
        let _ = self.kept.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    /// Takes the next number of an undo.
    pub(super) fn take_undo_id(&self) -> u64 {
        self.next_undo.fetch_add(1, Ordering::Relaxed)
    }

    /// The number that the next undo will have.
    pub(super) fn next_undo_id(&self) -> u64 {
        self.next_undo.load(Ordering::Relaxed)
    }
}

/// The failures that the baseline of a run knows.
fn known_failures(header: &RunHeader) -> HashSet<(ProviderId, TestId)> {
    let entries = header.baseline.iter().flat_map(|baseline| &baseline.entries);
    entries
        .filter(|entry| entry.holds_at(header.started_at))
        .map(|entry| (entry.provider.clone(), entry.test.clone()))
        .collect()
}
