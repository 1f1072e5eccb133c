//! The page of a run: its summary, and its failures with the calls that led to them.

use axum::extract::{Path, Query, State as Given};
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::error::WebError;
use super::{State, headers, large_run, layout, live, respond, text, view};
use crate::model::{Exchange, Outcome, TestResult, clip, plural};
use crate::report::{clean, curl_line, failure_fields, record_of, run_line, untested_lines};
use crate::summary::{self, RunSummary};

/// The interval in seconds at which the page of a run in progress reloads if scripts are off.
const REFRESH: u32 = 5;
/// The largest number of failures and of lines in a list, and of rows in the table.
const MANY: usize = 50;
const MANY_ROWS: usize = 1_000;

/// The query of the page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct RunQuery {
    /// The last result of the page before, of a run that is shown in pages.
    after: Option<u64>,
}

pub(super) async fn show(
    Given(state): Given<State>,
    Path(run): Path<String>,
    Query(query): Query<RunQuery>,
) -> Response {
    respond::respond(state, move |state| page(state, &run, query.after), respond).await
}

/// Responds with the page. `live` is true for a run in progress, whose page has a script.
fn respond((page, live): (Markup, bool)) -> Response {
    let mut response = Html(page.into_string()).into_response();
    if live {
        let policy = HeaderValue::from_static(headers::WITH_SCRIPT);
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn page(state: &State, run: &str, after: Option<u64>) -> Result<(Markup, bool), WebError> {
    let id = respond::whole_run(state, run)?;
    let overview = state.history.overview(&id)?;
    if view::is_large(&overview) {
        return Ok((large_run::page(state, &overview, after)?, false));
    }
    let summary = state.history.judged_summary(&state.bundle, &id)?;
    let header = &summary.header;
    let verdict = summary.verdict();
    let goes_on = summary.footer.is_none();
    let body = html! {
        p class="faint" { a href="/runs" { "runs" } }
        h1 { "Run " (header.run) }
        p {
            // The description of some verdicts begins with the name of the verdict.
            (text::verdict(verdict))
            @match verdict.description().strip_prefix(verdict.as_str()) {
                Some(rest) => (rest),
                None => { ": " (verdict.description()) },
            }
            @if let Some(why) = summary.why_incomplete() { " (" (text::one_line(&why)) ")" }
        }
        @if goes_on { p role="status" data-live={ "/runs/" (header.run) "/live" } { (live::progress(&overview)) } }
        p class="faint" {
            (text::instant(header.started_at)) " UTC · seed " (header.seed) " · " (text::one_line(&header.harness)) " · "
            @if let Some(release) = &header.time_zones { "time zones " (text::one_line(release)) " · " }
            (plural(header.planned, "planned test")) " · run by " (text::run_by(&overview.origin()))
        }
        (providers(&summary))
        (claims(&summary))
        (failures(&summary))
        (reasons(&summary))
        h2 { "Reproduce" }
        p { "With the same manifest, from the same version of the harness:" }
        pre { code { (text::cleaned(&run_line(header))) } }
        (rows(&summary))
    };
    let title = format!("Run {}", header.run);
    Ok(if goes_on {
        (layout::live(&title, REFRESH, &body), true)
    } else {
        (layout::page(&title, &body), false)
    })
}

fn providers(summary: &RunSummary) -> Markup {
    let rows = html! {
        @for provider in &summary.providers {
            tr {
                th scope="row" class="words" {
                    a href={ "/providers/" (provider.id) } { (provider.id) }
                    @if let Some(name) = &provider.name { " " span class="faint" { (text::one_line(name)) } }
                }
                td { (text::verdict(summary.verdict_of(provider))) }
                @for outcome in Outcome::ALL { td class="number" { (provider.totals.of(outcome)) } }
                td class="number" { @if let Some(ms) = provider.ms_median { (ms) } }
            }
        }
    };
    let columns = [
        "provider",
        "verdict",
        "pass",
        "fail",
        "error",
        "blocked",
        "skip",
        "median ms",
    ];
    html! {
        h2 { "Providers" }
        (layout::table_with_numbers("Results by provider", &columns, 2..columns.len(), &rows))
    }
}

/// The claims and how much of each the run has proven. A record that does not name the rules says no more than its verdicts.
fn claims(summary: &RunSummary) -> Markup {
    let mut claims = summary::claims(summary);
    claims.retain(|claim| !claim.rules.is_empty() || claim.edition.is_some());
    let rows = html! {
        @for claim in claims.iter().take(MANY_ROWS) {
            tr {
                th scope="row" { (claim.provider) }
                td { a href={ "/capabilities/" (claim.capability) "@" (claim.version) } { (claim.capability) "@" (claim.version) } }
                td { (text::standing(claim.standing.into())) }
                td class="number" { (claim.proven_rules()) " of " (claim.total_rules()) }
                td { @if let Some(level) = claim.level { (level) } }
                td { @if let Some(edition) = &claim.edition { (edition) } }
            }
        }
    };
    html! {
        @if !claims.is_empty() {
            h2 { "Claims" }
            (layout::table_with_numbers("What each claim is worth", &["provider", "capability", "standing", "rules proven", "level", "edition"], 3..4, &rows))
            ul { @for line in untested_lines(&claims).iter().take(MANY_ROWS) { li { (text::one_line(line)) } } }
        }
    }
}

fn failures(summary: &RunSummary) -> Markup {
    let failed = summary.failures();
    html! {
        @if !failed.is_empty() {
            h2 { "Failures" }
            @for result in failed.iter().take(MANY) { (failure(summary, result)) }
            @if failed.len() > MANY {
                p { (plural(failed.len() - MANY, "more failure")) ": " code { "proofhouse runs show " (summary.header.run) " --verbose" } }
            }
        }
    }
}

fn failure(summary: &RunSummary, result: &TestResult) -> Markup {
    let fields = failure_fields(summary, result);
    let calls = summary.calls_of(result);
    html! {
        article {
            h3 {
                (text::outcome(result.outcome, result.level)) " " (result.provider) " "
                a href={ "/capabilities/" (result.capability) "@" (result.version) } { (result.capability) "@" (result.version) }
                "/" (result.test)
            }
            p { (text::cleaned(result.message.as_deref().unwrap_or("no reason was given"))) }
            @if summary.known_as(result).is_some() { p class="faint" { "The baseline knows this failure." } }
            dl {
                @for (label, value) in &fields { dt { (label) } dd { (text::cleaned(value)) } }
                @for case in result.cases.iter().filter(|case| case.outcome != Outcome::Pass).take(MANY) {
                    dt { "case" }
                    dd { (text::one_line(&case.case)) " " (case.outcome) @if let Some(message) = &case.message { ": " (text::one_line(message)) } }
                }
                @for note in result.notes.iter().take(MANY) { dt { "note" } dd { (text::one_line(note)) } }
            }
            @for (at, exchange) in calls.iter().enumerate() {
                details {
                    summary { "call " (at + 1) " of " (calls.len()) ": " (text::one_line(&exchange.tool)) }
                    (call(summary, result, exchange))
                }
            }
        }
    }
}

fn call(summary: &RunSummary, result: &TestResult, exchange: &Exchange) -> Markup {
    let headers = |headers: &[(String, String)]| {
        let lines = headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
        text::cleaned(&lines.collect::<String>())
    };
    let record = record_of(summary, result);
    let repeat = record.and_then(|record| curl_line(record, exchange));
    html! {
        pre { (text::cleaned(&exchange.target)) @if exchange.by_dialect { " through its dialect" } "\n" (headers(&exchange.request_headers)) "\n" (text::cleaned(&exchange.input.to_string())) }
        pre {
            @if let Some(status) = exchange.status { (status) "\n" }
            (headers(&exchange.response_headers)) "\n"
            @if let Some(body) = &exchange.body { (text::cleaned(body)) }
            @if let Some(trouble) = &exchange.trouble { (text::cleaned(trouble)) }
        }
        p class="faint" { (exchange.ms) " ms, sent " (plural(exchange.attempts, "time")) }
        @if let Some(line) = repeat { p class="faint" { "Repeat it:" } pre { code { (clean(&clip(&line, 20_000))) } } }
    }
}

/// Results without a judgement, notes and leftovers.
fn reasons(summary: &RunSummary) -> Markup {
    let of = |outcome| summary.results.iter().filter(move |row| row.outcome == outcome);
    html! {
        @for (outcome, title) in [(Outcome::Error, "Errors"), (Outcome::Blocked, "Blocked")] {
            @if of(outcome).next().is_some() {
                h2 { (title) }
                ul {
                    @for row in of(outcome).take(MANY) {
                        li { (row.provider) " " (row.id()) ": " (text::one_line(row.message.as_deref().unwrap_or("no reason was given"))) }
                    }
                }
            }
        }
        @if !summary.notes.is_empty() {
            h2 { "Notes" }
            ul { @for (provider, note) in summary.notes.iter().take(MANY) { li { (provider) ": " (text::one_line(note)) } } }
        }
        @if !summary.leftovers.is_empty() {
            h2 { "Left over at the providers" }
            ul {
                @for left in summary.leftovers.iter().take(MANY) {
                    li { (left.provider) ": " (text::one_line(&left.made)) ": " (text::one_line(&left.reason)) }
                }
            }
        }
    }
}

fn rows(summary: &RunSummary) -> Markup {
    let rows = html! {
        @for result in summary.results.iter().take(MANY_ROWS) {
            tr {
                td { (text::outcome(result.outcome, result.level)) }
                th scope="row" { (result.provider) }
                td { (result.capability.tool()) "@" (result.version) "/" (result.test) }
                td class="number" { @if result.outcome.executed() { (result.ms) } }
                td { (text::instant(result.when)) }
            }
        }
    };
    html! {
        h2 { "Results" }
        (layout::table_with_numbers("Every result", &["pass", "provider", "test", "ms", "when"], 3..4, &rows))
        @if summary.results.len() > MANY_ROWS { p { (summary.results.len() - MANY_ROWS) " more are not shown." } }
    }
}
