//! The causes of what did not pass: failures of one provider that differ only in the test that met them are one cause.
//!
//! Pure: it reads results and nothing else. A failure that the baseline knows has no cause here.

use std::collections::HashMap;
use std::ops::Range;

use super::types::RunSummary;
use crate::model::{BrokenRule, Exchange, Outcome, ProviderId, TestResult};

/// It stands for the numbers and ids of a message.
const SAME_TEXT: char = '#';

/// One reason why tests of a provider failed or were blocked.
#[derive(Debug, Clone)]
pub struct Cause<'s> {
    /// The provider.
    pub provider: &'s ProviderId,
    /// The tool that answered wrongly.
    pub tool: &'s str,
    /// What is wrong, in one line, as the example met it.
    pub message: &'s str,
    /// The rules that are broken, each once, in the order in which tests met them. Empty where only set-up was met.
    pub rules: Vec<&'s BrokenRule>,
    /// The failed tests, those that decide first. A row that was not planned, a wrong answer of set-up, is among them.
    pub failed: Vec<&'s TestResult>,
    /// The tests that it kept from being executed.
    pub blocked: Vec<&'s TestResult>,
}

impl<'s> Cause<'s> {
    /// The test that shows it best: one that failed, with calls.
    pub fn example(&self) -> Option<&'s TestResult> {
        let all = || self.failed.iter().chain(&self.blocked).copied();
        all().find(|result| has_calls(result)).or_else(|| all().next())
    }

    /// The number of tests that it keeps from passing.
    pub fn tests(&self) -> usize {
        self.failed.len() + self.blocked.len()
    }
}

/// The causes of a run: by provider in the order of the run, and for each those first that keep most tests from passing.
pub fn causes(summary: &RunSummary) -> impl Iterator<Item = Cause<'_>> {
    let providers = summary.providers.iter();
    providers.flat_map(|provider| of_provider(summary, &provider.rows))
}

fn of_provider<'s>(summary: &'s RunSummary, rows: &Range<usize>) -> Vec<Cause<'s>> {
    let rows = summary.results.get(rows.clone()).unwrap_or_default();
    let mut fresh: Vec<_> = rows
        .iter()
        .filter(|result| summary.known_as(result).is_none())
        .collect();
    // A blocked test joins the cause that a failed one has shown.
    fresh.sort_by_key(|result| (result.outcome != Outcome::Fail, summary.is_warning(result)));
    let mut found: Vec<Cause<'s>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for result in fresh {
        let Some(message) = result.what_is_wrong() else {
            continue;
        };
        let failure = result.failure.as_deref();
        let tool = last_call(result).map_or_else(|| result.capability.tool(), |call| call.tool.as_str());
        let rule = failure.and_then(|failure| failure.rule.as_ref());
        // One check of one rule is one place in the answer, whatever the tests say around it.
        let of_check = failure.and_then(|failure| failure.check.as_deref()).map(|check| {
            let rule = rule.map_or("", |rule| rule.id.as_str());
            format!("{tool}\n{rule}\n{check}")
        });
        let of_message = masked(message);
        let known = of_check.as_ref().and_then(|key| places.get(key));
        let at = *known.or_else(|| places.get(&of_message)).unwrap_or(&found.len());
        places.entry(of_message).or_insert(at);
        if let Some(key) = of_check {
            places.entry(key).or_insert(at);
        }
        if at == found.len() {
            found.push(Cause {
                provider: &result.provider,
                tool,
                message,
                rules: Vec::new(),
                failed: Vec::new(),
                blocked: Vec::new(),
            });
        }
        let Some(cause) = found.get_mut(at) else { continue };
        cause
            .rules
            .extend(rule.filter(|rule| !cause.rules.contains(rule)));
        match result.outcome {
            Outcome::Fail => cause.failed.push(result),
            _ => cause.blocked.push(result),
        }
    }
    found.sort_by_key(|cause| std::cmp::Reverse(cause.tests()));
    found
}

fn has_calls(result: &TestResult) -> bool {
    let failure = result.failure.as_deref();
    failure.is_some_and(|failure| failure.recorded.is_some() || !failure.exchanges.is_empty())
}

fn last_call(result: &TestResult) -> Option<&Exchange> {
    result.failure.as_deref()?.exchanges.last()
}

/// A message with one sign for each of its numbers and ids, which differ from test to test.
fn masked(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    for word in message.split_inclusive(|letter: char| !letter.is_alphanumeric()) {
        let (word, end) = match word.char_indices().next_back() {
            Some((at, last)) if !last.is_alphanumeric() => word.split_at(at),
            _ => (word, ""),
        };
        match word.chars().any(|letter| letter.is_ascii_digit()) {
            true => text.push(SAME_TEXT),
            false => text.push_str(word),
        }
        text.push_str(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Row, Sample, known, row};
    use super::*;
    use crate::model::{Failure, KnownAs, WRONG_SET_UP};

    fn shown(summary: &RunSummary) -> Vec<String> {
        let line = |cause: &Cause<'_>| {
            let names = |results: &[&TestResult]| {
                let names: Vec<_> = results.iter().map(|result| result.test.as_str()).collect();
                names.join(",")
            };
            format!(
                "{} {}: {} [{}] [{}]",
                cause.provider,
                cause.tool,
                cause.message,
                names(&cause.failed),
                names(&cause.blocked)
            )
        };
        causes(summary).map(|cause| line(&cause)).collect()
    }

    fn breaks(name: &str, message: &str, rule: &str, check: &str) -> Row {
        let mut row = row("a:b", name).fails(message);
        row.0.failure = Some(Box::new(Failure {
            rule: Some(BrokenRule {
                capability: "booking.create_booking@0.1.0".to_owned(),
                id: rule.to_owned(),
                words: "It holds.".to_owned(),
            }),
            check: Some(check.to_owned()),
            ..Failure::default()
        }));
        row
    }

    fn blocked(name: &str, message: &str) -> Row {
        let mut row = row("a:b", name).fails(message);
        row.0.outcome = Outcome::Blocked;
        row
    }

    #[test]
    fn the_same_difference_is_one_cause_for_tests_that_fail_and_tests_that_it_blocks() {
        let mut cased = row("a:b", "cased").fails("`services[7]`: `price` is null (case early)");
        cased.0.failure = Some(Box::new(Failure {
            case: Some("early".to_owned()),
            ..Failure::default()
        }));
        let summary = Sample::of([
            blocked("blocks", &format!("{WRONG_SET_UP}`services[2]`: `price` is null")),
            row("a:b", "first").fails("`services[0]`: `price` is null"),
            cased,
            row("a:b", "other").fails("`services[0]`: `name` is null"),
            row("c:d", "first").fails("`services[0]`: `price` is null"),
            row("a:b", "fine"),
        ]);
        insta::assert_snapshot!(shown(&summary.fold().unwrap()).join("\n"), @"
        a:b create_booking: `services[7]`: `price` is null [cased,first] [blocks]
        a:b create_booking: `services[0]`: `name` is null [other] []
        c:d create_booking: `services[0]`: `price` is null [first] []
        ");
    }

    #[test]
    fn one_check_of_one_rule_is_one_cause_whatever_is_said_around_it() {
        let summary = Sample::of([
            breaks("one", "the end is an hour early", "ends", "output.end_at == end"),
            breaks("two", "another end was answered", "ends", "output.end_at == end"),
            breaks("three", "the end is odd", "confirms", "output.end_at == end"),
        ]);
        let lines = shown(&summary.fold().unwrap());
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].contains("[one,two]"), "{lines:?}");
    }

    #[test]
    fn ids_and_times_make_no_causes_of_their_own_and_words_do() {
        assert_eq!(
            masked("bk_6b33fa9f starts 2026-12-05T21:00:00Z"),
            masked("bk_11aa starts 2027-01-02T03:04:05Z")
        );
        assert_ne!(
            masked("refused with `slot_taken`"),
            masked("refused with `invalid_input`")
        );
    }

    #[test]
    fn a_known_failure_has_no_cause() {
        let failed = || row("a:b", "one").fails("it is wrong");
        let sample = Sample::of([failed()]);
        assert_eq!(causes(&sample.fold().unwrap()).count(), 1);
        let known = sample.with_baseline([known(KnownAs::Failing, "a:b", "one")]);
        assert!(causes(&known.fold().unwrap()).next().is_none());
    }
}
