//! The run as one page that needs no other file: no script, nothing fetched, light or dark as its reader has it.
//!
//! Everything that others wrote is escaped, stands as text and never in an attribute, with its control characters spelt out. The
//! page's own policy forbids what it does not need, so that a mistake here would still run nothing.

use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::body::pretty;
use super::causes::{SharedCauses, came, example_call, extent, rule, sent, tests};
use super::claims::{claim_name, judged_claims, untested_lines};
use super::curl::curl_line;
use super::explain::clean_up_advice;
use super::labels::Labels;
use super::messages::{beyond_rows, counts, failure_fields, known_message, message_of, verdict_message};
use super::page::Paint;
use super::reproduce::record_of;
use super::status::{status, verdict_class};
use super::text::{clean, one_line, safe_json};
use super::{Options, ReportError};
use crate::model::{Exchange, Outcome, TestResult, clip, plural};
use crate::summary::{Cause, Counts, RunSummary};

const STYLE: &str = include_str!("html.css");

/// The most characters of a text that are shown.
const LONG: usize = 4_000;
/// The most characters of a reason in a list.
const LINE: usize = 400;
/// The columns of a block of code.
const WIDE: usize = 90;
/// The most tests of a cause that are named.
const NAMED: usize = 20;

pub(super) fn write(
    summary: &RunSummary,
    options: &Options,
    out: &mut dyn io::Write,
) -> Result<(), ReportError> {
    Ok(out.write_all(page(summary, options).into_string().as_bytes())?)
}

fn page(summary: &RunSummary, options: &Options) -> Markup {
    let header = &summary.header;
    let labels = Labels::of(&summary.results);
    let verdict = summary.verdict();
    let shared = SharedCauses::of(summary);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { "proofhouse run " (header.run) ": " (verdict.as_str()) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 class=(verdict_class(verdict)) { (text(&verdict_message(summary), LINE)) }
                    p { (counts(summary)) " · " (plural(summary.providers.len(), "provider")) }
                    p class="faint" {
                        "run " code { (header.run) } " · seed " (header.seed) " · " (instant(header.started_at)) " · " (header.harness)
                        @if let Some(calls) = &header.selection.calls { " · calls " (calls) }
                        @if let Some(release) = &header.time_zones { " · time zones " (release) }
                        @if let Some(title) = labels.title() { " · " (title) }
                    }
                    (providers(summary))
                    (causes(summary, &labels, &shared))
                    (claims(summary))
                    (beyond(summary))
                    (failures(summary, &labels, &shared))
                    (reasons(summary, &labels, &shared, Outcome::Error, "Errors"))
                    (reasons(summary, &labels, &shared, Outcome::Blocked, "Blocked"))
                    (notes(summary, options))
                    (results(summary, &labels))
                }
            }
        }
    }
}

/// Nothing but the one style sheet of the page, known by its digest.
fn policy() -> String {
    let digest = STANDARD.encode(Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'")
}

fn class_of(paint: Paint) -> &'static str {
    match paint {
        Paint::Good => "good",
        Paint::Bad => "bad",
        Paint::Doubt => "doubt",
        Paint::Faint | Paint::Head => "faint",
    }
}

/// A text of others, cleaned and cut; the markup escapes it.
fn text(text: &str, long: usize) -> String {
    clean(&clip(text, long))
}

fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A heading and a table, which scrolls by itself on a narrow screen.
fn section(title: &str, table: &Markup) -> Markup {
    html! {
        h2 { (title) }
        div class="scroll" role="region" aria-label=(title) tabindex="0" { (table) }
    }
}

fn providers(summary: &RunSummary) -> Markup {
    let table = html! {
        table {
            thead {
                tr {
                    th scope="col" { "provider" }
                    th scope="col" { "verdict" }
                    @for (title, _) in Counts::COLUMNS { th scope="col" class="number" { (title) } }
                    th scope="col" class="number" { "ms a call" }
                }
            }
            tbody {
                @for provider in &summary.providers {
                    @let verdict = summary.verdict_of(provider);
                    tr {
                        th scope="row" {
                            (provider.id)
                            @if let Some(name) = &provider.name { " " span class="faint" { (one_line(name, LINE)) } }
                        }
                        td class=(verdict_class(verdict)) { (verdict.as_str()) }
                        @let found = summary.counts_of(provider);
                        @for (_, count) in Counts::COLUMNS { td class="number" { (count(&found)) } }
                        td class="number" { @if let Some(ms) = provider.ms_call_median { (ms) } }
                    }
                }
            }
        }
    };
    section("Providers", &table)
}

/// One item a claim, then the rules that were not tested, by reason.
fn claims(summary: &RunSummary) -> Markup {
    let claims: Vec<_> = judged_claims(summary).collect();
    html! {
        @if !claims.is_empty() {
            h2 { "Claims" }
            @if let Some(why) = summary.why_filtered() {
                p class="faint" { "No claim is judged: " (text(&why, LINE)) }
            }
            ul {
                @for claim in &claims {
                    li { code { (text(&claim_name(claim), LINE)) } ": " (text(&claim.in_words(), LINE)) }
                }
                @for line in untested_lines(&claims) { li class="faint" { (text(&line, LINE)) } }
            }
        }
    }
}

/// The section for what belongs to no row.
fn beyond(summary: &RunSummary) -> Markup {
    let found = beyond_rows(summary);
    html! {
        @if !found.is_empty() {
            h2 { "Beyond the tests" }
            ul {
                @for (name, message) in &found {
                    li { strong { (text(name, LINE)) } ": " (text(message, LONG)) }
                }
            }
        }
    }
}

/// What keeps more than one test from passing, each with one example. Each failure of them is folded below it.
fn causes(summary: &RunSummary, labels: &Labels, shared: &SharedCauses<'_>) -> Markup {
    html! {
        @if !shared.all().is_empty() {
            h2 { "Causes" }
            @for cause in shared.all() { (of_cause(summary, labels, cause)) }
        }
    }
}

fn of_cause(summary: &RunSummary, labels: &Labels, cause: &Cause<'_>) -> Markup {
    let call = example_call(summary, cause);
    let came = call.as_ref().and_then(|call| came(call, cause, Some(WIDE)));
    let (named, more) = tests(cause, NAMED);
    html! {
        article class="bad" {
            h3 { (cause.provider) " " (text(&extent(cause), LINE)) }
            p { (text(cause.message, LONG)) }
            dl {
                @if let Some((name, words)) = rule(cause) {
                    dt { "rule" }
                    dd { (text(&name, LINE)) ": " (text(&words, LONG)) }
                }
                @if let Some(call) = &call {
                    dt { "sent" }
                    dd { pre { (text(&sent(call, Some(WIDE)), LONG)) } }
                }
                @if let Some(came) = &came {
                    dt { "came" }
                    dd { pre { (text(came, LONG)) } }
                }
                dt { "tests" }
                dd {
                    @for (at, name) in named.iter().enumerate() {
                        @if at > 0 { ", " }
                        code { (text(name, LINE)) }
                    }
                    @if more > 0 { " and " (more) " more" }
                }
            }
            details {
                summary { (plural(cause.failed.len(), "failure")) " in full" }
                @for result in &cause.failed { (failure(summary, result, labels)) }
            }
        }
    }
}

fn failures(summary: &RunSummary, labels: &Labels, shared: &SharedCauses<'_>) -> Markup {
    let mut failed = summary.failures();
    failed.retain(|result| !shared.cover(result));
    html! {
        @if !failed.is_empty() {
            h2 { "Failures" }
            @for result in failed { (failure(summary, result, labels)) }
        }
    }
}

fn failure(summary: &RunSummary, result: &TestResult, labels: &Labels) -> Markup {
    let (word, paint) = status(summary, result);
    let fields = failure_fields(summary, result);
    let cases = result.cases.iter().filter(|case| case.outcome != Outcome::Pass);
    let calls = summary.calls_of(result);
    html! {
        article class=(class_of(paint)) {
            h3 { span class=(class_of(paint)) { (word) } " " (result.provider) " " code { (labels.label(result)) } }
            p { (text(message_of(result), LONG)) }
            @if let Some(known) = summary.known_as(result) {
                p class="faint" { (text(&known_message(known, message_of(result)), LINE)) }
            }
            dl {
                @for (label, value) in &fields {
                    dt { (label) }
                    dd { (text(value, LONG)) }
                }
                @for case in cases {
                    dt { "case" }
                    dd {
                        (text(&case.case, LINE)) " " (case.outcome)
                        @if let Some(message) = &case.message { ": " (text(message, LINE)) }
                    }
                }
                @if result.flaky { dt { "flaky" } dd { "a retry passed" } }
                @for note in &result.notes { dt { "note" } dd { (text(note, LINE)) } }
            }
            @for (at, exchange) in calls.iter().enumerate() {
                details {
                    summary { "call " (at + 1) " of " (calls.len()) ": " (text(&exchange.tool, LINE)) }
                    (call(summary, result, exchange))
                }
            }
        }
    }
}

fn call(summary: &RunSummary, result: &TestResult, exchange: &Exchange) -> Markup {
    let headers = |headers: &[(String, String)]| {
        let lines = headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
        text(&lines.collect::<String>(), LONG)
    };
    let repeat = record_of(summary, result).and_then(|record| curl_line(record, exchange));
    html! {
        pre { (text(&exchange.target, LINE)) @if exchange.by_dialect { " through its dialect" } "\n" (headers(&exchange.request_headers)) "\n" (clip(&pretty(&safe_json(&exchange.input)), LONG)) }
        pre {
            @if let Some(status) = exchange.status { (status) "\n" }
            (headers(&exchange.response_headers)) "\n"
            @if let Some(body) = &exchange.body { (text(&pretty(body), LONG)) }
            @if let Some(trouble) = &exchange.trouble { (text(trouble, LINE)) }
        }
        p class="faint" { (exchange.ms) " ms, sent " (plural(exchange.attempts, "time")) }
        @if let Some(line) = repeat { pre { (clean(&line)) } }
    }
}

/// One line a row, with its reason.
fn reasons(
    summary: &RunSummary,
    labels: &Labels,
    shared: &SharedCauses<'_>,
    outcome: Outcome,
    title: &str,
) -> Markup {
    let rows: Vec<_> = summary
        .results
        .iter()
        .filter(|row| row.outcome == outcome && !shared.cover(row))
        .collect();
    html! {
        @if !rows.is_empty() {
            h2 { (title) }
            ul {
                @for row in rows {
                    li { (row.provider) " " code { (labels.label(row)) } ": " (one_line(message_of(row), LINE)) }
                }
            }
        }
    }
}

fn notes(summary: &RunSummary, options: &Options) -> Markup {
    html! {
        @if !summary.notes.is_empty() {
            h2 { "Notes" }
            ul {
                @for (provider, note) in &summary.notes { li { (provider) ": " (one_line(note, LINE)) } }
            }
        }
        @if !summary.leftovers.is_empty() {
            h2 { "Left over at the providers" }
            ul {
                @for left in &summary.leftovers {
                    li { (left.provider) ": " (one_line(&left.made, LINE)) ": " (one_line(&left.reason, LINE)) }
                }
            }
            p class="faint" {
                @if options.not_stored {
                    (clean_up_advice(summary, true))
                } @else {
                    code { "proofhouse cleanup " (summary.header.run) } " tries again"
                }
            }
        }
    }
}

fn results(summary: &RunSummary, labels: &Labels) -> Markup {
    let has_eras = summary.results.iter().any(|result| result.era.is_some());
    let table = html! {
        table {
            thead {
                tr {
                    th scope="col" { "pass" }
                    th scope="col" { "provider" }
                    th scope="col" { "test" }
                    th scope="col" class="number" { "ms" }
                    th scope="col" { "when" }
                    @if has_eras { th scope="col" { "era" } }
                    th scope="col" { "why" }
                }
            }
            tbody {
                @for result in &summary.results {
                    @let (word, paint) = status(summary, result);
                    tr {
                        td class={ "word " (class_of(paint)) } { (word) }
                        td { (result.provider) }
                        td { (labels.label(result)) }
                        td class="number" { @if result.calls > 0 || result.outcome.executed() { (result.ms) } }
                        td { (instant(result.when)) }
                        @if has_eras { td { @if let Some(era) = &result.era { (text(era, LINE)) } } }
                        td { @if result.outcome == Outcome::Skip { (one_line(message_of(result), LINE)) } }
                    }
                }
            }
        }
    };
    section("Results", &table)
}
