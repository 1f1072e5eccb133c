//! The page with the latest outcome of every provider in every test of a capability.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Path, Query, State as Given};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::error::WebError;
use super::{State, layout, paging, respond, text, view};
use crate::app::CapabilityPage;
use crate::model::TestName;

/// The query of the page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct MatrixQuery {
    /// The last provider of the page before.
    after: Option<String>,
}

pub(super) async fn show(
    Given(state): Given<State>,
    Path(name): Path<String>,
    Query(query): Query<MatrixQuery>,
) -> Response {
    respond::page(state, move |state| page(state, &name, query.after.as_deref())).await
}

fn page(state: &State, name: &str, after: Option<&str>) -> Result<Markup, WebError> {
    let reference = CapabilityPage::find(&state.bundle.registry, name, None)?
        .capability
        .reference
        .clone();
    let after = paging::after(after)?;
    let (latest, next) = view::latest_results(state, &reference, after.as_ref(), paging::PAGE)?;
    let tests: BTreeSet<&TestName> = latest.values().flat_map(BTreeMap::keys).collect();
    let columns: Vec<&str> = std::iter::once("provider")
        .chain(tests.iter().map(|test| test.as_str()))
        .collect();
    let rows = html! {
        @for (provider, found) in &latest {
            tr {
                th scope="row" {
                    a href={ "/providers/" (provider) } { (provider) }
                    @if found.values().any(|result| !result.own) { (text::mark(Some("self-attested"))) }
                }
                @for test in &tests {
                    td {
                        @if let Some(result) = found.get(*test) {
                            a href={ "/runs/" (result.run) } { (text::outcome(result.outcome, result.level)) }
                        }
                    }
                }
            }
        }
    };
    let body = html! {
        p class="faint" { a href={ "/capabilities/" (reference) } { (reference) } }
        h1 { "Providers by tests" }
        @if latest.is_empty() { p { "No results are kept." } } @else {
            (layout::table("The latest outcome of each test", &columns, &rows))
        }
        (paging::next_link("after", next.as_ref(), "More providers"))
    };
    Ok(layout::page(&format!("{reference} by tests"), &body))
}
