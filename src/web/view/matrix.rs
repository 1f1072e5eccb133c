//! The matrix of providers and tests as JSON.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::{AppError, CapabilityPage, StoredResult};
use crate::model::{Level, Outcome, TestName};
use crate::web::State;

/// A provider with the latest result of each test of a capability.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "MatrixRow")]
pub(in crate::web) struct MatrixRow {
    /// The provider, `platform:tenant`.
    provider: String,
    /// The latest result of each test that was run against it, by the name of the test.
    tests: BTreeMap<String, MatrixCell>,
}

/// The latest result of a test.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "MatrixCell")]
struct MatrixCell {
    /// The level of the test.
    level: Level,
    /// The outcome.
    outcome: Outcome,
    /// Milliseconds spent waiting for the provider.
    ms: u64,
    /// The start.
    when: DateTime<Utc>,
    /// The run.
    run: String,
    /// True if it is not a run of the registry itself: it was published, or read from files.
    self_attested: bool,
}

/// Every provider by every test of `domain.tool@version`, or of the first version of `domain.tool`.
pub(in crate::web) fn matrix(state: &State, name: &str) -> Result<Vec<MatrixRow>, AppError> {
    let reference = CapabilityPage::find(&state.bundle.registry, name, None)?
        .capability
        .reference
        .clone();
    let found = state.history.latest_by_test(&state.bundle, &reference)?;
    let cell = |(test, result): (TestName, StoredResult)| {
        let cell = MatrixCell {
            level: result.level,
            outcome: result.outcome,
            ms: result.ms,
            when: result.when,
            run: result.run.to_string(),
            self_attested: !result.own,
        };
        (test.to_string(), cell)
    };
    let rows = found.into_iter().map(|(provider, tests)| MatrixRow {
        provider: provider.to_string(),
        tests: tests.into_iter().map(cell).collect(),
    });
    Ok(rows.collect())
}
