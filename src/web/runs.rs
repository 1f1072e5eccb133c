//! The page with the list of runs.

use axum::extract::{Query, State as Given};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::error::WebError;
use super::{State, layout, respond, text};

/// The number of runs of a page.
const PAGE: usize = 40;

/// The query of the page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct RunsQuery {
    /// The last run of the page before.
    before: Option<String>,
}

pub(super) async fn show(Given(state): Given<State>, Query(query): Query<RunsQuery>) -> Response {
    respond::page(state, move |state| page(state, query.before.as_deref())).await
}

fn page(state: &State, before: Option<&str>) -> Result<Markup, WebError> {
    let mut runs = state.history.list(PAGE + 1, before)?;
    let more = runs.len() > PAGE;
    runs.truncate(PAGE);
    let rows = html! {
        @for run in &runs {
            tr {
                th scope="row" { a href={ "/runs/" (run.run) } { (run.run) } }
                td { (text::ago(run.started_at)) }
                td class="number" { (run.providers) }
                td class="number" { (run.totals.pass) " of " (run.planned) }
                td class="number" { (run.totals.fail) }
                td class="number" { (run.totals.error) }
                td { (text::verdict(run.verdict)) }
                td { (text::run_by(&run.origin())) }
            }
        }
    };
    let body = html! {
        h1 { "Runs" }
        @if runs.is_empty() {
            p { "No runs are kept." }
        } @else {
            (layout::table_with_numbers("The latest runs first", &["run", "when", "providers", "passed", "failed or warned", "errors", "verdict", "run by"], 2..6, &rows))
        }
        @if let (true, Some(last)) = (more, runs.last()) {
            p { a rel="next" href={ "/runs?before=" (last.run) } { "Older runs" } }
        }
    };
    let card = layout::Card {
        title: "Runs",
        path: "/runs",
        says: "The runs of tests that are kept, the latest first, each with its verdict.",
    };
    Ok(layout::page(state, card, &body))
}
