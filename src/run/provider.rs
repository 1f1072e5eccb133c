//! Runs the tests of one provider: exclusive ones alone, those that only read before the lanes and the others after them; those that wait
//! beside the lanes or, last, on its test clock.
//! Settles at the end what could not be settled before.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use futures_util::StreamExt;

use super::again::{run_alone, run_among_others, run_when_others_ended, run_with_free_slots};
use super::alone::{keep_alone, moves_clock};
use super::confirm::confirm;
use super::differences::{note_differences, note_observations};
use super::entries::Entries;
use super::entry_state::EntryState;
use super::evidence::Doubt;
use super::results::{error_result, kept_bytes, skipped_result};
use super::retry::retry;
use super::step_error::StepError;
use super::test::{Attempt, Ended};
use crate::event::RunEventKind;
use crate::model::{Level, Outcome, TestId, TestResult, Untested};
use crate::plan::{Disposition, PlannedProvider, PlannedTest};

/// Runs everything that is planned for a provider.
pub(super) async fn run_provider(entries: &Entries, planned: &PlannedProvider) {
    if let Some(trouble) = planned.target.trouble() {
        let provider = planned.target.id().clone();
        let note = format!("nothing of it was proven: {trouble}");
        let noted = RunEventKind::Noted {
            provider: provider.clone(),
            note,
        };
        entries.context().emit(noted).await;
        let finished = RunEventKind::ProviderFinished { provider, calls: 0 };
        entries.context().emit(finished).await;
        return;
    }
    let Some(entry) = entries.open_first(&planned.target).await else {
        return;
    };
    let _visit = entry.visit();
    note_differences(entry, planned).await;
    note_other_ids(entries, entry).await;
    for Waiting { planned, mut attempt } in run_tests(entries, entry, planned).await {
        attempt = match attempt.doubt() {
            Some(Doubt::Late | Doubt::Cut) => run_alone(entries, entry, &planned, attempt).await,
            Some(Doubt::Listed | Doubt::Moved | Doubt::MovedInRace) => {
                run_among_others(entries, entry, &planned, attempt).await
            }
            Some(Doubt::Crowded) => run_when_others_ended(entries, entry, &planned, attempt).await,
            Some(Doubt::Taken) | None => attempt,
        };
        let tries = attempt.tries();
        let late = attempt.doubt() == Some(Doubt::Late);
        let mut result = match attempt.settle(entry) {
            Ended::Result(result) => result,
            Ended::Undecided(mut result, error) => {
                decide(entry, &mut result, &error);
                result
            }
            Ended::Interrupted => continue,
        };
        if result.outcome == Outcome::Fail {
            confirm(entries, entry, &planned, &mut result, (tries, late)).await;
        }
        entry.context().note_result(&result);
        if result.outcome == Outcome::Fail {
            retry(entries, entry, &planned, &mut result, tries).await;
        }
        entry.budget().spend_bytes(kept_bytes(&result));
        entry.emit(RunEventKind::TestFinished(result)).await;
    }
    for row in entry.take_wrong_set_ups() {
        entry.emit(RunEventKind::TestFinished(Box::new(row))).await;
    }
    // Nobody searches there any more, or asks again as a peer.
    entry.forget_answers();
    note_observations(entry).await;
    let finished = RunEventKind::ProviderFinished {
        provider: entry.id().clone(),
        calls: entry.calls(),
    };
    entry.emit(finished).await;
}

/// Notes the other ids under which the address of an entry stands in the manifest: they are proven one after the other, and none is
/// another tenant for the other.
async fn note_other_ids(entries: &Entries, entry: &EntryState) {
    for other in entries.other_ids(entry.target()) {
        let note = format!(
            "it has the address of {other}: the two are proven one after the other, and neither is a second tenant for the other"
        );
        let provider = entry.id().clone();
        entry.emit(RunEventKind::Noted { provider, note }).await;
    }
}

/// A test that waits until all others of the provider have ended: it is late, failed and to be retried, or its outcome depends on what
/// the others found, or on whether they meet somebody else.
struct Waiting {
    planned: PlannedTest,
    attempt: Attempt,
}

/// Runs the tests in an order that the seed gives: the essential ones first, then those of what takes back, then those on which a rule
/// depends alone, and those of many calls before those of few. Returns those that are decided or tried again when the others have ended.
async fn run_tests(entries: &Entries, entry: &EntryState, planned: &PlannedProvider) -> Vec<Waiting> {
    let options = entry.context().options();
    let mut tests: Vec<PlannedTest> = planned.tests.clone();
    let salt = entry.id().as_str().bytes().fold(options.seed, |salt, byte| {
        salt.wrapping_mul(31).wrapping_add(byte.into())
    });
    fastrand::Rng::with_seed(salt).shuffle(&mut tests);
    // Without its essential tests a claim is unproven, and without the only test of a rule that rule is, so they come while slots are
    // free: a provider that never frees what it gave away has none left in the end. Of the others, a long test that begins last would
    // keep one lane busy when the others have nothing left to do.
    let (undoing, only) = (undoing_tools(entry), only_tests(&tests));
    tests.sort_by_key(|planned| {
        let test = &planned.test;
        let undoes = undoing.contains(test.id.capability.id.tool());
        let calls = Reverse(test.calls().max(1).ilog2());
        (!test.essential, !undoes, !only.contains(&test.id), calls)
    });
    let mut groups = Groups::default();
    for planned in tests {
        groups.group_of(entry, &planned).push(planned);
    }
    let mut waiting = in_lanes(entries, entry, 1, groups.reading).await;
    let sleepers = groups.waiting.len();
    let (shared, slept) = futures_util::future::join(
        in_lanes(entries, entry, options.lanes, groups.together),
        in_lanes(entries, entry, sleepers, groups.waiting),
    )
    .await;
    waiting.extend(shared);
    waiting.extend(slept);
    for alone in [groups.alone, groups.moving] {
        waiting.extend(in_lanes(entries, entry, 1, alone).await);
    }
    waiting
}

/// The tools that take back what others make.
fn undoing_tools(entry: &EntryState) -> HashSet<String> {
    let tools = entry.context().registry().iter();
    let undos = tools.filter_map(|tool| tool.reversibility.undo.as_ref());
    undos.map(|undo| undo.tool.clone()).collect()
}

/// The must-level tests that verify a rule which no other test of the plan that runs verifies.
fn only_tests(tests: &[PlannedTest]) -> HashSet<TestId> {
    let mut of_rule: HashMap<_, Vec<&TestId>> = HashMap::new();
    for planned in tests {
        let test = &planned.test;
        if test.level == Level::Must && !matches!(planned.disposition, Disposition::Skip(..)) {
            for rule in &test.verifies {
                of_rule
                    .entry((&test.id.capability, rule))
                    .or_default()
                    .push(&test.id);
            }
        }
    }
    let alone = of_rule.into_values().filter(|tests| tests.len() == 1);
    alone.flatten().cloned().collect()
}

/// The tests of a provider by how they run.
#[derive(Default)]
struct Groups {
    /// First, one by one: they only read and want nobody else there, so nothing has been read or changed yet that could hide anything.
    reading: Vec<PlannedTest>,
    /// Side by side in lanes.
    together: Vec<PlannedTest>,
    /// Beside them and all at once, since they do little but sleep: they take as long as the longest of them.
    waiting: Vec<PlannedTest>,
    /// After them, one by one.
    alone: Vec<PlannedTest>,
    /// Last, one by one: they move the provider's clock, which would disturb every other test.
    moving: Vec<PlannedTest>,
}

impl Groups {
    fn group_of(&mut self, entry: &EntryState, planned: &PlannedTest) -> &mut Vec<PlannedTest> {
        let test = &planned.test;
        if moves_clock(entry, planned) {
            &mut self.moving
        } else if test.exclusive && test.is_read_only() {
            &mut self.reading
        } else if test.exclusive {
            &mut self.alone
        } else if test.waits() && planned.disposition == Disposition::Run {
            &mut self.waiting
        } else {
            &mut self.together
        }
    }
}

/// Runs tests, at most this many at a time.
async fn in_lanes(
    entries: &Entries,
    entry: &EntryState,
    lanes: usize,
    tests: Vec<PlannedTest>,
) -> Vec<Waiting> {
    futures_util::stream::iter(tests)
        .map(|planned| async move { run_one(entries, entry, planned).await })
        .buffer_unordered(lanes.max(1))
        .filter_map(std::future::ready)
        .collect()
        .await
}

/// Runs one test, unless it is left out. Returns its result where that has to wait for the others.
async fn run_one(entries: &Entries, entry: &EntryState, planned: PlannedTest) -> Option<Waiting> {
    let _turn = entries.turns().enter(entry.id()).await;
    // A test that sleeps most of its time would keep the place from others.
    let sleeps = planned.test.waits() && !moves_clock(entry, &planned);
    let _place = match sleeps {
        true => None,
        false => Some(entry.host().enter().await),
    };
    let _alone = keep_alone(entry, &planned).await;
    let context = entry.context();
    if context.stop().requested() {
        return None;
    }
    if let Some((reason, message)) = left_out(entry, &planned) {
        let result = skipped_result(entry, &planned, reason, message);
        entry.emit(RunEventKind::TestFinished(Box::new(result))).await;
        return None;
    }
    if let Some(why) = entry.budget().ran_out() {
        let result = error_result(entry, &planned, format!("not tested: {why}"));
        entry.emit(RunEventKind::TestFinished(Box::new(result))).await;
        return None;
    }
    let id = &planned.test.id;
    let started = RunEventKind::TestStarted {
        provider: entry.id().clone(),
        capability: id.capability.id.clone(),
        test: id.name.clone(),
    };
    entry.emit(started).await;
    let attempt = run_with_free_slots(entries, entry, &planned, 0).await;
    let waits = match attempt.ended() {
        _ if attempt.doubt().is_some_and(|doubt| doubt != Doubt::Taken) => true,
        Ended::Result(result) => {
            context.note_result(result);
            (context.options().retries > 0 || context.options().confirm) && result.outcome == Outcome::Fail
        }
        Ended::Undecided(..) => true,
        Ended::Interrupted => false,
    };
    if waits {
        return Some(Waiting { planned, attempt });
    }
    if let Ended::Result(result) = attempt.settle(entry) {
        entry.budget().spend_bytes(kept_bytes(&result));
        entry.emit(RunEventKind::TestFinished(result)).await;
    }
    None
}

/// The reason for which a test is not started; None where it is.
fn left_out(entry: &EntryState, planned: &PlannedTest) -> Option<(Untested, String)> {
    match &planned.disposition {
        Disposition::Skip(reason, message) => Some((*reason, message.clone())),
        Disposition::OnTestClock(message) if entry.test_clock().is_none() => {
            let reason = match planned.test.takes_clock() {
                true => Untested::NoClock,
                false => Untested::Slow,
            };
            Some((reason, message.clone()))
        }
        Disposition::Run | Disposition::OnTestClock(_) => entry.context().has_failed_fast().then(|| {
            (
                Untested::NotSelected,
                "not started: another test had failed (--fail-fast)".to_owned(),
            )
        }),
    }
}

/// Decides the result of a test whose tool was not there before anything had answered. Now it is known whether anything did
/// (provider contract, "How an answer is judged", 4).
fn decide(entry: &EntryState, result: &mut TestResult, error: &StepError) {
    let StepError::Undecided { tool, error } = error else {
        return;
    };
    let (outcome, message) = if !entry.tools().any_answered() {
        (
            Outcome::Error,
            format!("{tool}: {error}, and no other tool of this provider answered"),
        )
    } else if entry.tools().is_named(tool) {
        (
            Outcome::Fail,
            format!("{tool} is among the tools that the provider offers, but {error}"),
        )
    } else {
        result.untested = Some(Untested::NotOffered);
        (Outcome::Skip, format!("the provider does not offer {tool}"))
    };
    result.outcome = outcome;
    result.message = Some(message);
}
