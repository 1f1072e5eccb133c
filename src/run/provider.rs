//! Runs the tests of one provider: in lanes, the exclusive ones alone, and settles at the end what could not be settled before.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::SubsecRound;
use futures_util::StreamExt;

use super::cases::{Ended, run_test};
use super::halt::Halt;
use super::offers::Offers;
use super::options::Contestant;
use super::session::{Session, Shared};
use crate::capability::differences;
use crate::event::RunEventKind;
use crate::model::{Level, Outcome, TestResult};
use crate::plan::{Disposition, PlannedProvider, PlannedTest};
use crate::transport::ListedTool;

/// Runs everything that is planned for a provider.
pub(super) async fn run_provider(shared: Arc<Shared>, mut contestant: Contestant, planned: &PlannedProvider) {
    let listing = match contestant.listing.take() {
        Some(listing) => listing,
        // A provider that cannot be asked for its listing will say so when it is asked for anything else.
        None => contestant.transport.list_tools().await.ok().flatten(),
    };
    let known_tools = shared
        .registry
        .iter()
        .map(|capability| capability.tool().to_owned());
    let offers = Offers::new(contestant.named.clone(), listing.as_deref(), known_tools);
    let session = Session::new(shared, contestant, offers);
    if let Some(listing) = &listing {
        note_differences(&session, planned, listing).await;
    }
    let undecided = run_tests(&session, planned).await;
    for (mut result, halt) in undecided {
        decide(&session, &mut result, &halt);
        emit(&session, result).await;
    }
    for row in session.take_wrong_set_ups() {
        emit(&session, Box::new(row)).await;
    }
    let finished = RunEventKind::ProviderFinished {
        provider: session.contestant.record.id.clone(),
        calls: session.calls.load(Ordering::Relaxed),
    };
    session.shared.emitter.emit(finished).await;
}

/// Runs the tests in an order that the seed gives. Returns those whose outcome depends on what the others found.
async fn run_tests(session: &Session, planned: &PlannedProvider) -> Vec<(Box<TestResult>, Halt)> {
    let mut tests: Vec<(usize, PlannedTest)> = planned.tests.iter().cloned().enumerate().collect();
    let provider = session.contestant.record.id.as_str();
    let salt = provider.bytes().fold(session.shared.seed, |salt, byte| {
        salt.wrapping_mul(31).wrapping_add(byte.into())
    });
    fastrand::Rng::with_seed(salt).shuffle(&mut tests);
    let (alone, together): (Vec<_>, Vec<_>) =
        tests.into_iter().partition(|(_, planned)| planned.test.exclusive);
    let mut undecided = Vec::new();
    for (lanes, tests) in [(session.shared.lanes.max(1), together), (1, alone)] {
        let mut ended = futures_util::stream::iter(tests)
            .map(|(holder, planned)| async move { run_one(session, holder, &planned).await })
            .buffer_unordered(lanes);
        while let Some(ended) = ended.next().await {
            undecided.extend(ended);
        }
    }
    undecided
}

async fn run_one(session: &Session, holder: usize, planned: &PlannedTest) -> Option<(Box<TestResult>, Halt)> {
    let shared = &session.shared;
    if shared.stop.requested() {
        return None;
    }
    let left_out = match &planned.disposition {
        Disposition::Skip(reason) => Some(reason.clone()),
        Disposition::Run if shared.failed_fast.load(Ordering::SeqCst) => {
            Some("not started: another test had failed (--fail-fast)".to_owned())
        }
        Disposition::Run => None,
    };
    if let Some(reason) = left_out {
        emit(session, Box::new(skipped(session, planned, reason))).await;
        return None;
    }
    let id = &planned.test.id;
    shared
        .emitter
        .emit(RunEventKind::TestStarted {
            provider: session.contestant.record.id.clone(),
            capability: id.capability.id.clone(),
            test: id.name.clone(),
        })
        .await;
    match run_test(session, &planned.test, holder).await {
        Ended::Result(result) => {
            if shared.fail_fast && result.outcome == Outcome::Fail && result.level == Level::Must {
                shared.failed_fast.store(true, Ordering::SeqCst);
            }
            emit(session, result).await;
            None
        }
        Ended::Undecided(result, halt) => Some((result, halt)),
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
        provider: session.contestant.record.id.clone(),
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
                    provider: session.contestant.record.id.clone(),
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
