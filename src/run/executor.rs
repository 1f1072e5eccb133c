//! The executor of one test: it holds the scope, the calls, the undos and the notes of the test while its steps run.
//!
//! Each of these is owned by a type of its own, with the rules for it; the executor only brings them together. Its behaviour is in the
//! files beside this one: calls, steps, searches, races, fixtures, the peer, the test clock, undos and the rows of a table.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::dialect_coverage::DialectCoverage;
use super::entries::Entries;
use super::entry_state::EntryState;
use super::evidence::{Evidence, Look};
use super::notes::Notes;
use super::peer_session::PeerSession;
use super::scope::{Entered, Phase, Scope};
use super::transcript::Transcript;
use super::undo_ledger::UndoLedger;
use crate::capability::Capability;
use crate::expr::Bound;
use crate::model::{Exchange, ProviderId, TestBudget, TestId, TestResult};

/// One test at work, at the provider under test or at its peer.
pub(super) struct TestExecutor<'s> {
    entries: &'s Entries,
    entry: &'s EntryState,
    test: TestId,
    tries: usize,
    holder: usize,
    /// No other test calls the provider meanwhile.
    alone: bool,
    budget: Arc<TestBudget>,
    /// Set if this provider is called as the peer of the one under test. Its answers are not judged.
    session: Option<PeerSession<'s>>,
    /// The same test at its peer.
    peer: Option<Box<Self>>,
    scope: Scope,
    transcript: Transcript,
    ledger: UndoLedger,
    coverage: DialectCoverage,
    notes: Notes,
    evidence: Evidence,
    /// Starts that are taken here since they were booked at the peer, each with its day.
    shadows: Vec<(Look, DateTime<Utc>)>,
    /// The rows of wrong set-up answers, each with the tool that gave it. They count once the test counts.
    set_ups: Vec<(Arc<Capability>, TestResult)>,
    /// The fixtures made for this test alone, by name.
    made: BTreeMap<String, Arc<Bound>>,
}

impl<'s> TestExecutor<'s> {
    /// A test that has done nothing yet, in its set-up phase. `tries` is how often it was tried before.
    pub(super) fn new(entries: &'s Entries, entry: &'s EntryState, test: TestId, tries: usize) -> Self {
        let mut scope = Scope::new(entry.context().now());
        scope.set_budget(Arc::clone(entry.budget()));
        Self {
            entries,
            entry,
            test,
            tries,
            holder: entry.provider().next_holder(),
            alone: false,
            budget: TestBudget::new(entry.budget()),
            session: None,
            peer: None,
            scope,
            transcript: Transcript::default(),
            ledger: UndoLedger::default(),
            coverage: DialectCoverage::default(),
            notes: Notes::default(),
            evidence: Evidence::default(),
            shadows: Vec::new(),
            set_ups: Vec::new(),
            made: BTreeMap::new(),
        }
    }

    /// The same test, where it has the provider alone or has not.
    pub(super) fn with_alone(self, alone: bool) -> Self {
        Self { alone, ..self }
    }

    /// The same test at its peer, in a session that keeps other tests away there.
    pub(super) fn at_peer(&self, peer: &'s EntryState, session: PeerSession<'s>) -> Self {
        Self {
            session: Some(session),
            ..Self::new(self.entries, peer, self.test.clone(), self.tries)
        }
    }

    /// The entries of the run.
    pub(super) fn entries(&self) -> &'s Entries {
        self.entries
    }

    /// The entry that is called.
    pub(super) fn entry(&self) -> &'s EntryState {
        self.entry
    }

    /// The test.
    pub(super) fn test(&self) -> &TestId {
        &self.test
    }

    /// The number of times that the test was tried before.
    pub(super) fn tries(&self) -> usize {
        self.tries
    }

    /// The number under which it holds leases, which tells the tests of a provider apart.
    pub(super) fn holder(&self) -> usize {
        self.holder
    }

    /// Returns true if no other test calls the provider meanwhile.
    pub(super) fn is_alone(&self) -> bool {
        self.alone
    }

    /// The share of the test in the budget of the provider's turn.
    pub(super) fn budget(&self) -> &Arc<TestBudget> {
        &self.budget
    }

    /// Returns true if the provider is called as a peer, not to be judged.
    pub(super) fn is_at_peer(&self) -> bool {
        self.session.is_some()
    }

    /// The provider under test, where this one is called as its peer.
    pub(super) fn tested(&self) -> Option<&ProviderId> {
        self.session.as_ref().map(PeerSession::tested)
    }

    /// The same test at its peer, where it has one.
    pub(super) fn peer(&self) -> Option<&Self> {
        self.peer.as_deref()
    }

    /// The same test at its peer, to do something there.
    pub(super) fn peer_mut(&mut self) -> Option<&mut Self> {
        self.peer.as_deref_mut()
    }

    /// Sets the same test at its peer.
    pub(super) fn set_peer(&mut self, peer: Self) {
        self.peer = Some(Box::new(peer));
    }

    /// The scope that expressions read.
    pub(super) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The scope, to bind more.
    pub(super) fn scope_mut(&mut self) -> &mut Scope {
        &mut self.scope
    }

    /// Makes `inner` the scope until the guard is dropped, which restores the scope of before also when a step fails.
    pub(super) fn enter(&mut self, inner: Scope) -> Entered<'_, Self> {
        Scope::enter(self, inner)
    }

    /// The phase of the test.
    pub(super) fn phase(&self) -> Phase {
        self.scope.phase()
    }

    /// Samples the provider's present, which a step reads as `now`.
    pub(super) fn tick(&mut self) {
        let ours = self.entry.context().now();
        self.scope.set_now(self.entry.provider().now(ours));
    }

    /// The calls of the test.
    pub(super) fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// The calls of the test, to add one.
    pub(super) fn transcript_mut(&mut self) -> &mut Transcript {
        &mut self.transcript
    }

    /// The records of the last calls, redacted, the last one last.
    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        self.transcript
            .exchanges(self.entry.target().transport().as_ref())
    }

    /// The undos that are pending.
    pub(super) fn ledger(&self) -> &UndoLedger {
        &self.ledger
    }

    /// The undos that are pending, to add or take some.
    pub(super) fn ledger_mut(&mut self) -> &mut UndoLedger {
        &mut self.ledger
    }

    /// The share of the test that the provider answered itself.
    pub(super) fn coverage(&self) -> &DialectCoverage {
        &self.coverage
    }

    /// The share of the test that the provider answered itself, to count more.
    pub(super) fn coverage_mut(&mut self) -> &mut DialectCoverage {
        &mut self.coverage
    }

    /// The notes, which limit the result without changing it.
    pub(super) fn notes(&self) -> &Notes {
        &self.notes
    }

    /// The notes, to add some.
    pub(super) fn notes_mut(&mut self) -> &mut Notes {
        &mut self.notes
    }

    /// What bears on whose fault a failure is.
    pub(super) fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// What bears on whose fault a failure is, to note more.
    pub(super) fn evidence_mut(&mut self) -> &mut Evidence {
        &mut self.evidence
    }

    /// Keeps a start that is taken here since it was booked at the peer.
    pub(super) fn keep_shadow(&mut self, day: Look, start: DateTime<Utc>) {
        self.shadows.push((day, start));
    }

    /// Takes the starts that are taken here since they were booked at the peer.
    pub(super) fn take_shadows(&mut self) -> Vec<(Look, DateTime<Utc>)> {
        std::mem::take(&mut self.shadows)
    }

    /// Keeps the row of a wrong set-up answer.
    pub(super) fn keep_set_up(&mut self, tool: &Arc<Capability>, row: TestResult) {
        self.set_ups.push((Arc::clone(tool), row));
    }

    /// The number of rows of wrong set-up answers.
    pub(super) fn set_ups(&self) -> usize {
        self.set_ups.len()
    }

    /// Goes back to so many rows of wrong set-up answers.
    pub(super) fn restore_set_ups(&mut self, known: usize) {
        self.set_ups.truncate(known);
    }

    /// Takes the rows of wrong set-up answers.
    pub(super) fn take_set_ups(&mut self) -> Vec<(Arc<Capability>, TestResult)> {
        std::mem::take(&mut self.set_ups)
    }

    /// A fixture that was made for this test alone.
    pub(super) fn made(&self, fixture: &str) -> Option<&Arc<Bound>> {
        self.made.get(fixture)
    }

    /// All fixtures that were made for this test alone.
    pub(super) fn all_made(&self) -> &BTreeMap<String, Arc<Bound>> {
        &self.made
    }

    /// Goes back to the fixtures that were made before a row.
    pub(super) fn restore_made(&mut self, made: BTreeMap<String, Arc<Bound>>) {
        self.made = made;
    }

    /// Keeps a fixture that was made for this test alone.
    pub(super) fn keep_made(&mut self, fixture: &str, bound: &Arc<Bound>) {
        self.made.insert(fixture.to_owned(), Arc::clone(bound));
    }
}

impl AsMut<Scope> for TestExecutor<'_> {
    fn as_mut(&mut self) -> &mut Scope {
        &mut self.scope
    }
}
