//! The causes of a run in words, for every report: each with one example, instead of the same sentence under every test.

use std::collections::HashSet;

use super::body::focused;
use super::labels::short_name;
use super::text::{one_line, safe_json};
use crate::model::{BrokenRule, Exchange, TestResult, clip, plural};
use crate::summary::{Cause, RunSummary, causes};

/// The most characters of a text that are shown.
const LONG: usize = 400;

/// The causes that keep more than one test from passing.
pub(crate) struct SharedCauses<'s> {
    causes: Vec<Cause<'s>>,
    /// The rows of the summary that they tell, by address: there may be very many.
    covered: HashSet<*const TestResult>,
}

impl<'s> SharedCauses<'s> {
    /// Those of a run.
    pub(crate) fn of(summary: &'s RunSummary) -> Self {
        let causes: Vec<_> = causes(summary)
            .filter(|cause| cause.tests() > 1 && !cause.failed.is_empty())
            .collect();
        let results = causes
            .iter()
            .flat_map(|cause| cause.failed.iter().chain(&cause.blocked));
        let covered = results.map(|result| std::ptr::from_ref(*result)).collect();
        Self { causes, covered }
    }

    /// Returns true if a result is told by one of them.
    pub(crate) fn cover(&self, result: &TestResult) -> bool {
        self.covered.contains(&std::ptr::from_ref(result))
    }

    /// All of them, in the order of the run.
    pub(crate) fn all(&self) -> &[Cause<'s>] {
        &self.causes
    }

    /// The number of results that they tell.
    pub(crate) fn told(&self) -> usize {
        self.covered.len()
    }
}

/// What a cause comes to: `list_services fails 15 tests and blocks 201 tests`.
pub(super) fn extent(cause: &Cause<'_>) -> String {
    let blocks = match cause.blocked.len() {
        0 => String::new(),
        blocked => format!(" and blocks {}", plural(blocked, "test")),
    };
    format!(
        "{} fails {}{blocks}",
        cause.tool,
        plural(cause.failed.len(), "test")
    )
}

/// The first rule that is broken, with the number of others, and its words. One of the tool that answered wrongly comes first.
pub(super) fn rule(cause: &Cause<'_>) -> Option<(String, String)> {
    let own = |rule: &&&BrokenRule| {
        let name = rule.capability.split('@').next().unwrap_or_default();
        name.rsplit('.').next() == Some(cause.tool)
    };
    let rule = cause.rules.iter().find(own).or(cause.rules.first())?;
    let others = match cause.rules.len() - 1 {
        0 => String::new(),
        more => format!(", and {}", plural(more, "other rule")),
    };
    Some((
        format!("{}, {}{others}", rule.id, rule.capability),
        clip(&format!("“{}”", rule.words.trim()), LONG),
    ))
}

/// The call that shows a cause best.
pub(super) fn example_call(summary: &RunSummary, cause: &Cause<'_>) -> Option<Exchange> {
    summary.calls_of(cause.example()?).last().cloned()
}

/// What a call sent, within `room` columns.
pub(super) fn sent(call: &Exchange, room: Option<usize>) -> String {
    focused(&safe_json(&call.input), "", room)
}

/// What came of a call: the status, and the part of the body that the message of a cause is about. None if nothing is known of it.
pub(super) fn came(call: &Exchange, cause: &Cause<'_>, room: Option<usize>) -> Option<String> {
    let came = match (&call.body, &call.trouble) {
        (Some(body), _) => focused(body, cause.message, room),
        (None, Some(trouble)) => one_line(trouble, LONG),
        (None, None) => return None,
    };
    let came = clip(&came, LONG * 3);
    Some(match call.status {
        Some(status) if came.contains('\n') => format!("{status}\n{came}"),
        Some(status) => format!("{status} {came}"),
        None => came,
    })
}

/// The names of the first `most` tests of a cause, those of its own tool first, and how many more there are.
pub(super) fn tests(cause: &Cause<'_>, most: usize) -> (Vec<String>, usize) {
    let is_own = |result: &&&TestResult| result.capability.tool() == cause.tool;
    let own = cause.failed.iter().filter(is_own);
    let others = cause.failed.iter().filter(|result| !is_own(result));
    let tests = own.chain(others).chain(&cause.blocked);
    let named: Vec<_> = tests.take(most).map(|result| short_name(&result.id())).collect();
    let more = cause.tests() - named.len();
    (named, more)
}

/// The same as one text.
pub(super) fn tests_in_words(cause: &Cause<'_>, most: usize) -> String {
    let (named, more) = tests(cause, most);
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", named.join(", "))
}

/// The command that explains one of its tests. None if only the set-up of others met it.
pub(super) fn look(cause: &Cause<'_>) -> Option<String> {
    let planned = || cause.failed.iter().filter(|result| result.planned);
    let own = planned().find(|result| result.capability.tool() == cause.tool);
    let result = own.or_else(|| planned().next())?;
    let tool = result.capability.tool();
    Some(format!("proofhouse suites show {tool}/{}", result.test))
}

/// A cause without its example, a fact a line.
pub(super) fn facts(cause: &Cause<'_>, most: usize) -> Vec<String> {
    let rule = rule(cause).map(|(name, words)| format!("rule: {name}: {words}"));
    let named = format!("tests: {}", tests_in_words(cause, most));
    std::iter::once(cause.message.to_owned())
        .chain(rule)
        .chain([named])
        .collect()
}
