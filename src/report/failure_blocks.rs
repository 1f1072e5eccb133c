//! The failures of a run on the page of a terminal, each with what was expected and found.

use std::io;

use super::body::pretty;
use super::curl::curl_line;
use super::messages::{message_of, version_note};
use super::page::Page;
use super::repeat_line::repeat_line;
use super::reproduce::record_of;
use super::status::status;
use super::text::{clean, one_line, safe_json};
use crate::event::ProviderRecord;
use crate::model::{Endpoint, Exchange, Outcome, TestResult, clip, plural};
use crate::summary::RunSummary;

/// The most failures that are explained without `verbose`.
const MANY: usize = 50;
/// The most characters of a text that are shown.
const LONG: usize = 400;
/// The same with `verbose`.
const LONG_VERBOSE: usize = 4_000;
/// The most lines of a message that are shown.
const MESSAGE_LINES: usize = 8;

/// Writes the failures that nothing else tells, those that decide last.
pub(super) fn write(
    page: &mut Page<'_>,
    summary: &RunSummary,
    told: &dyn Fn(&TestResult) -> bool,
) -> io::Result<()> {
    let verbose = page.options().verbose;
    let shown = |result: &&TestResult| {
        let fresh = summary.known_as(result).is_none();
        let wrong = result.outcome == Outcome::Fail && (verbose || fresh)
            || (verbose && result.outcome == Outcome::Error);
        wrong && !told(result)
    };
    let mut results: Vec<_> = summary.results.iter().filter(shown).collect();
    if results.is_empty() {
        return Ok(());
    }
    // The failures that decide come last, next to the verdict.
    results.sort_by_key(|result| !summary.is_warning(result) && summary.known_as(result).is_none());
    let limit = if verbose { usize::MAX } else { MANY };
    let left_out = results.len().saturating_sub(limit);
    if left_out > 0 {
        page.empty()?;
        page.paragraph(
            0,
            2,
            &format!("… {}; --verbose explains all", plural(left_out, "more failure")),
        )?;
    }
    for result in results.into_iter().skip(left_out) {
        failure(page, summary, result)?;
    }
    Ok(())
}

fn failure(page: &mut Page<'_>, summary: &RunSummary, result: &TestResult) -> io::Result<()> {
    let verbose = page.options().verbose;
    let long = if verbose { LONG_VERBOSE } else { LONG };
    let (word, paint) = status(summary, result);
    page.empty()?;
    let heading = format!(
        "{word}  {}  {}@{}/{}",
        result.provider, result.capability, result.version, result.test
    );
    page.painted(0, 2, &heading, paint)?;
    for line in message_of(result)
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(MESSAGE_LINES)
    {
        page.paragraph(2, 0, &clip(line.trim_end(), long))?;
    }
    if let Some(failure) = result.failure.as_deref() {
        if let Some(rule) = &failure.rule {
            page.field("rule", &format!("{}, {}", rule.id, rule.capability))?;
            page.field("", &clip(&format!("“{}”", rule.words.trim()), long))?;
        }
        let fields = [
            ("case", &failure.case),
            ("step", &failure.step),
            ("check", &failure.check),
            ("expected", &failure.expected),
            ("actual", &failure.actual),
        ];
        for (label, text) in fields {
            if let Some(text) = text {
                page.field(label, &clip(text, long))?;
            }
        }
        if let Some(note) = version_note(summary, result) {
            page.field("version", &note)?;
        }
        let mut label = "values";
        for value in &failure.values {
            page.field(
                std::mem::take(&mut label),
                &clip(&format!("{} = {}", value.path, value.value), long),
            )?;
        }
    }
    let mut label = "cases";
    for case in result.cases.iter().filter(|case| case.outcome != Outcome::Pass) {
        let message = case
            .message
            .as_deref()
            .map_or_else(String::new, |text| format!(": {}", one_line(text, long)));
        page.field(
            std::mem::take(&mut label),
            &format!("{} {}{message}", case.case, case.outcome),
        )?;
    }
    if result.flaky {
        page.field("flaky", "a retry passed")?;
    }
    for note in &result.notes {
        page.field("note", &clip(note, long))?;
    }
    let calls = summary.calls_of(result);
    if let Some(line) = repeat_line(summary, result, &calls) {
        // Never wrapped: it is there to be copied.
        page.raw(&format!("  repeat    {}", clean(&line)))?;
    }
    if !verbose {
        return Ok(());
    }
    for (at, exchange) in calls.iter().enumerate() {
        let title = format!("{} of {}, {}", at + 1, calls.len(), exchange.tool);
        page.field("call", &title)?;
        call(page, record_of(summary, result), exchange)?;
    }
    Ok(())
}

fn call(page: &mut Page<'_>, record: Option<&ProviderRecord>, exchange: &Exchange) -> io::Result<()> {
    let http = record.is_some_and(|record| matches!(record.endpoint, Endpoint::Http { .. }));
    let request = if exchange.by_dialect {
        format!("{} through its dialect at {}", exchange.tool, exchange.target)
    } else if http {
        format!("POST {}", exchange.target)
    } else {
        format!("tools/call {} at {}", exchange.tool, exchange.target)
    };
    page.field(">", &request)?;
    for (name, value) in &exchange.request_headers {
        page.field(">", &format!("{name}: {value}"))?;
    }
    page.field(">", &clip(&pretty(&safe_json(&exchange.input)), LONG_VERBOSE))?;
    if let Some(status) = exchange.status {
        page.field("<", &status.to_string())?;
    }
    for (name, value) in &exchange.response_headers {
        page.field("<", &clip(&format!("{name}: {value}"), LONG))?;
    }
    if let Some(body) = &exchange.body {
        page.field("<", &clip(&pretty(body), LONG_VERBOSE))?;
    }
    if let Some(trouble) = &exchange.trouble {
        page.field("trouble", &clip(trouble, LONG))?;
    }
    page.field(
        "took",
        &format!("{} ms, sent {}", exchange.ms, plural(exchange.attempts, "time")),
    )?;
    if let Some(line) = record.and_then(|record| curl_line(record, exchange)) {
        // Never wrapped: it is there to be copied.
        page.raw(&format!("  {}", clean(&line)))?;
    }
    Ok(())
}
