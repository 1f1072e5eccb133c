//! The causes of a run, on the page: each with one example, instead of the same sentence under every test.

use std::collections::HashSet;
use std::io;

use super::labels::short_name;
use super::page::Page;
use super::text::{one_line, safe_json};
use crate::model::{TestResult, clip, plural};
use crate::summary::{Cause, RunSummary, causes};

/// The most causes that are shown without `verbose`.
const MANY: usize = 20;
/// The most tests of a cause that are named.
const NAMED: usize = 4;
/// The most characters of a text that are shown.
const LONG: usize = 400;

/// The causes that keep more than one test from passing.
pub(super) struct SharedCauses<'s> {
    causes: Vec<Cause<'s>>,
    summary: &'s RunSummary,
    /// The rows of the summary that they tell, by address: there may be very many.
    covered: HashSet<*const TestResult>,
}

impl<'s> SharedCauses<'s> {
    /// Those of a run.
    pub(super) fn of(summary: &'s RunSummary) -> Self {
        let causes: Vec<_> = causes(summary)
            .filter(|cause| cause.tests() > 1 && !cause.failed.is_empty())
            .collect();
        let results = causes
            .iter()
            .flat_map(|cause| cause.failed.iter().chain(&cause.blocked));
        let covered = results.map(|result| std::ptr::from_ref(*result)).collect();
        Self {
            causes,
            summary,
            covered,
        }
    }

    /// Returns true if a result is told by one of them.
    pub(super) fn cover(&self, result: &TestResult) -> bool {
        self.covered.contains(&std::ptr::from_ref(result))
    }

    /// Writes them, each with what its example sent and received.
    pub(super) fn write(&self, page: &mut Page<'_>) -> io::Result<()> {
        if self.causes.is_empty() {
            return Ok(());
        }
        page.title("Causes")?;
        let limit = if page.options().verbose { usize::MAX } else { MANY };
        for cause in self.causes.iter().take(limit) {
            write_one(page, self.summary, cause)?;
        }
        page.rest(self.causes.len(), limit, "more cause")
    }
}

fn write_one(page: &mut Page<'_>, summary: &RunSummary, cause: &Cause<'_>) -> io::Result<()> {
    let blocks = match cause.blocked.len() {
        0 => String::new(),
        blocked => format!(" and blocks {}", plural(blocked, "test")),
    };
    let fails = plural(cause.failed.len(), "test");
    let fails = format!("{}  {} fails {fails}{blocks}", cause.provider, cause.tool);
    page.paragraph(2, 2, &fails)?;
    page.paragraph(4, 2, &one_line(cause.message, LONG))?;
    if let Some(rule) = cause.rules.first() {
        let others = match cause.rules.len() - 1 {
            0 => String::new(),
            more => format!(", and {}", plural(more, "other rule")),
        };
        page.field("rule", &format!("{}, {}{others}", rule.id, rule.capability))?;
        page.field("", &clip(&format!("“{}”", rule.words.trim()), LONG))?;
    }
    let calls = cause.example().map(|example| summary.calls_of(example));
    if let Some(call) = calls.as_deref().and_then(<[_]>::last) {
        page.field("sent", &clip(&safe_json(&call.input), LONG))?;
        let came = call.body.as_deref().or(call.trouble.as_deref());
        if let Some(came) = came {
            let status = call
                .status
                .map_or_else(String::new, |status| format!("{status} "));
            page.field("came", &one_line(&format!("{status}{came}"), LONG))?;
        }
    }
    let tests = cause.failed.iter().chain(&cause.blocked);
    let named: Vec<_> = tests.take(NAMED).map(|result| short_name(&result.id())).collect();
    let more = match cause.tests() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    page.field("tests", &format!("{}{more}", named.join(", ")))
}
