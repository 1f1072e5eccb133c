//! The run as Markdown, for a comment or the summary of a job.
//!
//! Everything that others wrote stands in spans and blocks of code, where no mark-up, link, mention or HTML of theirs has an effect.

use std::io;

use super::ReportError;
use super::causes::{SharedCauses, came, example_call, extent, rule, sent, tests_in_words};
use super::claims::{claim_name, judged_claims, untested_lines};
use super::labels::Labels;
use super::messages::{beyond_rows, counts, details, known_message, message_of, verdict_message};
use super::status::status;
use super::text::{clean, one_line};
use crate::model::{Outcome, TestResult, Verdict, clip, plural};
use crate::summary::{Cause, Counts, RunSummary};

/// The most rows of one kind that are listed. GitHub refuses a summary over a megabyte.
const MANY: usize = 50;
/// The most characters of a message in a list.
const LINE: usize = 400;
/// The most characters of an explanation that are shown.
const LONG: usize = 2_000;
/// The columns of a block of code that a page shows without scrolling.
const WIDE: usize = 80;

pub(super) fn write(summary: &RunSummary, out: &mut dyn io::Write) -> Result<(), ReportError> {
    let header = &summary.header;
    writeln!(
        out,
        "## {} {}\n",
        mark(summary.verdict()),
        verdict_as_markdown(summary)
    )?;
    writeln!(
        out,
        "{} · {} · run {} (seed {}) · {}\n",
        counts(summary),
        plural(summary.providers.len(), "provider"),
        code(header.run.as_str()),
        header.seed,
        header.started_at.format("%Y-%m-%d %H:%M UTC"),
    )?;
    providers(summary, out)?;
    let shared = SharedCauses::of(summary);
    causes(summary, &shared, out)?;
    claims(summary, out)?;
    let labels = Labels::of(&summary.results);
    let beyond = beyond_rows(summary);
    if !beyond.is_empty() {
        writeln!(out, "### Beyond the tests\n")?;
        for (name, message) in &beyond {
            writeln!(out, "- {}: {}", code(name), code(message))?;
        }
        writeln!(out)?;
    }
    let decides = |row: &TestResult| {
        row.outcome == Outcome::Fail
            && !summary.is_warning(row)
            && summary.known_as(row).is_none()
            && !shared.cover(row)
    };
    let failures = list(summary, out, "Failures", &labels, &decides)?;
    for result in failures {
        explain(summary, result, &labels, out)?;
    }
    list(summary, out, "Errors", &labels, &|row| {
        row.outcome == Outcome::Error
    })?;
    list(summary, out, "Warnings", &labels, &|row| {
        summary.is_warning(row) && !shared.cover(row)
    })?;
    list(summary, out, "Known failures", &labels, &|row| {
        summary.known_as(row).is_some()
    })?;
    list(summary, out, "Blocked", &labels, &|row| {
        row.outcome == Outcome::Blocked && !shared.cover(row)
    })?;
    list(summary, out, "Skipped", &labels, &|row| {
        row.outcome == Outcome::Skip
    })?;
    Ok(())
}

fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Conformant => "✅",
        Verdict::Bug | Verdict::Failed | Verdict::Stale | Verdict::Unreachable | Verdict::Incomplete => "❌",
        Verdict::Unproven | Verdict::Known | Verdict::Part => "⚠️",
    }
}

/// The verdict is in our words, but the reason of an incomplete record may come from a system, and a selection is the user's.
fn verdict_as_markdown(summary: &RunSummary) -> String {
    match summary.why_incomplete().or_else(|| summary.why_filtered()) {
        Some(_) => code(&verdict_message(summary)),
        None => verdict_message(summary),
    }
}

fn providers(summary: &RunSummary, out: &mut dyn io::Write) -> io::Result<()> {
    let titles = Counts::COLUMNS.map(|(title, _)| title).join(" | ");
    let right = "--:|".repeat(Counts::COLUMNS.len() + 1);
    writeln!(
        out,
        "| provider | verdict | {titles} | ms a call |\n|---|---|{right}"
    )?;
    for provider in &summary.providers {
        let found = summary.counts_of(provider);
        let counts = Counts::COLUMNS.map(|(_, count)| count(&found).to_string());
        writeln!(
            out,
            "| {} | {} | {} | {} |",
            code(provider.id.as_str()),
            summary.verdict_of(provider).as_str(),
            counts.join(" | "),
            provider
                .ms_call_median
                .map_or_else(String::new, |ms| ms.to_string()),
        )?;
    }
    writeln!(out)
}

/// What keeps more than one test from passing, each with one example. Those tests are not explained again.
fn causes(summary: &RunSummary, shared: &SharedCauses<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    if shared.all().is_empty() {
        return Ok(());
    }
    writeln!(out, "### Causes\n")?;
    for cause in shared.all().iter().take(MANY) {
        writeln!(
            out,
            "#### {} {}\n\n{}\n",
            code(cause.provider.as_str()),
            code(&extent(cause)),
            code(cause.message)
        )?;
        block(&example(summary, cause), out)?;
    }
    match shared.all().len().checked_sub(MANY) {
        Some(more @ 1..) => writeln!(out, "… {}\n", plural(more, "more cause")),
        _ => Ok(()),
    }
}

fn example(summary: &RunSummary, cause: &Cause<'_>) -> String {
    let indented = |text: String| text.replace('\n', "\n       ");
    let mut lines = Vec::new();
    if let Some((name, words)) = rule(cause) {
        lines.push(format!("rule   {name}\n       {}", indented(words)));
    }
    if let Some(call) = example_call(summary, cause) {
        lines.push(format!("sent   {}", indented(sent(&call, Some(WIDE)))));
        if let Some(came) = came(&call, cause, Some(WIDE)) {
            lines.push(format!("came   {}", indented(came)));
        }
    }
    lines.push(format!("tests  {}", tests_in_words(cause, MANY)));
    lines.join("\n")
}

/// One row a claim, then the rules that were not tested, by reason.
fn claims(summary: &RunSummary, out: &mut dyn io::Write) -> io::Result<()> {
    let claims: Vec<_> = judged_claims(summary).collect();
    if claims.is_empty() {
        return Ok(());
    }
    writeln!(out, "### Claims\n")?;
    if let Some(why) = summary.why_filtered() {
        writeln!(out, "No claim is judged: {}\n", code(&why))?;
    }
    for claim in claims.iter().take(MANY) {
        writeln!(out, "- {}: {}", code(&claim_name(claim)), code(&claim.in_words()))?;
    }
    if let Some(more @ 1..) = claims.len().checked_sub(MANY) {
        writeln!(out, "- … {more} more")?;
    }
    for line in untested_lines(&claims) {
        writeln!(out, "- {}", code(&line))?;
    }
    writeln!(out)
}

/// Lists the rows of one kind, a line each, and answers with those that it named.
fn list<'a>(
    summary: &'a RunSummary,
    out: &mut dyn io::Write,
    title: &str,
    labels: &Labels,
    takes: &dyn Fn(&TestResult) -> bool,
) -> io::Result<Vec<&'a TestResult>> {
    let rows: Vec<_> = summary.results.iter().filter(|row| takes(row)).collect();
    if rows.is_empty() {
        return Ok(rows);
    }
    writeln!(out, "### {title}\n")?;
    for row in rows.iter().take(MANY) {
        let message = match summary.known_as(row) {
            Some(known) => known_message(known, message_of(row)),
            None => message_of(row).to_owned(),
        };
        writeln!(
            out,
            "- **{}** {} {}: {}",
            status(summary, row).0,
            code(row.provider.as_str()),
            code(&labels.label(row)),
            code(&message),
        )?;
    }
    if let Some(more @ 1..) = rows.len().checked_sub(MANY) {
        writeln!(out, "- … {more} more")?;
    }
    writeln!(out)?;
    Ok(rows.into_iter().take(MANY).collect())
}

fn explain(
    summary: &RunSummary,
    result: &TestResult,
    labels: &Labels,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let text = details(summary, result);
    if !text.contains('\n') {
        return Ok(());
    }
    writeln!(
        out,
        "#### {} {}\n",
        code(result.provider.as_str()),
        code(&labels.label(result)),
    )?;
    block(&text, out)
}

/// A text as a block of code that nothing in it can end.
fn block(text: &str, out: &mut dyn io::Write) -> io::Result<()> {
    let text = clean(&clip(text, LONG));
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    writeln!(out, "{fence}text\n{text}\n{fence}\n")
}

/// The first line of a text as a span of code that nothing in it can end.
fn code(text: &str) -> String {
    let line = one_line(text, LINE);
    if line.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(&line) + 1);
    let pad = if line.starts_with('`') || line.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{line}{pad}{fence}")
}

/// The length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}
