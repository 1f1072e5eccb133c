//! The matrix, as data.

use super::Finding;
use crate::model::{CapabilityRef, Level, ProviderId, TestId, TestName};

/// A way of being wrong, and the provider that is wrong in this way and in no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFault {
    /// Its name.
    pub name: String,
    /// What the provider does.
    pub does: String,
    /// The tool whose contract holds the rule that it breaks.
    pub tool: String,
    /// The id of that rule, in every version that has it.
    pub rule: String,
    /// The provider that has it.
    pub provider: ProviderId,
}

/// A test, as far as the matrix is concerned.
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
    /// How binding it is.
    pub level: Level,
    /// Whether it is no test of its own but the set-up of another, which got a wrong answer.
    pub set_up: bool,
    /// What the engineer of the provider is told first.
    pub message: String,
}

/// What becomes of a fault.
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
    /// What becomes of it.
    pub fate: Fate,
    /// The failed tests that verify the rule that it breaks, by capability, version and name.
    pub by: Vec<Kill>,
    /// The failed tests that verify something else and come upon it. Which ones may differ from run to run.
    pub also: Vec<Kill>,
    /// How many tests ended in `error`, which kills nothing.
    pub errors: usize,
}

impl FaultRow {
    /// The kill that tells of the fault best: one by a test of its rule, else the first that there is.
    pub fn foremost(&self) -> Option<&Kill> {
        self.by.first().or(self.also.first())
    }
}

/// Where a rule stands.
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
    /// Where it stands.
    pub state: RuleState,
    /// The tests that verify it, by name.
    pub verified_by: Vec<TestName>,
    /// Whether every test of the contract verifies it, as every answer is held against the output schema.
    pub by_every_test: bool,
    /// The faults that break it.
    pub faults: Vec<String>,
    /// Those of them that a test which verifies it kills.
    pub killed: Vec<String>,
}

impl RuleRow {
    /// The rule in full: `booking.create_booking@0.1.0/future-start`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.capability, self.id)
    }
}

/// What a run against known faults and correct providers adds up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KillMatrix {
    /// Whether every known fault took part. Without all of them nothing is said about rules.
    pub whole: bool,
    /// The faults, in the order in which they were given.
    pub faults: Vec<FaultRow>,
    /// The rules of every contract, as the contracts order them. None unless the matrix is whole.
    pub rules: Vec<RuleRow>,
    /// The providers that are correct.
    pub correct: Vec<ProviderId>,
    /// What is red.
    pub findings: Vec<Finding>,
}

impl KillMatrix {
    /// Whether nothing is red.
    pub fn is_green(&self) -> bool {
        self.findings.is_empty()
    }

    /// How many faults are killed.
    pub fn killed(&self) -> usize {
        self.count(|fate| *fate == Fate::Killed)
    }

    /// How many faults are excused.
    pub fn excused(&self) -> usize {
        self.count(|fate| matches!(fate, Fate::Excused(_)))
    }

    /// How many faults survive without an excuse.
    pub fn survivors(&self) -> usize {
        self.count(|fate| *fate == Fate::Survived)
    }

    fn count(&self, is: impl Fn(&Fate) -> bool) -> usize {
        self.faults.iter().filter(|row| is(&row.fate)).count()
    }
}
