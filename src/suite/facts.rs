//! What a plan needs to know of the steps of a test, so that it need not compile them.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::body::{Body, Fixture, each_fixture};
use super::sandbox;
use super::step::{Step, StepKind};
use crate::capability::Capability;
use crate::model::CapabilityRef;

/// The properties of a test that follow from its fixtures, its table and its steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Facts {
    /// True if neither the test nor its fixtures write anything. A wait counts as a write: it may move the provider's clock.
    pub(super) is_read_only: bool,
    /// True if it waits.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) waits: bool,
    /// True if it moves the provider's clock, where there is one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) moves_clock: bool,
    /// True if nothing but a test clock lets it run.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) takes_clock: bool,
    /// The tools that it calls at another provider of the platform, each once; None where it needs no such provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tools_at_peer: Option<Vec<CapabilityRef>>,
    /// About how many calls it makes one after the other.
    pub(super) calls: usize,
    /// The number of its calls that may make something to be taken back.
    pub(super) creations: usize,
}

/// Returns true if a flag is left out of an index.
pub(super) fn is_false(flag: &bool) -> bool {
    !flag
}

impl Facts {
    /// Reads them off a compiled test.
    pub(super) fn of(body: &Body) -> Self {
        let waits = waits(body);
        Self {
            is_read_only: !waits && only_reads(body),
            waits,
            moves_clock: waits || calls_clock(body),
            takes_clock: takes_clock(body),
            tools_at_peer: body.peer.as_ref().map(|fixtures| tools_at_peer(body, fixtures)),
            calls: calls(body),
            creations: creations_of(body),
        }
    }
}

fn waits(body: &Body) -> bool {
    let mut steps = body.steps.iter().chain(&body.after);
    steps.any(|step| matches!(step.kind, StepKind::Wait(_)))
}

fn takes_clock(body: &Body) -> bool {
    let needs = |step: &Step| matches!(&step.kind, StepKind::Need(need) if need.takes_clock());
    body.steps.iter().any(|step| step.when.is_none() && needs(step))
}

/// Visits every call of a test and of its fixtures.
fn each_call(body: &Body, visit: &mut dyn FnMut(&Capability)) {
    for steps in [&body.steps, &body.after] {
        called(steps, &mut |capability, _| visit(capability));
    }
    body.each_fixture(&mut |fixture| called(&fixture.steps, &mut |capability, _| visit(capability)));
}

fn only_reads(body: &Body) -> bool {
    let mut reads = true;
    each_call(body, &mut |capability| reads &= capability.is_read());
    reads
}

fn calls_clock(body: &Body) -> bool {
    let mut moves = false;
    each_call(body, &mut |capability| moves |= sandbox::is_clock(capability));
    moves
}

/// The tools that are called at the other provider, those of fixtures there included.
fn tools_at_peer(body: &Body, fixtures: &[Arc<Fixture>]) -> Vec<CapabilityRef> {
    let mut tools = Vec::new();
    let mut visit = |capability: &Arc<Capability>, _| {
        if !tools.contains(&capability.reference) {
            tools.push(capability.reference.clone());
        }
    };
    let steps = body.steps.iter().chain(&body.after);
    for step in steps.filter(|step| step.at_peer) {
        called(std::slice::from_ref(step), &mut visit);
    }
    Fixture::each(fixtures, &mut |fixture| called(&fixture.steps, &mut visit));
    tools
}

fn calls(body: &Body) -> usize {
    let of_fixtures = |fixtures| {
        let mut calls = 0;
        Fixture::each(fixtures, &mut |fixture| {
            calls = in_a_row(&fixture.steps).saturating_add(calls)
        });
        calls
    };
    let once = of_fixtures(&body.fixtures)
        .saturating_add(of_fixtures(&body.tries))
        .saturating_add(in_a_row(&body.after));
    let row = of_fixtures(&body.each_row).saturating_add(in_a_row(&body.steps));
    row.saturating_mul(body.cases.len().max(1)).saturating_add(once)
}

fn creations_of(body: &Body) -> usize {
    let once: Vec<_> = body.fixtures.iter().chain(&body.tries).cloned().collect();
    let mut of_the_test = BTreeSet::new();
    let mut set_up = 0;
    each_fixture(&once, &mut of_the_test, &mut |fixture| {
        set_up = creations(&fixture.steps).saturating_add(set_up);
    });
    let mut row = creations(&body.steps);
    each_fixture(&body.each_row, &mut of_the_test, &mut |fixture| {
        row = creations(&fixture.steps).saturating_add(row);
    });
    Fixture::each(body.peer.as_deref().unwrap_or_default(), &mut |fixture| {
        set_up = creations(&fixture.steps).saturating_add(set_up);
    });
    let rows = match body.cases.len() {
        0 => 1,
        _ => body.cases.iter().filter(|case| !case.is_left_out()).count(),
    };
    row.saturating_mul(rows)
        .saturating_add(creations(&body.after))
        .saturating_add(set_up)
}

/// About how many calls some steps make one after the other.
fn in_a_row(steps: &[Step]) -> usize {
    let calls = steps.iter().map(|step| match &step.kind {
        StepKind::Call(_) | StepKind::Search(_) | StepKind::Race(_) => 1,
        StepKind::ForEach(_) => 4,
        StepKind::Wait(_) | StepKind::Need(_) | StepKind::Let(_) | StepKind::That(_) => 0,
    });
    calls.sum()
}

/// The number of calls in some steps that may make something to be taken back.
fn creations(steps: &[Step]) -> usize {
    let mut count: usize = 0;
    called(steps, &mut |capability, succeeds| {
        count = count.saturating_add(usize::from(succeeds && capability.reversibility.undo.is_some()));
    });
    count
}

/// Visits every call of some steps: the tool, and whether it may succeed.
fn called<'s>(steps: &'s [Step], visit: &mut dyn FnMut(&'s Arc<Capability>, bool)) {
    for step in steps {
        match &step.kind {
            StepKind::Call(call) => visit(&call.tool, call.expect.ok != Some(false)),
            StepKind::Search(search) => visit(&search.tool, search.expect.ok != Some(false)),
            StepKind::ForEach(each) => visit(&each.tool, each.expect.ok != Some(false)),
            StepKind::Race(race) => {
                for (_, call) in race.callers() {
                    visit(&call.tool, call.expect.ok != Some(false));
                }
            }
            StepKind::Wait(_) | StepKind::Need(_) | StepKind::Let(_) | StepKind::That(_) => {}
        }
    }
}
