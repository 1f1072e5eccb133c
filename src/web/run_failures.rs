//! What did not pass in a run: causes first, then failures that share none, each with the calls that led to it.

use maud::{Markup, html};

use super::{run_links, text};
use crate::model::{Exchange, Outcome, TestResult, clip, plural};
use crate::report::{SharedCauses, clean, curl_line, failure_fields, record_of};
use crate::summary::{Cause, RunSummary};

/// The largest number of causes, and of failures that share none.
const CAUSES: usize = 20;
const FAILURES: usize = 20;
/// The largest number of lines in a list.
const MANY: usize = 50;
/// The largest number of tests of a cause that are named.
const NAMED: usize = 6;

/// The two parts of the section.
pub(super) struct Section {
    pub(super) causes: Markup,
    pub(super) alone: Markup,
}

pub(super) fn section(summary: &RunSummary) -> Section {
    let told = SharedCauses::of(summary);
    let shared = told.all();
    let mut alone = summary.failures();
    alone.retain(|result| !told.cover(result));
    let unasked: Vec<_> = summary
        .results
        .iter()
        .filter(|row| matches!(row.outcome, Outcome::Error | Outcome::Blocked))
        .filter(|row| !told.cover(row))
        .collect();
    Section {
        causes: html! {
            @if !shared.is_empty() {
                h2 id="causes" { "Causes" }
                @for cause in shared.iter().take(CAUSES) { (of_cause(summary, cause)) }
                @if shared.len() > CAUSES { p { (plural(shared.len() - CAUSES, "more cause")) } }
            }
        },
        alone: html! {
            @if !alone.is_empty() {
                h2 id="failures" { "Failures" }
                @for result in alone.iter().take(FAILURES) { (failure(summary, result)) }
                @if alone.len() > FAILURES {
                    p { a href="?outcome=fail#results" { (plural(alone.len() - FAILURES, "more failure")) } }
                }
            }
            @if !unasked.is_empty() {
                h2 { "Errors and blocked tests" }
                ul {
                    @for row in unasked.iter().take(FAILURES) {
                        li {
                            (text::outcome(row.outcome, row.level)) " " (row.provider) " "
                            a href=(run_links::link(row)) { (run_links::label(row)) } ": "
                            (text::said(row.message.as_deref().unwrap_or("no reason was given")))
                        }
                    }
                }
                @if unasked.len() > FAILURES { p { (unasked.len() - FAILURES) " more are among the results." } }
            }
        },
    }
}

fn of_cause(summary: &RunSummary, cause: &Cause<'_>) -> Markup {
    let tests = cause.failed.iter().chain(&cause.blocked);
    html! {
        article class="bad-edge" {
            h3 { (cause.provider) " " code { (text::one_line(cause.tool)) } " fails " (plural(cause.failed.len(), "test"))
                @if !cause.blocked.is_empty() { " and blocks " (plural(cause.blocked.len(), "test")) }
            }
            p { (text::said(cause.message)) }
            @for rule in cause.rules.iter().take(1) {
                p { span class="faint" { (text::one_line(&rule.capability)) " " (text::one_line(&rule.id)) } " " (text::said(&rule.words)) }
            }
            p {
                "Tests: "
                @for (at, result) in tests.take(NAMED).enumerate() {
                    @if at > 0 { ", " }
                    a href=(run_links::link(result)) { (run_links::label(result)) }
                }
                @if cause.tests() > NAMED { " and " (cause.tests() - NAMED) " more" }
            }
            @if let Some(example) = cause.example() {
                details {
                    summary { "An example: " (run_links::label(example)) }
                    (facts(summary, example))
                }
            }
        }
    }
}

/// One result with everything that is known of it.
pub(super) fn failure(summary: &RunSummary, result: &TestResult) -> Markup {
    let edge = match result.outcome {
        Outcome::Pass => "good-edge",
        Outcome::Fail if !summary.is_warning(result) => "bad-edge",
        _ => "doubt-edge",
    };
    html! {
        article class=(edge) {
            h3 {
                (text::outcome(result.outcome, result.level)) " " (result.provider) " "
                a href={ "/capabilities/" (result.capability) "@" (result.version) } { (result.capability) "@" (result.version) }
                "/" a href={ "/capabilities/" (result.capability) "@" (result.version) "/tests/" (result.test) } { (result.test) }
            }
            @if let Some(message) = &result.message { p { (text::prose(&text::cleaned(message))) } }
            @if summary.known_as(result).is_some() { p class="faint" { "The baseline knows this failure." } }
            (facts(summary, result))
        }
    }
}

fn facts(summary: &RunSummary, result: &TestResult) -> Markup {
    let fields = failure_fields(summary, result);
    let calls = summary.calls_of(result);
    html! {
        dl {
            @for (label, value) in &fields { dt { (label) } dd { (text::prose(&text::cleaned(value))) } }
            @for case in result.cases.iter().filter(|case| case.outcome != Outcome::Pass).take(MANY) {
                dt { "case" }
                dd { (text::one_line(&case.case)) " " (case.outcome) @if let Some(message) = &case.message { ": " (text::said(message)) } }
            }
            @for note in result.notes.iter().take(MANY) { dt { "note" } dd { (text::said(note)) } }
        }
        @for (at, exchange) in calls.iter().enumerate() {
            details {
                summary { "call " (at + 1) " of " (calls.len()) ": " (text::one_line(&exchange.tool)) }
                (call(summary, result, exchange))
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
        pre { (text::cleaned(&exchange.target)) @if exchange.by_dialect { " through its dialect" } "\n" (headers(&exchange.request_headers)) "\n" (text::cleaned(&format!("{:#}", exchange.input))) }
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
