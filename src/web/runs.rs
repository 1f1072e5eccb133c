//! The list of runs.

use axum::extract::{Query, State as Given};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::{State, answer, layout, words};
use crate::app::AppError;

/// How many runs a page has.
const PAGE: usize = 40;

/// The run where the last page ended.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    before: Option<String>,
}

pub(super) async fn show(Given(state): Given<State>, Query(asked): Query<Asked>) -> Response {
    answer::page(state, move |state| page(state, asked.before.as_deref())).await
}

fn page(state: &State, before: Option<&str>) -> Result<Markup, AppError> {
    let mut runs = state.history.list(PAGE + 1, before)?;
    let more = runs.len() > PAGE;
    runs.truncate(PAGE);
    let rows = html! {
        @for run in &runs {
            tr {
                th scope="row" { a href={ "/runs/" (run.run) } { (run.run) } }
                td { (words::when(run.started_at)) }
                td class="number" { (run.providers) }
                td class="number" { (run.totals.pass) " of " (run.planned) }
                td class="number" { (run.totals.fail) }
                td class="number" { (run.totals.error) }
                td { (words::verdict(run.verdict)) }
                td { (words::run_by(run.publisher.as_deref())) }
            }
        }
    };
    let body = html! {
        h1 { "Runs" }
        @if runs.is_empty() {
            p { "No runs are kept." }
        } @else {
            (layout::table_with_numbers("The latest runs first, times in UTC", &["run", "when", "providers", "passed", "failed", "errors", "verdict", "run by"], 2..6, &rows))
        }
        @if let (true, Some(last)) = (more, runs.last()) {
            p { a rel="next" href={ "/runs?before=" (last.run) } { "Older runs" } }
        }
    };
    Ok(layout::page("Runs", &body))
}
