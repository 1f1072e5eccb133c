//! The table of results of a capability, with filters and pages.

use std::cmp::Reverse;

use chrono::{DateTime, NaiveDate, Utc};
use maud::{Markup, html};
use serde::Deserialize;

use super::error::WebError;
use super::{State, layout, text, view};
use crate::app::{ResultFilter, StoredResult};
use crate::model::{CapabilityRef, Outcome, encoded};

/// The number of results of a page.
const PAGE: usize = 40;
/// The number of the latest results that are shown where nobody looks for certain ones.
const LATEST: usize = 15;
/// The number of providers of which the latest results are shown.
const PROVIDERS: usize = 20;

/// The filters of the results as the form sends them. An empty field filters nothing.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ResultQuery {
    #[serde(default)]
    provider: String,
    #[serde(default)]
    test: String,
    #[serde(default)]
    outcome: String,
    /// The first day.
    #[serde(default)]
    since: String,
    /// The last day.
    #[serde(default)]
    until: String,
    #[serde(default)]
    before: String,
    /// The place of the ranking from which on providers are shown.
    #[serde(default)]
    from: String,
    /// `all` shows every result that is kept, and not only the latest of each provider and test.
    #[serde(default)]
    history: String,
}

impl ResultQuery {
    /// The place of the ranking from which on providers are shown.
    pub(super) fn from(&self) -> Result<usize, WebError> {
        Ok(parse_filter(&self.from)?.unwrap_or_default())
    }

    /// Returns true if older results than the latest of each provider and test are looked for.
    fn wants_history(&self) -> bool {
        let filters = [
            &self.provider,
            &self.test,
            &self.outcome,
            &self.since,
            &self.until,
            &self.before,
            &self.history,
        ];
        filters.iter().any(|filter| !filter.trim().is_empty())
    }

    /// The filter of the store, for one result more than a page has.
    fn filter(&self, capability: &CapabilityRef) -> Result<ResultFilter, WebError> {
        let outcome = match self.outcome.as_str() {
            "" => None,
            word => Some(
                Outcome::ALL
                    .into_iter()
                    .find(|outcome| outcome.as_str() == word)
                    .ok_or_else(|| WebError::InvalidFilter("there is no such outcome".to_owned()))?,
            ),
        };
        Ok(ResultFilter {
            capability: Some(capability.id.clone()),
            version: Some(capability.version.clone()),
            provider: parse_filter(&self.provider)?,
            test: parse_filter(&self.test)?,
            outcome,
            since: parse_filter::<NaiveDate>(&self.since)?.and_then(midnight),
            until: parse_filter::<NaiveDate>(&self.until)?
                .and_then(|day| day.succ_opt())
                .and_then(midnight),
            before: parse_filter(&self.before)?,
            // One more shows that there is another page.
            limit: PAGE + 1,
        })
    }

    /// The query of the page that follows the result `last`, with the same filters.
    fn older_page(&self, last: &StoredResult) -> String {
        let mut link = String::from("?");
        for (name, value) in [
            ("provider", &self.provider),
            ("test", &self.test),
            ("outcome", &self.outcome),
            ("since", &self.since),
            ("until", &self.until),
            ("history", &self.history),
        ] {
            if !value.is_empty() {
                link.push_str(name);
                link.push('=');
                link.push_str(&encoded(value.trim()));
                link.push('&');
            }
        }
        link.push_str("before=");
        link.push_str(&encoded(&last.cursor().to_string()));
        link.push_str("#runs");
        link
    }
}

/// The first instant of a day in UTC.
fn midnight(day: NaiveDate) -> Option<DateTime<Utc>> {
    Some(day.and_hms_opt(0, 0, 0)?.and_utc())
}

/// Parses a field of the form. An empty one is None.
fn parse_filter<T: std::str::FromStr<Err: ToString>>(text: &str) -> Result<Option<T>, WebError> {
    match text.trim() {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|error: T::Err| WebError::InvalidFilter(error.to_string())),
    }
}

/// The latest result of each test of providers, one row each. The providers take turns, so that a busy one does not fill the page.
fn latest(state: &State, capability: &CapabilityRef) -> Result<Vec<StoredResult>, WebError> {
    let (found, _) = view::latest_results(state, capability, None, PROVIDERS)?;
    let mut turns: Vec<_> = found
        .into_values()
        .map(|tests| {
            let mut tests: Vec<_> = tests.into_values().collect();
            // What failed stands first, then what came last.
            tests.sort_by_key(|one| {
                (
                    !matches!(one.outcome, Outcome::Fail | Outcome::Error),
                    Reverse(one.when),
                )
            });
            tests.into_iter()
        })
        .collect();
    let mut rows = Vec::new();
    while rows.len() < LATEST && !turns.is_empty() {
        turns.retain_mut(|tests| {
            let next = tests.next();
            let goes_on = next.is_some();
            rows.extend(next);
            goes_on
        });
    }
    rows.truncate(LATEST);
    rows.sort_by_key(|one| Reverse(one.when));
    Ok(rows)
}

/// The recent results of a capability, with the form of the filters.
pub(super) fn recent(
    state: &State,
    capability: &CapabilityRef,
    query: &ResultQuery,
) -> Result<Markup, WebError> {
    let history = query.wants_history();
    let mut found = if history {
        state.history.recent(&query.filter(capability)?)?
    } else {
        latest(state, capability)?
    };
    let more = history && found.len() > PAGE;
    found.truncate(PAGE);
    let tests = state.bundle.suites.tests(capability);
    let rows = html! {
        @for result in &found {
            tr {
                td { (text::outcome(result.outcome, result.level)) }
                th scope="row" { a href={ "/providers/" (result.provider) } { (result.provider) } }
                td { a href={ "/capabilities/" (capability) "/tests/" (result.test) } { (result.test) } }
                td class="number" { @if result.outcome.executed() { (result.ms) } }
                td { a href={ "/runs/" (result.run) } { (text::ago(result.when)) } }
            }
        }
    };
    Ok(html! {
        form action={ "/capabilities/" (capability) "#runs" } method="get" {
            label { "provider" input name="provider" value=(query.provider) maxlength="200" placeholder="platform:tenant"; }
            label {
                "test"
                select name="test" {
                    option value="" { "all" }
                    @for test in tests {
                        @let name = test.id.name.as_str();
                        option value=(name) selected[query.test == name] { (name) }
                    }
                }
            }
            label {
                "outcome"
                select name="outcome" {
                    option value="" { "all" }
                    @for outcome in Outcome::ALL {
                        option value=(outcome) selected[query.outcome == outcome.as_str()] { (outcome) }
                    }
                }
            }
            label { "from" input name="since" type="date" value=(query.since); }
            label { "to" input name="until" type="date" value=(query.until); }
            button type="submit" { "Filter" }
        }
        @if found.is_empty() {
            p { "No results are kept." }
        } @else {
            @let caption = if history { "The latest results first" } else { "The latest result of a provider and test" };
            (layout::table_with_numbers(caption, &["pass", "provider", "test", "ms", "when"], 3..4, &rows))
        }
        @if let (true, Some(last)) = (more, found.last()) {
            p { a rel="next" href=(query.older_page(last)) { "Older results" } }
        }
        @if !history && !found.is_empty() { p { a href="?history=all#runs" { "Every result that is kept" } } }
    })
}
