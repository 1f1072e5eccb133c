//! The result of one test: the row of every table, report and record.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    CapabilityId, CapabilityRef, Exchange, Layer, Level, Outcome, ProviderId, TestId, TestName, Untested,
    Version,
};

/// The result of one test against one provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestResult {
    /// The provider.
    pub provider: ProviderId,
    /// The capability that the test proves.
    pub capability: CapabilityId,
    /// The version of the capability.
    pub version: Version,
    /// The test's name.
    pub test: TestName,
    /// The level of the test.
    pub level: Level,
    /// Its outcome.
    pub outcome: Outcome,
    /// Milliseconds spent waiting for the provider in the test's own steps.
    pub ms: u64,
    /// Calls made in the test's own steps, retries included.
    pub calls: u32,
    /// The time at which the test started.
    pub when: DateTime<Utc>,
    /// The failure, or the reason why nothing was judged. Its first line stands on its own. None for a plain pass.
    pub message: Option<String>,
    /// True if a retry passed after a failure.
    #[serde(default, skip_serializing_if = "is_false")]
    pub flaky: bool,
    /// False for a row that was not planned: a wrong answer of a set-up call.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub planned: bool,
    /// The rows of a table of cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<CaseResult>,
    /// The layer that answered, if the provider is called through a dialect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<Layer>,
    /// Limits of the result that do not change its outcome, for example a claimed effect that could not be observed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The facts of a failure, an error or a blocked set-up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Box<Failure>>,
    /// The reason why the test did not come to its telling step. None for a test that was executed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untested: Option<Untested>,
    /// True for a skip of what the contract itself makes optional, and the provider does without.
    #[serde(default, skip_serializing_if = "is_false")]
    pub not_applicable: bool,
    /// True if the harness could not evaluate the test: its own error, and nobody's finding.
    #[serde(default, skip_serializing_if = "is_false")]
    pub bug: bool,
    /// The revision of MCP that was spoken with the provider; None over plain HTTP, and where none was agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub era: Option<String>,
}

/// The beginning of the message of a test that is blocked because a call of its set-up was answered wrongly. What was wrong follows.
pub const WRONG_SET_UP: &str = "a set-up call was answered wrongly: ";

impl TestResult {
    /// What is wrong, in one line: the message without the case that met it, and without what it means for a test that is blocked by
    /// it. None where nothing is.
    pub fn what_is_wrong(&self) -> Option<&str> {
        if !matches!(self.outcome, Outcome::Fail | Outcome::Blocked) {
            return None;
        }
        let line = self.message.as_deref()?.lines().next()?;
        let line = line.strip_prefix(WRONG_SET_UP).unwrap_or(line);
        let case = self
            .failure
            .as_deref()
            .and_then(|failure| failure.case.as_deref());
        let case = case.and_then(|case| line.strip_suffix(&format!(" (case {case})")));
        Some(case.unwrap_or(line))
    }

    /// A planned result without calls, message, cases, notes or failure. The setters below add what there is.
    pub fn new(
        provider: ProviderId,
        test: TestId,
        level: Level,
        outcome: Outcome,
        when: DateTime<Utc>,
    ) -> Self {
        let TestId { capability, name } = test;
        Self {
            provider,
            capability: capability.id,
            version: capability.version,
            test: name,
            level,
            outcome,
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
            untested: None,
            not_applicable: false,
            bug: false,
            era: None,
        }
    }

    /// Sets the milliseconds spent waiting for the provider and the number of calls, retries included.
    #[must_use]
    pub fn with_calls(mut self, ms: u64, calls: u32) -> Self {
        (self.ms, self.calls) = (ms, calls);
        self
    }

    /// Sets the message. Its first line must stand on its own.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// Sets the rows of the table of cases.
    #[must_use]
    pub fn with_cases(mut self, cases: Vec<CaseResult>) -> Self {
        self.cases = cases;
        self
    }

    /// Sets the notes: what limits the result without changing it.
    #[must_use]
    pub fn with_notes(mut self, notes: Vec<String>) -> Self {
        self.notes = notes;
        self
    }

    /// Sets what is known of the failure.
    #[must_use]
    pub fn with_failure(mut self, failure: Failure) -> Self {
        self.failure = Some(Box::new(failure));
        self
    }

    /// Sets the reason why the test did not come to its telling step.
    #[must_use]
    pub fn with_untested(mut self, reason: Untested) -> Self {
        self.untested = Some(reason);
        self
    }

    /// Marks a skip of what the contract itself makes optional. It needs no reason why it was not tested.
    #[must_use]
    pub fn not_applicable(mut self) -> Self {
        (self.not_applicable, self.untested) = (true, None);
        self
    }

    /// Marks a result that a retry turned from a failure into a pass.
    #[must_use]
    pub fn flaky(mut self) -> Self {
        self.flaky = true;
        self
    }

    /// Marks a result that no plan asked for: a wrong answer of a set-up call.
    #[must_use]
    pub fn unplanned(mut self) -> Self {
        self.planned = false;
        self
    }

    /// The test in full: capability, version and name.
    pub fn id(&self) -> TestId {
        TestId {
            capability: CapabilityRef {
                id: self.capability.clone(),
                version: self.version.clone(),
            },
            name: self.test.clone(),
        }
    }
}

/// The milliseconds of one call, where so many calls took so many milliseconds together, rounded.
pub fn ms_of_call(ms: u64, calls: u32) -> u64 {
    let calls = u64::from(calls.max(1));
    ms.saturating_add(calls / 2) / calls
}

/// One row of a test's table of cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CaseResult {
    /// The row's name within the test.
    pub case: String,
    /// Its outcome.
    pub outcome: Outcome,
    /// Milliseconds spent waiting for the provider.
    pub ms: u64,
    /// Calls made, retries included.
    pub calls: u32,
    /// The failure, or the reason why nothing was judged.
    pub message: Option<String>,
}

/// The facts of a failure, complete enough for someone who never saw the harness.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Failure {
    /// The rule that was broken, with the contract's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<BrokenRule>,
    /// The step that found it: its id, or the tool it called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The row of the table of cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// The expected value, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// The actual value, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// The predicate that does not hold, as it stands in the suite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
    /// The values that the predicate read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Observed>,
    /// The calls of the test up to the failure, redacted, the failing one last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<Exchange>,
    /// The number of the event that holds the calls, where they are left in the run's record. Only a summary says so, never a record.
    #[serde(skip)]
    pub recorded: Option<u64>,
}

/// A rule of a contract that an answer broke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BrokenRule {
    /// The capability whose contract holds the rule.
    pub capability: String,
    /// The id of the invariant or ruling.
    pub id: String,
    /// The contract's words.
    pub words: String,
}

/// A value that a predicate read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Observed {
    /// The path that was read: `output.id`.
    pub path: String,
    /// The value as JSON, clipped if long.
    pub value: String,
}

fn is_false(value: &bool) -> bool {
    !*value
}

fn is_true(value: &bool) -> bool {
    *value
}

fn yes() -> bool {
    true
}
