//! Small histories for tests.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Claim, Extent, ResultRow, RunFacts};
use crate::model::{Edition, EditionRecord, Level, Outcome, RunId, RunOrigin};

/// Noon, so many days after the first.
pub(super) fn day(day: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_262_400 + day * 86_400, 0).unwrap()
}

pub(super) fn claim() -> Claim {
    Claim {
        provider: "a:b".parse().unwrap(),
        capability: "booking.create_booking@0.1.0".parse().unwrap(),
    }
}

pub(super) fn row(test: &str, outcome: Outcome) -> ResultRow {
    ResultRow {
        run: RunId::new(day(0), 0),
        claim: claim(),
        test: test.parse().unwrap(),
        level: Level::Must,
        outcome,
        ms: 12,
        calls: 1,
        when: day(0),
        message: (outcome != Outcome::Pass).then(|| "\nno\nmore".to_owned()),
    }
}

/// Must-level rows `test_a`, `test_b`, … of one run.
pub(super) fn rows(outcomes: &[Outcome]) -> Vec<ResultRow> {
    let names = ('a'..='z').map(|letter| format!("test_{letter}"));
    names
        .zip(outcomes)
        .map(|(name, outcome)| row(&name, *outcome))
        .collect()
}

/// A whole run on that day.
pub(super) fn run(number: i64, outcomes: &[Outcome]) -> (RunFacts, Vec<ResultRow>) {
    let facts = RunFacts {
        run: RunId::new(day(number), 0),
        started_at: day(number),
        receipt: number.unsigned_abs(),
        origin: RunOrigin::Own,
        extent: Extent::Whole,
        edition: Some(Arc::default()),
    };
    let mut rows = rows(outcomes);
    for row in &mut rows {
        row.run.clone_from(&facts.run);
        row.when = day(number);
    }
    (facts, rows)
}

/// An edition of this name with its essential and its required tests.
pub(super) fn edition(name: &str, essential: &[&str], required: &[&str]) -> Edition {
    let names = |tests: &[&str]| tests.iter().map(|test| test.parse().unwrap()).collect();
    Edition {
        record: Some(EditionRecord {
            name: name.to_owned(),
            digest: "digest".to_owned(),
        }),
        essential: names(essential),
        required: names(required),
    }
}

/// The same run, held to this edition.
pub(super) fn held_to(
    mut run: (RunFacts, Vec<ResultRow>),
    edition: Option<&Arc<Edition>>,
) -> (RunFacts, Vec<ResultRow>) {
    run.0.edition = edition.cloned();
    run
}
