//! Every provider by every test of a capability: the latest outcome of each.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Path, State as Given};
use axum::response::Response;
use maud::{Markup, html};

use super::{State, answer, layout, words};
use crate::app::{AppError, CapabilityPage, ResultFilter, StoredResult};
use crate::model::{ProviderId, TestName};

/// The latest results that are looked at.
const MOST_RESULTS: usize = 5_000;

pub(super) async fn show(Given(state): Given<State>, Path(name): Path<String>) -> Response {
    answer::page(state, move |state| page(state, &name)).await
}

fn page(state: &State, name: &str) -> Result<Markup, AppError> {
    let reference = CapabilityPage::find(&state.bundle.registry, name, None)?
        .capability
        .reference
        .clone();
    let found = state.history.recent(&ResultFilter {
        capability: Some(reference.id.clone()),
        version: Some(reference.version.clone()),
        limit: MOST_RESULTS,
        ..ResultFilter::default()
    })?;
    let mut latest: BTreeMap<(ProviderId, TestName), StoredResult> = BTreeMap::new();
    for result in found {
        let place = (result.provider.clone(), result.test.clone());
        latest.entry(place).or_insert(result);
    }
    let providers: BTreeSet<_> = latest.keys().map(|(provider, _)| provider.clone()).collect();
    let tests: BTreeSet<_> = latest.keys().map(|(_, test)| test.clone()).collect();
    let columns: Vec<&str> = std::iter::once("provider")
        .chain(tests.iter().map(TestName::as_str))
        .collect();
    let rows = html! {
        @for provider in &providers {
            tr {
                th scope="row" { a href={ "/providers/" (provider) } { (provider) } }
                @for test in &tests {
                    td {
                        @if let Some(result) = latest.get(&(provider.clone(), test.clone())) {
                            a href={ "/runs/" (result.run) } { (words::outcome(result.outcome, result.level)) }
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
    };
    Ok(layout::page(&format!("{reference} by tests"), &body))
}
