//! The matrix of providers and tests as JSON.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::{AppError, CapabilityPage, StoredResult};
use crate::model::{CapabilityRef, Level, Outcome, ProviderId, TestName};
use crate::web::State;
use crate::web::paging::Paged;

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

/// The latest results of providers in the tests of a contract.
pub(in crate::web) type LatestResults = BTreeMap<ProviderId, BTreeMap<TestName, StoredResult>>;

/// The latest results of providers, sorted by name, after `after`. `next` is the last of them, if more follow.
pub(in crate::web) fn latest_results(
    state: &State,
    capability: &CapabilityRef,
    after: Option<&ProviderId>,
    size: usize,
) -> Result<(LatestResults, Option<String>), AppError> {
    let found = state.history.providers(Some(capability), after, size + 1)?;
    let found = Paged::of(found, size, ToString::to_string);
    let latest = state
        .history
        .latest_by_test(&state.bundle, capability, &found.items)?;
    Ok((latest, found.next))
}

/// Providers by every test of `domain.tool@version`, or of the first version of `domain.tool`.
pub(in crate::web) fn matrix(
    state: &State,
    name: &str,
    after: Option<&ProviderId>,
    size: usize,
) -> Result<Paged<MatrixRow, String>, AppError> {
    let reference = CapabilityPage::find(&state.bundle.registry, name, None)?
        .capability
        .reference
        .clone();
    let (found, next) = latest_results(state, &reference, after, size)?;
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
    Ok(Paged {
        items: rows.collect(),
        next,
    })
}
