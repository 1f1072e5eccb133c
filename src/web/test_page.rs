//! The page of a test: what it says, the rules that it verifies, its steps in words, who passes it and how long that takes, and the
//! faults that it kills.

use std::collections::BTreeSet;

use axum::extract::{Path, State as Given};
use axum::response::Response;
use maud::{Markup, html};

use super::error::WebError;
use super::{State, layout, plot, respond, text};
use crate::app::{CapabilityPage, ResultFilter, StoredResult, faults_killed_by};
use crate::capability::Capability;
use crate::model::{Outcome, ms_of_call, plural};
use crate::standing::Latency;
use crate::suite::{InWords, StepInWords, Test, in_words};

/// The number of recent results that are read, and of providers that have a plot.
const RECENT: usize = 400;
const PLOTS: usize = 12;

pub(super) async fn show(Given(state): Given<State>, Path((name, test)): Path<(String, String)>) -> Response {
    respond::page(state, move |state| page(state, &name, &test)).await
}

fn page(state: &State, name: &str, wanted: &str) -> Result<Markup, WebError> {
    let found = CapabilityPage::find(&state.bundle.registry, name, None)?;
    let contract = &found.capability;
    let reference = &contract.reference;
    let tests = state.bundle.suites.tests(reference);
    let known = |test: &&std::sync::Arc<Test>| test.ids().any(|id| id.name.as_str() == wanted);
    let Some(test) = tests.iter().find(known) else {
        return Err(WebError::UnknownTest(text::one_line(wanted)));
    };
    test.prepare()
        .map_err(|problem| WebError::Unreadable(problem.to_string()))?;
    let recent = state.history.recent(&ResultFilter {
        capability: Some(reference.id.clone()),
        version: Some(reference.version.clone()),
        test: Some(test.id.name.clone()),
        limit: RECENT,
        ..ResultFilter::default()
    })?;
    let killed = faults_killed_by(&test.id);
    let parts = html! {
        h2 id="rules" { "Rules that it verifies" }
        (rules(contract, test))
        h2 id="steps" { "What it does" }
        (told(&in_words(test)))
        h2 id="providers" { "Who passes" }
        (providers(&recent))
        (plots(state, test)?)
        h2 id="faults" { "Faults that it kills" }
        @if killed.is_empty() { p { "The kill matrix of the bundled suites names none." } } @else {
            ul { @for fault in &killed { li { a href={ "/kill-matrix?tool=" (fault.tool()) "#" (fault.name) } { (fault.name) } " " (text::prose(&fault.does)) } } }
        }
        p class="faint" { "Its file: " code { (test.file) } ". At a terminal: " code { "proofhouse suites show " (test.id) } }
    };
    let body = html! {
        p class="faint" { a href={ "/capabilities/" (reference) } { (reference) } " · " a href={ "/capabilities/" (reference) "/matrix" } { "all tests" } }
        h1 { (test.id.name) }
        p class="verdict" { (text::prose(&test.title)) }
        (kind(test))
        (layout::with_contents(&[
            ("rules", "rules", true), ("steps", "what it does", true), ("providers", "who passes", !recent.is_empty()),
            ("faults", "faults that it kills", !killed.is_empty()),
        ], &parts))
    };
    let (passed, all) = passing(&recent);
    let who = match all {
        0 => String::new(),
        all => format!(" {passed} of {} pass it.", plural(all, "provider")),
    };
    let card = layout::Card {
        title: &test.id.to_string(),
        path: &format!("/capabilities/{reference}/tests/{}", test.id.name),
        says: &format!("{}.{who}", test.title.trim_end_matches('.')),
    };
    Ok(layout::page(state, card, &body))
}

fn kind(test: &Test) -> Markup {
    html! {
        p class="faint" {
            (test.level) " level"
            @if test.essential { " · essential" }
            " · " @if test.is_read_only() { "only reads" } @else { "writes" }
            " · about " (plural(test.calls(), "call"))
            @if let Some(slow) = &test.slow { " · slow: " (text::prose(slow)) }
            @if let Some(optional) = &test.optional { " · does not apply without " (text::prose(optional)) }
            @for former in &test.former_names { " · formerly " code { (former) } }
        }
    }
}

fn rules(contract: &Capability, test: &Test) -> Markup {
    html! {
        ul {
            @for id in &test.verifies {
                li {
                    a href={ "/capabilities/" (contract.reference) "#rule-" (id) } { (id) }
                    @for rule in contract.rules().filter(|rule| rule.id == id) { ": " (text::prose(rule.words)) }
                }
            }
        }
    }
}

fn told(words: &InWords) -> Markup {
    html! {
        @if !words.needs.is_empty() {
            p { "It needs " @for (at, need) in words.needs.iter().enumerate() { @if at > 0 { "; " } (text::prose(need)) } "." }
        }
        @if !words.rows.is_empty() {
            details open[words.rows.len() <= 8] {
                summary { "It does this for " (plural(words.rows.len(), "row")) }
                ul { @for row in &words.rows { li { (text::prose(row)) } } }
            }
        }
        (steps(&words.steps))
        @if !words.after.is_empty() { p { "After the last row:" } (steps(&words.after)) }
    }
}

fn steps(steps: &[StepInWords]) -> Markup {
    html! {
        ol {
            @for step in steps {
                li {
                    (text::prose(&step.does))
                    @if let Some(sends) = &step.sends { details { summary { "what it sends" } pre { code { (format!("{sends:#}")) } } } }
                    @if !step.expects.is_empty() { ul { @for expected in &step.expects { li { (text::prose(expected)) } } } }
                }
            }
        }
    }
}

/// The latest result of each provider.
fn latest(recent: &[StoredResult]) -> Vec<&StoredResult> {
    let mut seen = BTreeSet::new();
    let latest = recent.iter().filter(|result| seen.insert(&result.provider));
    latest.collect()
}

/// The number of providers that passed the test when they were last asked, and of all that were.
fn passing(recent: &[StoredResult]) -> (usize, usize) {
    let latest = latest(recent);
    let passed = latest.iter().filter(|one| one.outcome == Outcome::Pass);
    (passed.count(), latest.len())
}

/// The latest result of each provider, with the time of a call over the recent ones.
fn providers(recent: &[StoredResult]) -> Markup {
    let latest = latest(recent);
    let (passed, _) = passing(recent);
    let times = |of: &StoredResult| {
        let own = recent
            .iter()
            .filter(|one| one.provider == of.provider && one.outcome.executed());
        Latency::of(own.map(|one| ms_of_call(one.ms, one.calls)))
    };
    let rows = html! {
        @for result in &latest {
            @let times = times(result);
            tr {
                td { (text::outcome(result.outcome, result.level)) }
                th scope="row" { a href={ "/providers/" (result.provider) } { (result.provider) } @if !result.own { (text::mark(Some("self-attested"))) } }
                td class="number" { @if let Some(times) = times { (times.p50) } }
                td class="number" { @if let Some(times) = times { (times.p95) } }
                td { a href={ "/runs/" (result.run) } { (text::ago(result.when)) } }
                td class="words" { @if let Some(message) = &result.message { (text::said(message)) } }
            }
        }
    };
    html! {
        @if latest.is_empty() { p { "No result is kept." } } @else {
            p { (passed) " of " (plural(latest.len(), "provider")) " pass it." }
            (layout::table_with_numbers("The latest result of each provider", &["pass", "provider", "median ms a call", "p95 ms", "when", "why"], 2..4, &rows))
        }
    }
}

fn plots(state: &State, test: &Test) -> Result<Markup, WebError> {
    let standings = state
        .history
        .standings_so_far(&state.bundle, Some(&test.id.capability))?;
    let several = standings
        .claims
        .iter()
        .filter(|claim| claim.history.runs.len() > 1);
    Ok(html! {
        div class="charts" {
            @for claim in several.take(PLOTS) {
                figure {
                    figcaption { (claim.history.claim.provider) }
                    (plot::of_test(&claim.history, &test.id.name))
                }
            }
        }
    })
}
