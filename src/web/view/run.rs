//! Runs and what they found as data.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::app::{AppError, ResultFilter, RunOverview, StoredResult};
use crate::model::{Level, Outcome, Totals, Verdict};
use crate::report;
use crate::web::error::WebError;
use crate::web::{State, respond, text};

/// A part of a list, and where it goes on.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::web) struct Page<T> {
    /// The entries, the newest first.
    pub(in crate::web) items: Vec<T>,
    /// What `before` has to be for the entries that follow; null at the end of the list.
    pub(in crate::web) next: Option<String>,
}

impl<T> Page<T> {
    /// Of a list that was asked for one entry more than a page has.
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

/// What a test found.
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
    /// How binding it is.
    level: Level,
    /// How it ended.
    outcome: Outcome,
    /// Milliseconds spent waiting for the provider.
    ms: u64,
    /// When it started.
    when: DateTime<Utc>,
    /// What is wrong or why nothing was judged, in a line; the provider may have written some of it.
    message: Option<String>,
}

/// A run in a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RunEntry")]
pub(in crate::web) struct RunEntry {
    /// The run.
    run: String,
    /// When it started.
    started_at: DateTime<Utc>,
    /// When it ended; null for a run that goes on or was killed.
    finished_at: Option<DateTime<Utc>>,
    /// How many providers were asked.
    providers: usize,
    /// How many tests were planned.
    planned: usize,
    /// How many results ended how.
    totals: Totals,
    /// What the run says, in a word.
    verdict: Verdict,
    /// Who published it; null for one that took place at the registry.
    publisher: Option<String>,
}

/// What tests found, narrowed and from a place on.
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
    };
    Ok(Page::of(found, size, |last| last.cursor().to_string(), view))
}

/// The runs, from a run on.
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
        publisher: run.publisher,
    };
    Ok(Page::of(found, size, |last| last.run.to_string(), view))
}

/// A run as its report.
pub(in crate::web) fn run(state: &State, run: &str) -> Result<Value, WebError> {
    let summary = state.history.summary(respond::whole_run(state, run)?.as_str())?;
    Ok(report::json(&summary).map_err(AppError::from)?)
}
