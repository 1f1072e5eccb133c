//! The word and the colour of a result, and of a verdict.

use super::page::Paint;
use crate::model::{Level, Outcome, TestResult, Verdict};
use crate::summary::RunSummary;

/// The word for a result, and its colour. The words differ without any colour.
pub(super) fn status(summary: &RunSummary, result: &TestResult) -> (&'static str, Paint) {
    if summary.known_as(result).is_some() {
        return ("known", Paint::Doubt);
    }
    if result.outcome == Outcome::Fail && summary.is_pending(result) {
        return ("pending", Paint::Doubt);
    }
    let decides = if summary.is_warning(result) {
        Level::Should
    } else {
        Level::Must
    };
    let paint = match (result.outcome, decides) {
        (Outcome::Pass, _) => Paint::Good,
        (Outcome::Fail, Level::Must) | (Outcome::Error, _) => Paint::Bad,
        (Outcome::Fail, Level::Should) | (Outcome::Blocked, _) => Paint::Doubt,
        (Outcome::Skip, _) => Paint::Faint,
    };
    (outcome_word(result.outcome, decides), paint)
}

/// The word for an outcome in a table. A failure that decides nothing is a warning.
pub fn outcome_word(outcome: Outcome, level: Level) -> &'static str {
    match (outcome, level) {
        (Outcome::Fail, Level::Should) => "warn",
        (Outcome::Fail, Level::Must) => "FAIL",
        (other, _) => other.as_str(),
    }
}

/// The class of a verdict on a page: `good`, `bad` or `doubt`. The words differ without it.
pub fn verdict_class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Conformant => "good",
        Verdict::Failed | Verdict::Stale | Verdict::Unreachable => "bad",
        Verdict::Bug | Verdict::Incomplete | Verdict::Unproven | Verdict::Known | Verdict::Part => "doubt",
    }
}
