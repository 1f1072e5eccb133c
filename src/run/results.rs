//! Makes the results of tests: rows that nothing was called for, those of wrong set-up answers, and what a failure shows.

use chrono::{DateTime, SubsecRound, Utc};

use super::entry_state::EntryState;
use super::step_error::StepError;
use crate::capability::Capability;
use crate::check::Finding;
use crate::model::{BrokenRule, Exchange, Failure, Level, Outcome, ProviderId, TestId, TestName, TestResult};
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
            StepError::Error(_) | StepError::Blocked(_) if !exchanges.is_empty() => Some(Box::new(Failure {
                case,
                exchanges,
                ..Failure::default()
            })),
            _ => None,
        };
        None
    }
}

/// The result of a planned test that started at `when`: a pass without a call, until more is written into it.
pub(super) fn planned_result(
    provider: &ProviderId,
    test: &TestId,
    level: Level,
    when: DateTime<Utc>,
) -> TestResult {
    TestResult {
        provider: provider.clone(),
        capability: test.capability.id.clone(),
        version: test.capability.version.clone(),
        test: test.name.clone(),
        level,
        outcome: Outcome::Pass,
        ms: 0,
        calls: 0,
        when,
        message: None,
        flaky: false,
        planned: true,
        cases: Vec::new(),
        layer: None,
        notes: Vec::new(),
        failure: None,
    }
}

/// The result of a test that is left out.
pub(super) fn skipped_result(entry: &EntryState, planned: &PlannedTest, reason: String) -> TestResult {
    let (test, when) = (&planned.test, entry.context().now().trunc_subsecs(0));
    TestResult {
        outcome: Outcome::Skip,
        message: Some(reason),
        ..planned_result(entry.id(), &test.id, test.level, when)
    }
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
    let last = exchanges.last();
    TestResult {
        outcome: Outcome::Fail,
        ms: last.map_or(0, |exchange| exchange.ms),
        calls: last.map_or(0, |exchange| exchange.attempts),
        message: Some(finding.message.clone()),
        planned: false,
        failure: Some(Box::new(failure(tool, finding, finding.rule.clone(), exchanges))),
        ..planned_result(entry.id(), &test, Level::Must, when)
    }
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
