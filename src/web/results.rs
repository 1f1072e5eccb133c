//! The table of results with its filters and pages.

use chrono::{DateTime, NaiveDate, Utc};
use maud::{Markup, html};
use serde::Deserialize;

use super::{State, answer, layout, words};
use crate::app::{AppError, ResultFilter, StoredResult};
use crate::model::{CapabilityRef, Outcome, encoded};

/// How many results a page has.
const PAGE: usize = 40;

/// What is asked for, as the form sends it; an empty field narrows nothing.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
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
}

impl Asked {
    fn filter(&self, capability: &CapabilityRef) -> Result<ResultFilter, AppError> {
        let outcome = match self.outcome.as_str() {
            "" => None,
            word => Some(
                Outcome::ALL
                    .into_iter()
                    .find(|outcome| outcome.as_str() == word)
                    .ok_or_else(|| answer::unknown("There is no such outcome."))?,
            ),
        };
        Ok(ResultFilter {
            capability: Some(capability.id.clone()),
            version: Some(capability.version.clone()),
            provider: given(&self.provider)?,
            test: given(&self.test)?,
            outcome,
            since: given::<NaiveDate>(&self.since)?.and_then(midnight),
            until: given::<NaiveDate>(&self.until)?
                .and_then(|day| day.succ_opt())
                .and_then(midnight),
            before: given(&self.before)?,
            // One more tells whether there is another page.
            limit: PAGE + 1,
        })
    }

    fn older(&self, last: &StoredResult) -> String {
        let mut query = String::from("?");
        for (name, value) in [
            ("provider", &self.provider),
            ("test", &self.test),
            ("outcome", &self.outcome),
            ("since", &self.since),
            ("until", &self.until),
        ] {
            if !value.is_empty() {
                query.push_str(name);
                query.push('=');
                query.push_str(&encoded(value.trim()));
                query.push('&');
            }
        }
        query.push_str("before=");
        query.push_str(&encoded(&last.cursor().to_string()));
        query.push_str("#runs");
        query
    }
}

/// Where a day begins in UTC.
fn midnight(day: NaiveDate) -> Option<DateTime<Utc>> {
    Some(day.and_hms_opt(0, 0, 0)?.and_utc())
}

fn given<T: std::str::FromStr<Err: ToString>>(text: &str) -> Result<Option<T>, AppError> {
    match text.trim() {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|error: T::Err| answer::unknown(error.to_string())),
    }
}

/// The recent runs of a capability, with what narrows them.
pub(super) fn recent(state: &State, capability: &CapabilityRef, asked: &Asked) -> Result<Markup, AppError> {
    let mut found = state.history.recent(&asked.filter(capability)?)?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let tests = state.bundle.suites.tests(capability);
    let rows = html! {
        @for result in &found {
            tr {
                td { (words::outcome(result.outcome, result.level)) }
                th scope="row" { a href={ "/providers/" (result.provider) } { (result.provider) } }
                td { (result.test) }
                td class="number" { @if result.outcome.executed() { (result.ms) } }
                td { a href={ "/runs/" (result.run) } { (words::when(result.when)) } }
            }
        }
    };
    Ok(html! {
        form action={ "/capabilities/" (capability) "#runs" } method="get" {
            label { "provider" input name="provider" value=(asked.provider) maxlength="200" placeholder="platform:tenant"; }
            label {
                "test"
                select name="test" {
                    option value="" { "all" }
                    @for test in tests {
                        @let name = test.id.name.as_str();
                        option value=(name) selected[asked.test == name] { (name) }
                    }
                }
            }
            label {
                "outcome"
                select name="outcome" {
                    option value="" { "all" }
                    @for outcome in Outcome::ALL {
                        option value=(outcome) selected[asked.outcome == outcome.as_str()] { (outcome) }
                    }
                }
            }
            label { "from" input name="since" type="date" value=(asked.since); }
            label { "to" input name="until" type="date" value=(asked.until); }
            button { "Filter" }
        }
        @if found.is_empty() {
            p { "No results are kept." }
        } @else {
            (layout::table_with_numbers("The latest results first, times in UTC", &["pass", "provider", "test", "ms", "when"], 3..4, &rows))
        }
        @if let (true, Some(last)) = (more, found.last()) {
            p { a rel="next" href=(asked.older(last)) { "Older results" } }
        }
    })
}
