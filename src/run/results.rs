//! Makes the results of tests: rows that nothing was called for, those of wrong set-up answers, and what a failure shows.

use chrono::SubsecRound;

use super::entry_state::EntryState;
use super::step_error::StepError;
use crate::capability::Capability;
use crate::check::Finding;
use crate::model::{BrokenRule, Exchange, Failure, Level, Outcome, TestId, TestName, TestResult, Untested};
use crate::plan::PlannedTest;
use crate::suite::Test;

/// The error that decides a test's outcome.
pub(super) struct Worst {
    error: StepError,
    case: Option<String>,
    exchanges: Vec<Exchange>,
}

impl Worst {
    /// An error of a test, in a row of its table where it was in one, with the calls up to it.
    pub(super) fn new(error: StepError, case: Option<String>, exchanges: Vec<Exchange>) -> Self {
        Self {
            error,
            case,
            exchanges,
        }
    }

    /// The error.
    pub(super) fn error(&self) -> &StepError {
        &self.error
    }

    /// Writes the error into the result of its test. Returns one that is not decided yet.
    pub(super) fn apply(self, result: &mut TestResult, test: &Test) -> Option<StepError> {
        let Self {
            error,
            case,
            exchanges,
        } = self;
        let Some(outcome) = error.outcome() else {
            result.failure = Some(Box::new(Failure {
                case,
                exchanges,
                ..Failure::default()
            }));
            return Some(error);
        };
        result.outcome = outcome;
        result.untested = error.untested();
        result.bug = matches!(error, StepError::Bug(_));
        if test.optional.is_some() && result.untested == Some(Untested::NoWitness) {
            (result.not_applicable, result.untested) = (true, None);
        }
        let message = error.message();
        result.message = Some(match &case {
            Some(case) if outcome.executed() => format!("{message} (case {case})"),
            _ => message,
        });
        result.failure = match error {
            StepError::Fail { finding, step } => {
                let rule = finding.rule.clone().or_else(|| test.verifies.first().cloned());
                let mut failure = failure(&test.capability, &finding, rule, exchanges);
                failure.step = Some(step);
                failure.case = case;
                Some(Box::new(failure))
            }
            StepError::Error(_) | StepError::Bug(_) | StepError::Blocked(_) if !exchanges.is_empty() => {
                Some(Box::new(Failure {
                    case,
                    exchanges,
                    ..Failure::default()
                }))
            }
            _ => None,
        };
        None
    }
}

/// The result of a test that is left out.
pub(super) fn skipped_result(
    entry: &EntryState,
    planned: &PlannedTest,
    reason: Untested,
    message: String,
) -> TestResult {
    let (id, test) = (entry.id().clone(), &planned.test);
    let when = entry.context().now().trunc_subsecs(0);
    TestResult::new(id, test.id.clone(), test.level, Outcome::Skip, when)
        .with_message(message)
        .with_untested(reason)
}

/// The result of a test that was not started because its provider could not be asked any more.
pub(super) fn error_result(entry: &EntryState, planned: &PlannedTest, message: String) -> TestResult {
    let (id, test) = (entry.id().clone(), &planned.test);
    let when = entry.context().now().trunc_subsecs(0);
    TestResult::new(id, test.id.clone(), test.level, Outcome::Error, when).with_message(message)
}

/// The bytes of a result that come from the provider: its messages and notes, and the calls that it shows.
pub(super) fn kept_bytes(result: &TestResult) -> u64 {
    let rows = result.cases.iter().filter_map(|case| case.message.as_ref());
    let texts = result.message.iter().chain(rows).chain(&result.notes);
    let texts = texts.map(String::len).fold(0, usize::saturating_add);
    let exchanges = result.failure.iter().flat_map(|failure| &failure.exchanges);
    let calls = exchanges.map(Exchange::weight);
    let bytes = calls.fold(texts, usize::saturating_add);
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// The row of a wrong set-up answer: a failure of the tool that gave it.
pub(super) fn set_up_result(
    entry: &EntryState,
    tool: &Capability,
    finding: &Finding,
    exchanges: Vec<Exchange>,
) -> TestResult {
    let test = TestId {
        capability: tool.reference.clone(),
        name: TestName::set_up(),
    };
    let when = entry.context().now().trunc_subsecs(0);
    let (ms, calls) = exchanges
        .last()
        .map_or((0, 0), |exchange| (exchange.ms, exchange.attempts));
    TestResult::new(entry.id().clone(), test, Level::Must, Outcome::Fail, when)
        .with_calls(ms, calls)
        .with_message(finding.message.clone())
        .with_failure(failure(tool, finding, finding.rule.clone(), exchanges))
        .unplanned()
}

/// A finding as a failure shows it, with the words of the rule that it breaks.
fn failure(tool: &Capability, finding: &Finding, rule: Option<String>, exchanges: Vec<Exchange>) -> Failure {
    Failure {
        rule: rule.and_then(|id| {
            let words = tool.rule(&id)?.words.to_owned();
            Some(BrokenRule {
                capability: tool.reference.to_string(),
                id,
                words,
            })
        }),
        expected: finding.expected.clone(),
        actual: finding.actual.clone(),
        check: finding.check.clone(),
        values: finding.values.clone(),
        exchanges,
        ..Failure::default()
    }
}
