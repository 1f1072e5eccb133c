//! The page with the latest outcome of every test of a capability with every provider: a test a row, those that fail first.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Path, Query, State as Given};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::error::WebError;
use super::{State, layout, paging, respond, text, view};
use crate::app::{CapabilityPage, StoredResult};
use crate::model::{Outcome, TestName};

/// The number of providers of a page: more columns than this nobody reads.
const PROVIDERS: usize = 25;

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

/// A test with its result at each provider of the page.
struct Row<'a> {
    test: &'a TestName,
    cells: Vec<Option<&'a StoredResult>>,
}

impl Row<'_> {
    fn count(&self, counted: impl Fn(Outcome) -> bool) -> usize {
        let cells = self.cells.iter().flatten();
        cells.filter(|result| counted(result.outcome)).count()
    }
}

fn page(state: &State, name: &str, after: Option<&str>) -> Result<Markup, WebError> {
    let reference = CapabilityPage::find(&state.bundle.registry, name, None)?
        .capability
        .reference
        .clone();
    let after = paging::after(after)?;
    let (latest, next) = view::latest_results(state, &reference, after.as_ref(), PROVIDERS)?;
    let tests: BTreeSet<&TestName> = latest.values().flat_map(BTreeMap::keys).collect();
    let mut rows: Vec<Row<'_>> = tests
        .into_iter()
        .map(|test| Row {
            test,
            cells: latest.values().map(|found| found.get(test)).collect(),
        })
        .collect();
    let wrong = |outcome| matches!(outcome, Outcome::Fail | Outcome::Error);
    rows.sort_by_key(|row| {
        let (wrong, blocked) = (row.count(wrong), row.count(|outcome| outcome == Outcome::Blocked));
        std::cmp::Reverse((wrong, blocked))
    });
    let failing = rows.iter().filter(|row| row.count(wrong) > 0).count();
    let passed = |found: &BTreeMap<TestName, StoredResult>| {
        let passed = found.values().filter(|result| result.outcome == Outcome::Pass);
        (passed.count(), found.len())
    };
    let head = html! {
        tr {
            th scope="col" { "test" }
            th scope="col" class="number" { "passed" }
            @for (provider, found) in &latest {
                th scope="col" class="cell" {
                    a class="upright" href={ "/providers/" (provider) } {
                        (provider)
                        @if found.values().any(|result| !result.own) { ", self-attested" }
                    }
                }
            }
        }
    };
    let body_rows = html! {
        tr class="total" {
            th scope="row" { "passed" }
            td {}
            @for found in latest.values() {
                @let (passed, all) = passed(found);
                td class="cell" { (passed) "/" (all) }
            }
        }
        @for row in &rows {
            tr id={ "test-" (row.test) } {
                th scope="row" { a href={ "/capabilities/" (reference) "/tests/" (row.test) } { (row.test) } }
                td class="number" { (row.count(|outcome| outcome == Outcome::Pass)) "/" (row.cells.iter().flatten().count()) }
                @for cell in &row.cells {
                    @match cell {
                        Some(result) => {
                            @let (sign, class, word) = text::sign(result.outcome, result.level);
                            td class={ "cell " (class) } { a href={ "/runs/" (result.run) } title=(word) aria-label=(word) { (sign) } }
                        },
                        None => td class="cell" {},
                    }
                }
            }
        }
    };
    let body = html! {
        p class="faint" { a href={ "/capabilities/" (reference) } { (reference) } }
        h1 { "Tests by providers" }
        @if latest.is_empty() { p { "No results are kept." } } @else {
            p { (failing) " of " (rows.len()) " tests fail somewhere. Those that fail with most providers come first." }
            p class="faint" {
                @for (outcome, level) in [
                    (Outcome::Pass, crate::model::Level::Must), (Outcome::Fail, crate::model::Level::Must), (Outcome::Fail, crate::model::Level::Should),
                    (Outcome::Error, crate::model::Level::Must), (Outcome::Blocked, crate::model::Level::Must), (Outcome::Skip, crate::model::Level::Must),
                ] {
                    @let (sign, class, word) = text::sign(outcome, level);
                    span class=(class) { (sign) } " " (word) " "
                }
            }
            (layout::grid("The latest outcome of each test", &head, &body_rows))
        }
        (paging::next_link("after", next.as_ref(), "More providers"))
    };
    let card = layout::Card {
        title: &format!("{reference} by tests"),
        path: &format!("/capabilities/{reference}/matrix"),
        says: &format!(
            "{failing} of {} tests of {reference} fail with some provider.",
            rows.len()
        ),
    };
    Ok(layout::page(state, card, &body))
}
