//! The outcome of a test, and counts of outcomes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The outcome of a test. A wrong answer is data, never an error of the harness (provider contract, "How an answer is judged").
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every check of the test holds, and the test reached the provider.
    Pass,
    /// The provider answered, and a check does not hold.
    Fail,
    /// The provider could not be asked.
    Error,
    /// A set-up call answered wrongly, or no free slot exists at all.
    Blocked,
    /// The provider lacks what this test needs, or the test is slow and was not asked for.
    Skip,
}

impl Outcome {
    /// All outcomes, in the order in which they are counted.
    pub const ALL: [Self; 5] = [Self::Pass, Self::Fail, Self::Error, Self::Blocked, Self::Skip];

    /// Returns true if the test was executed: it passed or failed.
    pub fn executed(self) -> bool {
        matches!(self, Self::Pass | Self::Fail)
    }

    /// The word for it, as records and reports write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Blocked => "blocked",
            Self::Skip => "skip",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The number of tests by outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Totals {
    /// Tests that passed.
    pub pass: usize,
    /// Tests that failed, at either level.
    pub fail: usize,
    /// Tests whose provider could not be asked.
    pub error: usize,
    /// Tests whose set-up could not be made.
    pub blocked: usize,
    /// Tests that do not apply.
    pub skip: usize,
}

impl Totals {
    /// Counts one more test with this outcome.
    pub fn add(&mut self, outcome: Outcome) {
        *self.slot(outcome) += 1;
    }

    /// The number of tests with this outcome.
    pub fn of(mut self, outcome: Outcome) -> usize {
        *self.slot(outcome)
    }

    /// The number of all tests.
    pub fn sum(self) -> usize {
        self.pass + self.fail + self.error + self.blocked + self.skip
    }

    /// The number of executed tests: passed or failed.
    pub fn executed(self) -> usize {
        self.pass + self.fail
    }

    fn slot(&mut self, outcome: Outcome) -> &mut usize {
        match outcome {
            Outcome::Pass => &mut self.pass,
            Outcome::Fail => &mut self.fail,
            Outcome::Error => &mut self.error,
            Outcome::Blocked => &mut self.blocked,
            Outcome::Skip => &mut self.skip,
        }
    }
}
