//! Runs the tests of one provider: in lanes, the exclusive ones alone, those that wait beside the lanes or, last, on its test clock.
//! Settles at the end what could not be settled before.

use std::cmp::Reverse;
use std::sync::atomic::Ordering;

use chrono::SubsecRound;
use futures_util::StreamExt;
use tokio::sync::RwLockWriteGuard;

use super::cases::{Ended, run_test};
use super::halt::Halt;
use super::retry::retry;
use super::session::Session;
use super::sessions::Sessions;
use crate::capability::differences;
use crate::event::RunEventKind;
use crate::model::{Level, Outcome, TestResult};
use crate::plan::{Disposition, PlannedProvider, PlannedTest};
use crate::transport::ListedTool;

/// Runs everything that is planned for a provider.
pub(super) async fn run_provider(sessions: &Sessions, planned: &PlannedProvider) {
    let Some(session) = sessions.open(&planned.target).await else {
        return;
    };
    if let Some(listing) = &session.listing {
        note_differences(session, planned, listing).await;
    }
    for mut waiting in run_tests(sessions, session, planned).await {
        if let Some(halt) = &waiting.halt {
            decide(session, &mut waiting.result, halt);
        }
        if waiting.result.outcome == Outcome::Fail {
            retry(sessions, session, &waiting.planned, &mut waiting.result).await;
        }
        emit(session, waiting.result).await;
    }
    for row in session.take_wrong_set_ups() {
        emit(session, Box::new(row)).await;
    }
    let finished = RunEventKind::ProviderFinished {
        provider: session.target.id().clone(),
        calls: session.calls.load(Ordering::Relaxed),
    };
    session.shared.emitter.emit(finished).await;
}

/// A result that waits until all other tests of the provider have ended.
struct Waiting {
    planned: PlannedTest,
    result: Box<TestResult>,
    /// Where the outcome depends on what the others found.
    halt: Option<Halt>,
}

/// Runs the tests in an order that the seed gives, those of many calls before those of few. Returns those that are decided or tried again when the others have ended.
async fn run_tests(sessions: &Sessions, session: &Session, planned: &PlannedProvider) -> Vec<Waiting> {
    let mut tests: Vec<PlannedTest> = planned.tests.clone();
    let provider = session.target.id().as_str();
    let salt = provider.bytes().fold(session.shared.seed, |salt, byte| {
        salt.wrapping_mul(31).wrapping_add(byte.into())
    });
    fastrand::Rng::with_seed(salt).shuffle(&mut tests);
    // A long test that begins last would keep one lane busy when the others have nothing left to do.
    tests.sort_by_key(|planned| Reverse(planned.test.calls().max(1).ilog2()));
    let mut parts = Parts::default();
    for planned in tests {
        parts.part_of(session, &planned).push(planned);
    }
    let lanes = session.shared.lanes;
    let sleepers = parts.waiting.len();
    let (mut waiting, slept) = futures_util::future::join(
        in_lanes(sessions, session, lanes, parts.together),
        in_lanes(sessions, session, sleepers, parts.waiting),
    )
    .await;
    waiting.extend(slept);
    for alone in [parts.alone, parts.moving] {
        waiting.extend(in_lanes(sessions, session, 1, alone).await);
    }
    waiting
}

/// The tests of a provider by how they run.
#[derive(Default)]
struct Parts {
    /// Side by side in lanes.
    together: Vec<PlannedTest>,
    /// Beside them and all at once, since they do little but sleep: they take as long as the longest of them.
    waiting: Vec<PlannedTest>,
    /// After them, one by one.
    alone: Vec<PlannedTest>,
    /// Last, one by one: they move the provider's clock, which would spoil every other test.
    moving: Vec<PlannedTest>,
}

impl Parts {
    fn part_of(&mut self, session: &Session, planned: &PlannedTest) -> &mut Vec<PlannedTest> {
        let test = &planned.test;
        if moves_clock(session, planned) {
            &mut self.moving
        } else if test.exclusive {
            &mut self.alone
        } else if test.waits() && planned.disposition == Disposition::Run {
            &mut self.waiting
        } else {
            &mut self.together
        }
    }
}

/// Whether a test moves the clock of this provider.
fn moves_clock(session: &Session, planned: &PlannedTest) -> bool {
    session.test_clock().is_some() && planned.test.moves_clock()
}

/// Runs tests, at most this many at a time.
async fn in_lanes(
    sessions: &Sessions,
    session: &Session,
    lanes: usize,
    tests: Vec<PlannedTest>,
) -> Vec<Waiting> {
    futures_util::stream::iter(tests)
        .map(|planned| async move { run_one(sessions, session, planned).await })
        .buffer_unordered(lanes.max(1))
        .filter_map(std::future::ready)
        .collect()
        .await
}

/// Keeps guests away from a provider while a test has it alone.
pub(super) async fn keep_alone<'s>(
    session: &'s Session,
    planned: &PlannedTest,
) -> Option<RwLockWriteGuard<'s, ()>> {
    match planned.test.exclusive || moves_clock(session, planned) {
        true => Some(session.premises.alone.write().await),
        false => None,
    }
}

async fn run_one(sessions: &Sessions, session: &Session, planned: PlannedTest) -> Option<Waiting> {
    let _alone = keep_alone(session, &planned).await;
    let shared = &session.shared;
    if shared.stop.requested() {
        return None;
    }
    let left_out = match &planned.disposition {
        Disposition::Skip(reason) => Some(reason.clone()),
        Disposition::OnTestClock(reason) if session.test_clock().is_none() => Some(reason.clone()),
        Disposition::Run | Disposition::OnTestClock(_) if shared.failed_fast.load(Ordering::SeqCst) => {
            Some("not started: another test had failed (--fail-fast)".to_owned())
        }
        Disposition::Run | Disposition::OnTestClock(_) => None,
    };
    if let Some(reason) = left_out {
        emit(session, Box::new(skipped(session, &planned, reason))).await;
        return None;
    }
    let id = &planned.test.id;
    shared
        .emitter
        .emit(RunEventKind::TestStarted {
            provider: session.target.id().clone(),
            capability: id.capability.id.clone(),
            test: id.name.clone(),
        })
        .await;
    match run_test(sessions, session, &planned, 0).await {
        Ended::Result(result) => {
            if shared.fail_fast
                && result.outcome == Outcome::Fail
                && result.level == Level::Must
                && !shared.known.contains(&(result.provider.clone(), result.id()))
            {
                shared.failed_fast.store(true, Ordering::SeqCst);
            }
            if shared.retries > 0 && result.outcome == Outcome::Fail {
                return Some(Waiting {
                    planned,
                    result,
                    halt: None,
                });
            }
            emit(session, result).await;
            None
        }
        Ended::Undecided(result, halt) => Some(Waiting {
            planned,
            result,
            halt: Some(halt),
        }),
        Ended::Interrupted => None,
    }
}

async fn emit(session: &Session, result: Box<TestResult>) {
    session
        .shared
        .emitter
        .emit(RunEventKind::TestFinished(result))
        .await;
}

fn skipped(session: &Session, planned: &PlannedTest, reason: String) -> TestResult {
    let id = &planned.test.id;
    TestResult {
        provider: session.target.id().clone(),
        capability: id.capability.id.clone(),
        version: id.capability.version.clone(),
        test: id.name.clone(),
        level: planned.test.level,
        outcome: Outcome::Skip,
        ms: 0,
        calls: 0,
        when: session.shared.clock.now().trunc_subsecs(0),
        message: Some(reason),
        flaky: false,
        planned: true,
        cases: Vec::new(),
        layer: None,
        notes: Vec::new(),
        failure: None,
    }
}

/// A tool was not there before anything had answered. Now it is known whether anything did (provider contract, "How an answer is
/// judged", 4).
fn decide(session: &Session, result: &mut TestResult, halt: &Halt) {
    let Halt::Undecided { tool, trouble } = halt else {
        return;
    };
    let (outcome, message) = if !session.offers.any_answered() {
        (
            Outcome::Error,
            format!("{tool}: {trouble}, and no other tool of this provider answered"),
        )
    } else if session.offers.names(tool) {
        (
            Outcome::Fail,
            format!("{tool} is among the tools that the provider offers, but {trouble}"),
        )
    } else {
        (Outcome::Skip, format!("the provider does not offer {tool}"))
    };
    result.outcome = outcome;
    result.message = Some(message);
}

/// A listed schema that differs from the contract's is a note; a loose one says nothing.
async fn note_differences(session: &Session, planned: &PlannedProvider, listing: &[ListedTool]) {
    for claim in &planned.claims {
        let Some(capability) = session.shared.registry.at(claim) else {
            continue;
        };
        let Some(listed) = listing.iter().find(|listed| listed.name == capability.tool()) else {
            continue;
        };
        let sides = [
            ("input", &listed.input_schema, &capability.input.json),
            ("output", &listed.output_schema, &capability.output.json),
        ];
        for (side, listed, published) in sides {
            let says_something = listed
                .as_ref()
                .and_then(|schema| schema.get("properties"))
                .is_some();
            if let Some(schema) = listed
                && says_something
                && !differences(published, schema).is_empty()
            {
                let note = RunEventKind::Noted {
                    provider: session.target.id().clone(),
                    note: format!(
                        "the {side} schema that it lists for {} differs from {claim}",
                        capability.tool()
                    ),
                };
                session.shared.emitter.emit(note).await;
            }
        }
    }
}
