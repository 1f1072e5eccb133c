//! Runs and their results as JSON.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::app::{AppError, ResultFilter, RunOverview, StoredResult};
use crate::model::{Level, Outcome, Totals, Verdict};
use crate::report;
use crate::web::error::WebError;
use crate::web::{State, respond, text};

/// A page of a list.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::web) struct Page<T> {
    /// The entries, the newest first.
    pub(in crate::web) items: Vec<T>,
    /// The value of `before` that returns the entries that follow; null at the end of the list.
    pub(in crate::web) next: Option<String>,
}

impl<T> Page<T> {
    /// A page of `found`, which was read with a limit of `size + 1`: the extra entry shows that another page follows.
    fn of<S>(found: Vec<S>, size: usize, cursor: impl Fn(&S) -> String, view: impl Fn(S) -> T) -> Self {
        let more = found.len() > size;
        let mut found = found;
        found.truncate(size);
        Self {
            next: found.last().filter(|_| more).map(cursor),
            items: found.into_iter().map(view).collect(),
        }
    }
}

/// The result of a test.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "StoredResult")]
pub(in crate::web) struct ResultView {
    /// The run.
    run: String,
    /// The provider, `platform:tenant`.
    provider: String,
    /// The capability, `domain.tool`.
    capability: String,
    /// Its version.
    version: String,
    /// The test.
    test: String,
    /// The level of the test.
    level: Level,
    /// The outcome.
    outcome: Outcome,
    /// Milliseconds spent waiting for the provider.
    ms: u64,
    /// The start.
    when: DateTime<Utc>,
    /// The error, or the reason why nothing was judged, in one line. It may contain text of the provider.
    message: Option<String>,
    /// True if the run is not one of the registry itself: it was published, or read from files.
    self_attested: bool,
}

/// A run in a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RunEntry")]
pub(in crate::web) struct RunEntry {
    /// The run.
    run: String,
    /// The start.
    started_at: DateTime<Utc>,
    /// The end; null for a run that is in progress or was killed.
    finished_at: Option<DateTime<Utc>>,
    /// The number of providers.
    providers: usize,
    /// The number of planned tests.
    planned: usize,
    /// The number of results of each outcome.
    totals: Totals,
    /// The verdict.
    verdict: Verdict,
    /// The publisher; null for a run of the registry itself.
    publisher: Option<String>,
    /// True if it is not a run of the registry itself: it was published, or read from files.
    self_attested: bool,
}

/// A page of the results that pass a filter.
pub(in crate::web) fn results(
    state: &State,
    filter: ResultFilter,
    size: usize,
) -> Result<Page<ResultView>, AppError> {
    // One more tells whether there is another page.
    let found = state.history.recent(&ResultFilter {
        limit: size + 1,
        ..filter
    })?;
    let view = |result: StoredResult| ResultView {
        run: result.run.to_string(),
        provider: result.provider.to_string(),
        capability: result.capability.to_string(),
        version: result.version.to_string(),
        test: result.test.to_string(),
        level: result.level,
        outcome: result.outcome,
        ms: result.ms,
        when: result.when,
        message: result.message.as_deref().map(text::one_line),
        self_attested: !result.own,
    };
    Ok(Page::of(found, size, |last| last.cursor().to_string(), view))
}

/// A page of the list of runs.
pub(in crate::web) fn runs(
    state: &State,
    before: Option<&str>,
    size: usize,
) -> Result<Page<RunEntry>, AppError> {
    let found = state.history.list(size + 1, before)?;
    let view = |run: RunOverview| RunEntry {
        run: run.run.to_string(),
        started_at: run.started_at,
        finished_at: run.finished_at,
        providers: run.providers,
        planned: run.planned,
        totals: run.totals,
        verdict: run.verdict,
        self_attested: !run.origin().is_own(),
        publisher: run.publisher,
    };
    Ok(Page::of(found, size, |last| last.run.to_string(), view))
}

/// The largest numbers of providers and of results of a run that is folded for every visitor.
const MOST_PROVIDERS: usize = 1_000;
const MOST_RESULTS: usize = 20_000;

/// Returns true if a run is too large to be folded for every visitor.
pub(in crate::web) fn is_large(overview: &RunOverview) -> bool {
    overview.providers > MOST_PROVIDERS || overview.totals.sum() > MOST_RESULTS
}

/// A run as its report.
pub(in crate::web) fn run(state: &State, run: &str) -> Result<Value, WebError> {
    let run = respond::whole_run(state, run)?;
    if is_large(&state.history.overview(&run)?) {
        return Err(WebError::LargeRun(run.to_string()));
    }
    let summary = state.history.judged_summary(&state.bundle, &run)?;
    Ok(report::json(&summary).map_err(AppError::from)?)
}
