//! The matrix, as data.

use std::fmt;

use super::Finding;
use crate::model::{CapabilityRef, Level, Outcome, ProviderId, TestId, TestName};

/// A way of being wrong, and the provider that is wrong in this way and in no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFault {
    /// Its name.
    pub name: String,
    /// The wrong behaviour of the provider.
    pub does: String,
    /// The tool whose contract holds the rule that it breaks.
    pub tool: String,
    /// The id of that rule, in every version that has it.
    pub rule: String,
    /// The provider that has it.
    pub provider: ProviderId,
}

/// A test, with the fields that a matrix needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownTest {
    /// The test in full.
    pub id: TestId,
    /// The rules that it says it verifies.
    pub verifies: Vec<String>,
}

/// A failed test of a provider that has a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kill {
    /// The test.
    pub test: TestId,
    /// Its level.
    pub level: Level,
    /// True if it is not a test but the set-up of another one, which got a wrong answer.
    pub set_up: bool,
    /// The first line of the failure, which the provider's engineer reads first.
    pub message: String,
}

/// The fate of a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Some test fails.
    Killed,
    /// No test fails, for this reason.
    Excused(String),
    /// No test fails.
    Survived,
}

/// A fault with the tests that fail it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultRow {
    /// The fault.
    pub fault: KnownFault,
    /// Its fate.
    pub fate: Fate,
    /// The failed tests that verify the rule that it breaks, by capability, version and name.
    pub by: Vec<Kill>,
    /// The failed tests that verify something else and come upon it. Which ones may differ from run to run.
    pub also: Vec<Kill>,
    /// The number of tests that ended in `error`, which kills nothing.
    pub errors: usize,
    /// The tests of the rule that it breaks which tell nothing of it: none of them failed or passed.
    pub silent: Vec<Silent>,
}

/// A test that did not come to its telling step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silent {
    /// The test.
    pub test: TestId,
    /// How it ended.
    pub outcome: Outcome,
    /// The first line of the reason.
    pub message: String,
}

impl fmt::Display for Silent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, outcome, message) = (&self.test.name, self.outcome, &self.message);
        write!(f, "`{name}` ended in {outcome}: {message}")
    }
}

impl FaultRow {
    /// The kill that explains the fault best: one by a test of its rule, else the first of any.
    pub fn foremost(&self) -> Option<&Kill> {
        self.by.first().or(self.also.first())
    }
}

/// The state of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleState {
    /// A test that verifies it kills a fault.
    Proven,
    /// The contract says why no test verifies it.
    Excluded(String),
    /// It is excused in writing.
    Excused(String),
    /// Tests verify it, and none of them kills a fault.
    Toothless,
    /// No test verifies it.
    Unverified,
}

/// A rule of a contract, with its tests and its faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleRow {
    /// The contract.
    pub capability: CapabilityRef,
    /// The rule's id within it.
    pub id: String,
    /// Its state.
    pub state: RuleState,
    /// The tests that verify it, by name.
    pub verified_by: Vec<TestName>,
    /// True if every test of the contract verifies it, because every answer is checked by the output schema.
    pub by_every_test: bool,
    /// The faults that break it.
    pub faults: Vec<String>,
    /// Those of them that are killed by a test which verifies the rule.
    pub killed: Vec<String>,
}

impl RuleRow {
    /// The rule in full: `booking.create_booking@0.1.0/future-start`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.capability, self.id)
    }
}

/// The matrix of a run against known faults and correct providers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KillMatrix {
    /// True if every known fault took part. Otherwise `rules` is empty.
    pub whole: bool,
    /// The faults, in the order in which they were given.
    pub faults: Vec<FaultRow>,
    /// The rules of every contract, as the contracts order them. None unless the matrix is whole.
    pub rules: Vec<RuleRow>,
    /// The providers that are correct.
    pub correct: Vec<ProviderId>,
    /// The findings. The matrix is green without any.
    pub findings: Vec<Finding>,
}

impl KillMatrix {
    /// True if there are no findings.
    pub fn is_green(&self) -> bool {
        self.findings.is_empty()
    }

    /// The number of killed faults.
    pub fn killed(&self) -> usize {
        self.count(|fate| *fate == Fate::Killed)
    }

    /// The number of excused faults.
    pub fn excused(&self) -> usize {
        self.count(|fate| matches!(fate, Fate::Excused(_)))
    }

    /// The number of faults that survive without an excuse.
    pub fn survivors(&self) -> usize {
        self.count(|fate| *fate == Fate::Survived)
    }

    fn count(&self, is: impl Fn(&Fate) -> bool) -> usize {
        self.faults.iter().filter(|row| is(&row.fate)).count()
    }
}
