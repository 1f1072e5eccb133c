//! Messages that several formats share, about a row and about a run as a whole.

use super::claims::{claim_name, unproven_reason};
use crate::model::{BaselineEntry, KnownAs, TestResult, Verdict};
use crate::summary::{OutOfDate, RunSummary};

/// The message of a result, or a text that says that none was given.
pub(super) fn message_of(result: &TestResult) -> &str {
    result.message.as_deref().unwrap_or("no reason was given")
}

/// The versions of the contract that do not ask for the test of a failure, in words. None where each does.
pub(super) fn version_note(summary: &RunSummary, result: &TestResult) -> Option<String> {
    let versions: Vec<_> = summary
        .not_asked_at(result)
        .into_iter()
        .map(ToString::to_string)
        .collect();
    (!versions.is_empty()).then(|| format!("{} asks this, {} does not", result.version, versions.join(", ")))
}

/// The facts of a failure beside its message, each with a label: the rule, the step and case, the expected and the actual value, and the
/// versions of the contract that would not ask this.
pub fn failure_fields(summary: &RunSummary, result: &TestResult) -> Vec<(&'static str, String)> {
    let Some(failure) = result.failure.as_deref() else {
        return Vec::new();
    };
    let rule = failure
        .rule
        .as_ref()
        .map(|rule| format!("{}, {}: {}", rule.id, rule.capability, rule.words.trim()));
    let known = [
        ("rule", rule),
        ("case", failure.case.clone()),
        ("step", failure.step.clone()),
        ("check", failure.check.clone()),
        ("expected", failure.expected.clone()),
        ("actual", failure.actual.clone()),
        ("version", version_note(summary, result)),
    ];
    let values = failure
        .values
        .iter()
        .map(|value| ("value", format!("{} = {}", value.path, value.value)));
    known
        .into_iter()
        .filter_map(|(label, text)| Some((label, text?)))
        .chain(values)
        .collect()
}

/// The message with what was expected and found.
pub(super) fn details(summary: &RunSummary, result: &TestResult) -> String {
    let fields = failure_fields(summary, result).into_iter();
    std::iter::once(message_of(result).to_owned())
        .chain(fields.map(|(label, text)| format!("{label}: {text}")))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The messages that belong to the run and to none of its rows, each with a name: that it is incomplete or proves nothing, and the
/// entries of the baseline that make it red. Without these a reader of the rows alone could take the run for green.
pub(super) fn beyond_rows(summary: &RunSummary) -> Vec<(String, String)> {
    let message = match summary.verdict() {
        Verdict::Incomplete => Some(format!(
            "incomplete: {}",
            summary.why_incomplete().unwrap_or_default()
        )),
        Verdict::Unproven => {
            let claims: Vec<_> = summary
                .unproven()
                .iter()
                .map(|claim| format!("{}: {}", claim_name(claim), unproven_reason(claim)))
                .collect();
            Some(format!(
                "{}\n{}",
                Verdict::Unproven.description(),
                claims.join("\n")
            ))
        }
        Verdict::Bug
        | Verdict::Failed
        | Verdict::Stale
        | Verdict::Unreachable
        | Verdict::Known
        | Verdict::Part
        | Verdict::Conformant => None,
    };
    let file = summary
        .header
        .baseline
        .as_ref()
        .map(|baseline| baseline.file.as_str());
    let entries = summary.known.out_of_date.iter().map(|out| {
        (
            format!("{}:{}", file.unwrap_or_default(), out.entry.line),
            out_of_date_message(out),
        )
    });
    message
        .map(|message| ("verdict".to_owned(), message))
        .into_iter()
        .chain(entries)
        .collect()
}

/// The verdict in words, with the reason where the run is incomplete, or where it left tests out and so proves no claim.
pub(super) fn verdict_message(summary: &RunSummary) -> String {
    match summary.why_incomplete() {
        Some(why) => format!("incomplete: {why}"),
        None => match (summary.verdict(), summary.why_filtered()) {
            (Verdict::Conformant, Some(why)) => format!("nothing failed, and no claim is judged: {why}"),
            (verdict, _) => verdict.description().to_owned(),
        },
    }
}

/// The counts of rows by outcome, in one line. Failures that decide nothing are counted apart.
pub(super) fn counts(summary: &RunSummary) -> String {
    summary.counts().in_words()
}

/// The message of a known failure: the last day of its entry, the ticket and the reason, and the failure if it differs from the reason.
pub(super) fn known_message(entry: &BaselineEntry, message: &str) -> String {
    let first = message.lines().next().unwrap_or_default();
    let list = match entry.list {
        KnownAs::Failing => "known to fail",
        KnownAs::Flaky => "known to be flaky",
    };
    let BaselineEntry {
        reason,
        ticket,
        expires,
        ..
    } = entry;
    let borne = format!("{list} until {expires} ({ticket}): {reason}");
    if first == reason {
        borne
    } else {
        format!("{borne}; found: {first}")
    }
}

/// The message of an entry that makes the run red: its list, provider and test, and the reason.
pub(super) fn out_of_date_message(out: &OutOfDate) -> String {
    let entry = &out.entry;
    format!(
        "{} entry under `{}`: {} {}: {} ({}: {})",
        out.why.as_str(),
        entry.list,
        entry.provider,
        entry.test,
        out.message(),
        entry.ticket,
        entry.reason
    )
}
