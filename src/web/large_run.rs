//! The page of a run that is too large to be folded for every visitor: what the store counted, and its results in pages.

use maud::{Markup, html};

use super::error::WebError;
use super::paging::{self, PAGE, Paged};
use super::{State, layout, live, text};
use crate::app::RunOverview;
use crate::model::plural;

pub(super) fn page(state: &State, overview: &RunOverview, after: Option<u64>) -> Result<Markup, WebError> {
    let found = state.history.results_of_run(&overview.run, after, PAGE + 1)?;
    let found = Paged::of(found, PAGE, |result| result.seq);
    let rows = html! {
        @for result in &found.items {
            tr {
                td { (text::outcome(result.outcome, result.level)) }
                th scope="row" { a href={ "/providers/" (result.provider) } { (result.provider) } }
                td { (result.capability) "@" (result.version) "/" (result.test) }
                td class="number" { @if result.outcome.executed() { (result.ms) } }
                td class="words" { @if let Some(message) = &result.message { (text::said(message)) } }
            }
        }
    };
    let body = html! {
        p class="faint" { a href="/runs" { "runs" } }
        h1 { "Run " (overview.run) }
        p { (text::verdict(overview.verdict)) ": " (live::progress(overview)) }
        p class="faint" {
            (text::instant(overview.started_at)) " UTC · seed " (overview.seed) " · " (text::one_line(&overview.harness)) " · "
            (plural(overview.providers, "provider")) " · run by " (text::run_by(&overview.origin()))
        }
        p { "This run is large. Its whole report: " code { "proofhouse runs show " (overview.run) } }
        h2 { "Results" }
        (layout::table_with_numbers("The results in the order in which they came", &["pass", "provider", "test", "ms", "message"], 3..4, &rows))
        (paging::next_link("after", found.next.as_ref(), "More results"))
    };
    let card = layout::Card {
        title: &format!("Run {}", overview.run),
        path: &format!("/runs/{}", overview.run),
        says: &format!("{}: {}", overview.verdict.as_str(), live::progress(overview)),
    };
    Ok(layout::page(state, card, &body))
}
