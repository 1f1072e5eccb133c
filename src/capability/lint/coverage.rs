//! Rules about what is tested: every invariant is verified by some test, or excluded with a reason.

use std::collections::{BTreeMap, BTreeSet};

use super::report::Report;
use crate::capability::{IDEMPOTENT_RULE, READ_ONLY_RULE};
use crate::diagnostic::{Problem, Span};
use crate::model::CapabilityRef;

/// The ids of the rules that some test verifies, by contract.
pub type Verified = BTreeMap<CapabilityRef, BTreeSet<String>>;

pub(super) fn check(report: &mut Report<'_>, verified: &Verified) {
    let capability = report.capability;
    let none = BTreeSet::new();
    let verified = verified.get(&capability.reference).unwrap_or(&none);
    for invariant in &capability.invariants {
        let state = State::of(verified, &invariant.id, invariant.excluded.as_deref());
        if state == State::Open {
            let problem = open(report, &invariant.id, &invariant.at, "invariant");
            report.error("invariant-unverified", problem);
        } else if state == State::Contradicted {
            contradicted(report, &invariant.id, &invariant.at);
        }
    }
    for rule in [READ_ONLY_RULE, IDEMPOTENT_RULE] {
        if capability.annotations.promise(rule) && !verified.contains(rule) {
            let message = format!("no test verifies the annotation that is promised as `{rule}`");
            let problem = Problem::of(&capability.source, message);
            report.warning(
                "promise-unverified",
                problem.hint("name it under `verifies` of a test, or do not promise it"),
            );
        }
    }
    for promise in &capability.promises {
        let state = State::of(verified, &promise.id, promise.excluded.as_deref());
        if state == State::Open {
            let problem = open(report, &promise.id, &promise.at, "promise");
            report.warning("promise-unverified", problem);
        } else if state == State::Contradicted {
            contradicted(report, &promise.id, &promise.at);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Settled,
    Open,
    Contradicted,
}

impl State {
    fn of(verified: &BTreeSet<String>, id: &str, excluded: Option<&str>) -> Self {
        match (verified.contains(id), excluded) {
            (true, None) | (false, Some(_)) => Self::Settled,
            (false, None) => Self::Open,
            (true, Some(_)) => Self::Contradicted,
        }
    }
}

fn open(report: &Report<'_>, id: &str, at: &Span, kind: &str) -> Problem {
    Problem::at(
        &report.capability.source,
        at.clone(),
        format!("no test verifies the {kind} `{id}`"),
    )
    .hint("name it under `verifies` of a test, or say under `excluded` why none can")
}

/// `exclusion-stale`: what is excluded is verified after all.
fn contradicted(report: &mut Report<'_>, id: &str, at: &Span) {
    let problem = Problem::at(
        &report.capability.source,
        at.clone(),
        format!("`{id}` is excluded, and a test verifies it"),
    )
    .hint("leave `excluded` out of the next version");
    report.warning("exclusion-stale", problem);
}
