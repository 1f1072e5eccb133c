//! The run as workflow commands, which GitHub shows as annotations of a job.
//!
//! What keeps several tests from passing is one annotation. A failure that decides is an `error`, one that decides nothing a `warning`, the totals a `notice`. GitHub shows ten of each kind a
//! step; the tenth says how many more there are. The commands' own escapes keep what a provider sent within its annotation: without
//! them a line of it could be a command.

use std::io;

use super::ReportError;
use super::causes::{SharedCauses, extent, facts};
use super::claims::{claim_line, judged_claims};
use super::messages::{beyond_rows, counts, details, known_message, message_of, verdict_message};
use super::text::{clean, one_line};
use crate::model::{Outcome, TestResult, clip};
use crate::summary::{Cause, RunSummary};

/// The most annotations of one kind that GitHub shows for a step.
const SHOWN: usize = 10;
/// The most characters of an explanation in an annotation.
const LONG: usize = 2_000;
/// The most tests of a cause that are named.
const NAMED: usize = 10;
/// The most characters of a title.
const TITLE: usize = 200;

struct Annotation {
    title: String,
    message: String,
}

pub(super) fn write(summary: &RunSummary, out: &mut dyn io::Write) -> Result<(), ReportError> {
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    for (name, message) in beyond_rows(summary) {
        errors.push(Annotation {
            title: format!("proofhouse {name}"),
            message,
        });
    }
    let decides = |result: &TestResult| summary.is_binding(result) && summary.known_as(result).is_none();
    let shared = SharedCauses::of(summary);
    for cause in shared.all() {
        match cause.failed.iter().any(|result| decides(result)) {
            true => errors.push(of_cause(cause)),
            false => warnings.push(of_cause(cause)),
        }
    }
    for result in summary.results.iter().filter(|result| !shared.cover(result)) {
        match result.outcome {
            Outcome::Fail | Outcome::Error if decides(result) => errors.push(annotation(summary, result)),
            Outcome::Fail | Outcome::Error => warnings.push(annotation(summary, result)),
            Outcome::Pass | Outcome::Blocked | Outcome::Skip => {}
        }
    }
    of_a_kind(out, "error", &errors)?;
    of_a_kind(out, "warning", &warnings)?;
    let totals = Annotation {
        title: format!("proofhouse run {}", summary.header.run),
        message: std::iter::once(format!("{} · {}", counts(summary), verdict_message(summary)))
            .chain(judged_claims(summary).map(|claim| claim_line(&claim)))
            .collect::<Vec<_>>()
            .join("\n"),
    };
    command(out, "notice", &totals)?;
    Ok(())
}

fn of_cause(cause: &Cause<'_>) -> Annotation {
    Annotation {
        title: format!("{} {}: {}", Outcome::Fail, cause.provider, extent(cause)),
        message: facts(cause, NAMED).join("\n"),
    }
}

fn annotation(summary: &RunSummary, result: &TestResult) -> Annotation {
    Annotation {
        title: format!("{} {} {}", result.outcome, result.provider, result.id()),
        message: match summary.known_as(result) {
            Some(known) => known_message(known, message_of(result)),
            None => details(summary, result),
        },
    }
}

fn of_a_kind(out: &mut dyn io::Write, kind: &str, found: &[Annotation]) -> io::Result<()> {
    if found.len() <= SHOWN {
        return found
            .iter()
            .try_for_each(|annotation| command(out, kind, annotation));
    }
    let named = SHOWN - 1;
    found[..named]
        .iter()
        .try_for_each(|annotation| command(out, kind, annotation))?;
    let rest = Annotation {
        title: format!("{} more", found.len() - named),
        message: "the summary of the job and the other reports name them".to_owned(),
    };
    command(out, kind, &rest)
}

fn command(out: &mut dyn io::Write, kind: &str, annotation: &Annotation) -> io::Result<()> {
    let title = property(&one_line(&annotation.title, TITLE));
    let message = data(&clean(&clip(&annotation.message, LONG)));
    writeln!(out, "::{kind} title={title}::{message}")
}

/// The escapes of a command's message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The escapes of a command's property, which ends at a comma or a colon.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
