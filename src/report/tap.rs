//! The run as TAP version 14. A test point a row; a failure is explained in the YAML block under its point.
//!
//! A failed ruling and a failure that the baseline knows are `not ok … # TODO`, which no harness counts as failed; what was skipped,
//! blocked or could not be asked without deciding anything is `ok … # SKIP`. A message that belongs to no row is a point of its own, or bails out.

use std::io;

use serde_json::Value;

use super::ReportError;
use super::claims::{claim_line, judged_claims, untested_lines};
use super::messages::{beyond_rows, counts, details, known_message, message_of, verdict_message};
use super::text::one_line;
use crate::model::{Outcome, TestResult, printable_yaml};
use crate::summary::RunSummary;

/// The most characters of a reason on the line of a test point.
const REASON: usize = 400;

pub(super) fn write(summary: &RunSummary, out: &mut dyn io::Write) -> Result<(), ReportError> {
    let beyond = beyond_rows(summary);
    let points = summary.results.len() + beyond.len();
    writeln!(out, "TAP version 14\n1..{points}")?;
    for (number, result) in (1..).zip(&summary.results) {
        point(out, number, summary, result)?;
    }
    for (number, (name, message)) in (summary.results.len() + 1..).zip(&beyond) {
        writeln!(out, "not ok {number} - {}", described(name))?;
        block(
            out,
            &[
                ("message", one_line(message, REASON).into()),
                ("details", message.as_str().into()),
            ],
        )?;
    }
    writeln!(out, "# {}", counts(summary))?;
    writeln!(out, "# {}", one_line(&verdict_message(summary), REASON))?;
    let lines = judged_claims(summary).map(|claim| claim_line(&claim));
    for line in lines.chain(untested_lines(judged_claims(summary))) {
        writeln!(out, "# {}", one_line(&line, REASON))?;
    }
    writeln!(out, "# run {} (seed {})", summary.header.run, summary.header.seed)?;
    if let Some(why) = summary.why_incomplete() {
        writeln!(out, "Bail out! {}", one_line(&why, REASON))?;
    }
    Ok(())
}

fn point(
    out: &mut dyn io::Write,
    number: usize,
    summary: &RunSummary,
    result: &TestResult,
) -> io::Result<()> {
    let name = described(&format!("{} {}", result.provider, result.id()));
    let reason = one_line(message_of(result), REASON);
    let (ok, directive) = match result.outcome {
        Outcome::Pass => ("ok", String::new()),
        Outcome::Fail => match summary.known_as(result) {
            Some(known) => (
                "not ok",
                format!(
                    " # TODO {}",
                    one_line(&known_message(known, message_of(result)), REASON)
                ),
            ),
            None if summary.is_pending(result) => (
                "not ok",
                " # TODO pending: the edition does not hold it yet, so it decides nothing".to_owned(),
            ),
            None if summary.is_warning(result) => {
                ("not ok", " # TODO a ruling, which decides nothing".to_owned())
            }
            None => ("not ok", String::new()),
        },
        Outcome::Error if summary.is_binding(result) => ("not ok", String::new()),
        Outcome::Error => ("ok", format!(" # SKIP error: {reason}")),
        Outcome::Blocked => ("ok", format!(" # SKIP blocked: {reason}")),
        Outcome::Skip => ("ok", format!(" # SKIP {reason}")),
    };
    writeln!(out, "{ok} {number} - {name}{directive}")?;
    if ok == "ok" {
        return Ok(());
    }
    block(
        out,
        &[
            ("message", reason.into()),
            ("severity", result.outcome.as_str().into()),
            ("level", result.level.to_string().into()),
            ("duration_ms", result.ms.into()),
            ("details", details(summary, result).into()),
        ],
    )
}

/// A block of YAML. Every value is JSON on one line, which YAML reads as it is meant whatever a provider wrote.
fn block(out: &mut dyn io::Write, fields: &[(&str, Value)]) -> io::Result<()> {
    writeln!(out, "  ---")?;
    for (key, value) in fields {
        writeln!(out, "  {key}: {}", printable_yaml(&value.to_string()))?;
    }
    writeln!(out, "  ...")
}

/// A description, in which a number sign would begin a directive.
fn described(text: &str) -> String {
    one_line(text, REASON).replace('\\', "\\\\").replace('#', "\\#")
}
