//! One test from its first fixture to its last row, and the result that comes of it.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use chrono::{DateTime, SubsecRound, Utc};
use futures_util::FutureExt;

use super::entries::Entries;
use super::entry_state::EntryState;
use super::evidence::Doubt;
use super::executor::TestExecutor;
use super::results::Worst;
use super::rows::{Rows, milliseconds};
use super::scope::Phase;
use super::step_error::StepError;
use super::telling::Telling;
use crate::capability::Capability;
use crate::event::RunEventKind;
use crate::expr::ZoneRules;
use crate::model::{Outcome, ProviderId, TestResult, Untested};
use crate::plan::PlannedTest;
use crate::provider::Target;
use crate::suite::Test;

/// A test that ran once: how it ended, and whether that may be held against its provider.
pub(super) struct Attempt {
    ended: Ended,
    doubt: Option<Doubt>,
    tries: usize,
    /// The rows of wrong set-up answers.
    set_ups: Vec<(Arc<Capability>, TestResult)>,
}

impl Attempt {
    /// How it ended.
    pub(super) fn ended(&self) -> &Ended {
        &self.ended
    }

    /// How it ended, to say more of it.
    pub(super) fn ended_mut(&mut self) -> &mut Ended {
        &mut self.ended
    }

    /// The reason for which a failure says nothing of the provider yet.
    pub(super) fn doubt(&self) -> Option<Doubt> {
        self.doubt
    }

    /// The number of times that the test was tried before.
    pub(super) fn tries(&self) -> usize {
        self.tries
    }

    /// Drops the rows of wrong set-up answers: they say nothing of the provider.
    pub(super) fn forget_set_ups(&mut self) {
        self.set_ups.clear();
    }

    /// Takes the place of an attempt before it. A fixture that all tests share went wrong there and is not made again here: its row
    /// is kept.
    #[must_use]
    pub(super) fn after(mut self, before: Self) -> Self {
        let blocked = matches!(&self.ended, Ended::Result(result) if result.outcome == Outcome::Blocked);
        if blocked && self.set_ups.is_empty() {
            self.set_ups = before.set_ups;
        }
        self
    }

    /// Makes the attempt count, and returns how it ended.
    pub(super) fn settle(self, entry: &EntryState) -> Ended {
        for (tool, row) in self.set_ups {
            entry.note_wrong_set_up(&tool, || row);
        }
        self.ended
    }
}

/// The end of a test: a result, or something that is settled when the provider has ended.
pub(super) enum Ended {
    /// The result.
    Result(Box<TestResult>),
    /// A result that becomes an error, a failure or a skip, depending on what else the provider answers.
    Undecided(Box<TestResult>, StepError),
    /// The run was stopped before the test had ended.
    Interrupted,
}

/// Runs a test; `tries` is how often it was tried before. What it made is taken back whatever came of it.
///
/// A failure where releases of the time zone database differ is judged by both: a provider may go by the rules of yesterday.
pub(super) async fn run_test(
    entries: &Entries,
    entry: &EntryState,
    planned: &PlannedTest,
    tries: usize,
) -> Attempt {
    let _working = entry.budget().work();
    let current = Arc::new(ZoneRules::current());
    let mut attempt = run_by(entries, entry, planned, tries, &current).await;
    let disputed = current.disputed();
    let failed = matches!(&attempt.ended, Ended::Result(result) if result.outcome == Outcome::Fail);
    if !failed || disputed.is_empty() || entry.must_end() {
        return attempt;
    }
    let (zones, earlier) = (disputed.join(", "), time_zones::earlier_release());
    let mut again = run_by(entries, entry, planned, tries, &Arc::new(ZoneRules::earlier())).await;
    if let Ended::Result(result) = &mut again.ended
        && result.outcome == Outcome::Pass
    {
        result.notes.push(format!(
            "it holds by the rules of {zones} in release {earlier} of the time zone database, and not by those of {}",
            time_zones::release()
        ));
        return again;
    }
    if let Ended::Result(result) = &mut attempt.ended {
        result.notes.push(format!(
            "the rules of {zones} have changed since release {earlier} of the time zone database; it fails by both"
        ));
    }
    attempt
}

/// Runs a test by rules of time zones.
async fn run_by(
    entries: &Entries,
    entry: &EntryState,
    planned: &PlannedTest,
    tries: usize,
    zone_rules: &Arc<ZoneRules>,
) -> Attempt {
    let test = &planned.test;
    let when = entry.context().now().trunc_subsecs(0);
    let mut executor = TestExecutor::new(entries, entry, test.id.clone(), tries).with_alone(test.exclusive);
    executor.scope_mut().set_zone_rules(Arc::clone(zone_rules));
    executor.bind_base();
    executor.bind_test(None);
    let rows = {
        let running = AssertUnwindSafe(executor.run(test, planned.peer.as_deref()));
        running.catch_unwind().await
    };
    let mut rows = rows.unwrap_or_else(|panic| {
        let error = StepError::Bug(panicked(panic.as_ref()));
        Rows::ended_by(Worst::new(error, None, executor.exchanges()))
    });
    let held = executor.held();
    let failed = rows.failed();
    if failed {
        executor.look_for_shadows().await;
    }
    executor.settle_all().await;
    if failed && executor.shadows_are_gone().await {
        note_one_calendar(entries, entry, planned).await;
        rows = Rows::ended_by(executor.one_calendar());
    }
    if let Some(error) = rows.unexamined() {
        let doubt = executor.doubt(&error, &held).await;
        rows.set_doubt(doubt);
    }
    let doubt = rows.doubt();
    Attempt {
        ended: executor.ended(test, when, rows),
        doubt,
        tries,
        set_ups: executor.take_set_ups(),
    }
}

/// Notes that a provider and its peer have one calendar, so that they are kept apart from now on.
async fn note_one_calendar(entries: &Entries, entry: &EntryState, planned: &PlannedTest) {
    let Some(peer) = planned.peer.as_deref() else {
        return;
    };
    if !entries.turns().note_same(entry.id(), peer.id()) {
        return;
    }
    let noted = |provider: &ProviderId, other: &ProviderId| RunEventKind::Noted {
        provider: provider.clone(),
        note: format!(
            "what is taken at {other} is taken here too: the two are proven one after the other from now on, and neither is a second tenant for the other"
        ),
    };
    entry.emit(noted(entry.id(), peer.id())).await;
    if entries.is_proven(peer.id()) {
        entry.emit(noted(peer.id(), entry.id())).await;
    }
}

/// A panic of the harness in words. Its place stands on standard error, where the panic itself was told.
pub(super) fn panicked(panic: &(dyn Any + Send)) -> String {
    let said = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no reason given".to_owned());
    let said = said.lines().next().unwrap_or_default();
    format!("the harness panicked: {said}")
}

impl TestExecutor<'_> {
    /// Runs everything of a test. Its own steps run once, or once for each row of its table.
    async fn run(&mut self, test: &Test, peer: Option<&Target>) -> Rows {
        if let Err(error) = self.set_up(test, peer).await {
            return Rows::ended_by(Worst::new(error, None, self.exchanges()));
        }
        self.scope_mut().set_phase(Phase::Own);
        if !test.body().cases.is_empty() {
            return self.run_rows(test).await;
        }
        let ended = self.run_steps(&test.body().steps).await;
        match ended.and_then(Telling::require) {
            Ok(()) => Rows::default(),
            Err(error) => Rows::ended_by(Worst::new(error, None, self.exchanges())),
        }
    }

    /// The end of a test whose peer turned out to be the provider under test itself.
    fn one_calendar(&self) -> Worst {
        let peer = self.peer().map(|peer| peer.entry().id());
        Worst::new(
            self.no_second_tenant(peer.unwrap_or(self.entry().id())),
            None,
            Vec::new(),
        )
    }

    fn no_second_tenant(&self, peer: &ProviderId) -> StepError {
        let why = format!(
            "it and {peer} have one calendar: what is taken at the one is taken at the other too, so neither is a second tenant for the other"
        );
        StepError::Skip(Untested::NoPeer, why)
    }

    /// Makes everything that the test needs before its first step.
    async fn set_up(&mut self, test: &Test, peer: Option<&Target>) -> Result<(), StepError> {
        if let Some(target) = peer {
            if self.entries().turns().are_same(self.entry().id(), target.id()) {
                return Err(self.no_second_tenant(target.id()));
            }
            self.open_peer(target).await?;
        }
        let body = test.body();
        self.make_fixtures(&body.fixtures).await?;
        self.try_fixtures(&body.tries).await?;
        self.make_at_peer(body.peer.as_deref().unwrap_or_default())
            .await?;
        self.look_for_shadows().await;
        Ok(())
    }

    /// The result of the test, whose rows ended so.
    fn ended(&self, test: &Test, when: DateTime<Utc>, rows: Rows) -> Ended {
        let (cases, worst) = rows.into_parts();
        let transcript = self.transcript();
        let (id, calls) = (self.entry().id().clone(), transcript.own_calls());
        let mut result = TestResult::new(id, test.id.clone(), test.level, Outcome::Pass, when)
            .with_calls(milliseconds(transcript.own_wait()), calls)
            .with_cases(cases)
            .with_notes(self.notes().to_vec());
        let Some(worst) = worst else {
            if result.calls == 0 {
                result.outcome = Outcome::Error;
                result.message = Some("the test made no call of its own, so it proves nothing".to_owned());
            }
            self.coverage().apply(&mut result);
            return Ended::Result(Box::new(result));
        };
        if matches!(worst.error(), StepError::Interrupted) {
            return Ended::Interrupted;
        }
        self.coverage().apply(&mut result);
        match worst.apply(&mut result, test) {
            None => Ended::Result(Box::new(result)),
            Some(error) => Ended::Undecided(Box::new(result), error),
        }
    }
}
