//! Two runs side by side: what ended otherwise, what became worse first.

use std::sync::Arc;

use maud::{Markup, html};

use super::compared::Compared;
use super::error::WebError;
use super::{State, layout, respond, text, view};
use crate::model::{Level, Outcome, RunId, encoded, plural};
use crate::summary::{self, Comparison, RunSummary, Side};

/// The largest number of rows of a table.
const MANY: usize = 200;
/// The largest number of tests that are named because they took longer, and the time from which on that is worth a line.
const SLOWER: usize = 10;
const NOTABLE_MS: i64 = 50;

pub(super) fn of(state: &State, a: &RunId, b: &RunId) -> Result<Compared, WebError> {
    let (before, after) = (read(state, a)?, read(state, b)?);
    let compared = Comparison::between(&before, &after);
    let mut changed: Vec<_> = compared
        .changes()
        .filter_map(|row| Some((row, row.before?, row.after?)))
        .collect();
    changed.sort_by_key(|(_, before, after)| std::cmp::Reverse((rank(*after), rank(*before))));
    let all = changed.len();
    let (worse, better): (Vec<_>, Vec<_>) = changed
        .into_iter()
        .partition(|(_, before, after)| rank(*after) > rank(*before));
    let in_both = compared
        .rows
        .iter()
        .filter(|row| row.before.is_some() && row.after.is_some());
    let summary = match all {
        0 => "no test ended otherwise".to_owned(),
        all => format!("{} ended otherwise", plural(all, "test")),
    };
    let body = html! {
        dl {
            dt { "first" } dd { (side(&before)) }
            dt { "second" } dd { (side(&after)) }
        }
        p class="verdict" {
            (plural(in_both.count(), "test")) " in both, " (summary)
            @if !worse.is_empty() { ", " span class="bad" { (worse.len()) " worse" } }
            @if !better.is_empty() { ", " span class="good" { (better.len()) " better" } }
        }
        (rows("worse", "Worse", &worse, &compared))
        (rows("better", "Better", &better, &compared))
        (slower(&compared))
        (alone("Only in the first", &compared.only_before().map(name).collect::<Vec<_>>()))
        (alone("Only in the second", &compared.only_after().map(name).collect::<Vec<_>>()))
    };
    Ok(Compared {
        title: format!("{a} and {b}"),
        body,
    })
}

fn read(state: &State, run: &RunId) -> Result<Arc<RunSummary>, WebError> {
    let id = respond::whole_run(state, run.as_str())?;
    if view::is_large(&state.history.overview(&id)?) {
        return Err(WebError::LargeRun(id.to_string()));
    }
    Ok(state.history.shown_summary(&state.bundle, &id)?)
}

fn side(run: &RunSummary) -> Markup {
    html! {
        a href={ "/runs/" (run.header.run) } { (run.header.run) } " "
        @if run.footer.is_some() { (text::verdict(run.verdict())) ": " }
        (run.counts().in_words())
        span class="faint" { " · " (text::ago(run.header.started_at)) }
    }
}

/// How grave an outcome is.
fn rank(side: Side) -> usize {
    match (side.outcome, side.level) {
        (Outcome::Pass, _) => 0,
        (Outcome::Skip, _) => 1,
        (Outcome::Blocked, _) => 2,
        (Outcome::Fail, Level::Should) => 3,
        (Outcome::Error, _) => 4,
        (Outcome::Fail, Level::Must) => 5,
    }
}

fn label(row: &summary::Compared) -> String {
    let capability = &row.test.capability;
    format!(
        "{}@{}/{}",
        capability.id.tool(),
        capability.version,
        row.test.name
    )
}

fn name(row: &summary::Compared) -> String {
    format!("{} {}", row.provider, label(row))
}

fn rows(id: &str, title: &str, found: &[(&summary::Compared, Side, Side)], compared: &Comparison) -> Markup {
    let link = |run: &RunId, row: &summary::Compared| {
        let (provider, test) = (encoded(row.provider.as_str()), encoded(&label(row)));
        format!("/runs/{run}?provider={provider}&test={test}#results")
    };
    let rows = html! {
        @for (row, before, after) in found.iter().take(MANY) {
            tr {
                td { a href=(link(&compared.before, row)) { (text::outcome(before.outcome, before.level)) } }
                td { a href=(link(&compared.after, row)) { (text::outcome(after.outcome, after.level)) } }
                th scope="row" { a href={ "/providers/" (row.provider) } { (row.provider) } }
                td { a href={ "/capabilities/" (row.test.capability) "/tests/" (row.test.name) } { (label(row)) } }
            }
        }
    };
    html! {
        @if !found.is_empty() {
            h2 id=(id) { (title) }
            (layout::table(&format!("{title}: outcomes in both runs"), &["first", "second", "provider", "test"], &rows))
            @if found.len() > MANY { p { (found.len() - MANY) " more" } }
        }
    }
}

fn slower(compared: &Comparison) -> Markup {
    let mut found: Vec<_> = compared
        .rows
        .iter()
        .filter_map(|row| Some((row.slower_by()?, row)))
        .filter(|(by, _)| *by >= NOTABLE_MS)
        .collect();
    found.sort_by_key(|(by, _)| std::cmp::Reverse(*by));
    let rows = html! {
        @for (by, row) in found.iter().take(SLOWER) {
            tr {
                td class="number" { "+" (by) }
                th scope="row" { a href={ "/providers/" (row.provider) } { (row.provider) } }
                td { (label(row)) }
            }
        }
    };
    html! {
        @if !found.is_empty() {
            h2 id="slower" { "Slower" }
            (layout::table_with_numbers("Tests that waited longest for the provider beyond what they waited before", &["ms", "provider", "test"], 0..1, &rows))
        }
    }
}

fn alone(title: &str, names: &[String]) -> Markup {
    html! {
        @if !names.is_empty() {
            details {
                summary { (title) ": " (plural(names.len(), "test")) }
                ul { @for name in names.iter().take(MANY) { li { (name) } } }
                @if names.len() > MANY { p { (names.len() - MANY) " more" } }
            }
        }
    }
}
