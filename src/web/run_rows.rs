//! The results of a run: filters, totals by outcome, and pages. What decides comes first.

use maud::{Markup, html};
use serde::Deserialize;

use super::run_links::{label, link};
use super::{layout, run_failures, text};
use crate::model::{Outcome, TestResult, encoded, plural};
use crate::summary::RunSummary;

/// The number of results of a page.
const PAGE: usize = 100;
/// The largest number of results that are shown with everything that is known of them.
const WHOLE: usize = 3;

/// The query of the page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct RunQuery {
    /// The last result of the page before: its number among those that pass the filters, or its number in the record of a large run.
    pub(super) after: Option<u64>,
    #[serde(default)]
    provider: String,
    #[serde(default)]
    test: String,
    #[serde(default)]
    outcome: String,
}

impl RunQuery {
    /// Returns true if somebody looks for certain results.
    pub(super) fn is_narrowed(&self) -> bool {
        let filters = [&self.provider, &self.test, &self.outcome];
        self.after.is_some() || filters.iter().any(|filter| !filter.trim().is_empty())
    }

    /// The address of the same results after the one with this number, or with another outcome.
    fn link(&self, outcome: &str, after: Option<usize>) -> String {
        let mut link = String::from("?");
        for (name, value) in [
            ("provider", self.provider.trim()),
            ("test", self.test.trim()),
            ("outcome", outcome),
        ] {
            if !value.is_empty() {
                link.extend([name, "=", &encoded(value), "&"]);
            }
        }
        if let Some(after) = after {
            link.push_str("after=");
            link.push_str(&after.to_string());
        }
        link.push_str("#results");
        link
    }
}

/// What failed decides first, then what could not be asked; what passed comes last but what does not apply.
fn rank(summary: &RunSummary, result: &TestResult) -> usize {
    match result.outcome {
        Outcome::Fail if !summary.is_warning(result) && summary.known_as(result).is_none() => 0,
        Outcome::Error => 1,
        Outcome::Fail => 2,
        Outcome::Blocked => 3,
        Outcome::Pass => 4,
        Outcome::Skip => 5,
    }
}

pub(super) fn section(summary: &RunSummary, query: &RunQuery) -> Markup {
    let (provider, test) = (query.provider.trim(), query.test.trim());
    let mut named: Vec<_> = summary
        .results
        .iter()
        .filter(|row| row.provider.as_str().contains(provider) && label(row).contains(test))
        .collect();
    // A whole name means the one that has it, and not those that begin with it.
    if named.iter().any(|row| row.provider.as_str() == provider) {
        named.retain(|row| row.provider.as_str() == provider);
    }
    if named.iter().any(|row| label(row) == test) {
        named.retain(|row| label(row) == test);
    }
    let of = |outcome: Outcome| named.iter().filter(|row| row.outcome == outcome).count();
    let counts = Outcome::ALL.map(|outcome| (outcome, of(outcome)));
    let all = named.len();
    named.retain(|row| query.outcome.is_empty() || query.outcome == row.outcome.as_str());
    named.sort_by_key(|row| rank(summary, row));
    let from = query
        .after
        .and_then(|after| usize::try_from(after).ok())
        .unwrap_or_default();
    let shown = named.get(from..).unwrap_or_default();
    let next = (shown.len() > PAGE).then_some(from.saturating_add(PAGE));
    let has_eras = summary.results.iter().any(|result| result.era.is_some());
    let mut columns = vec!["pass", "provider", "test", "ms", "when"];
    columns.extend(has_eras.then_some("era"));
    let rows = html! {
        @for result in shown.iter().take(PAGE) {
            tr {
                td { (text::outcome(result.outcome, result.level)) }
                th scope="row" { a href={ "/providers/" (result.provider) } { (result.provider) } }
                td { a href=(link(result)) { (label(result)) } }
                td class="number" { @if result.outcome.executed() { (result.ms) } }
                td { (text::instant(result.when)) }
                @if has_eras { td { @if let Some(era) = &result.era { (text::cleaned(era)) } } }
            }
        }
    };
    html! {
        h2 id="results" { "Results" }
        form action="#results" method="get" {
            label { "provider" input name="provider" value=(provider) maxlength="200" placeholder="platform:tenant"; }
            label { "test" input name="test" value=(test) maxlength="200" placeholder="tool@version/test"; }
            label {
                "outcome"
                select name="outcome" {
                    option value="" { "all" }
                    @for outcome in Outcome::ALL {
                        option value=(outcome) selected[query.outcome == outcome.as_str()] { (outcome) }
                    }
                }
            }
            button type="submit" { "Filter" }
        }
        p {
            a href=(query.link("", None)) aria-current=[query.outcome.is_empty().then_some("true")] { (plural(all, "result")) }
            @for (outcome, count) in counts {
                @if count > 0 {
                    " · " a href=(query.link(outcome.as_str(), None)) aria-current=[(query.outcome == outcome.as_str()).then_some("true")] { (count) " " (outcome) }
                }
            }
        }
        @if query.is_narrowed() && (1..=WHOLE).contains(&named.len()) {
            @for result in &named { (run_failures::failure(summary, result)) }
        }
        @if named.is_empty() { p { "No result passes the filters." } } @else {
            (layout::table_with_numbers("Results that decide first, times in UTC", &columns, 3..4, &rows))
        }
        @if let Some(next) = next {
            p { a rel="next" href=(query.link(&query.outcome, Some(next))) { "More results: " (named.len() - next) } }
        }
    }
}
