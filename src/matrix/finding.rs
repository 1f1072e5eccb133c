//! The findings of a matrix. Each makes it red.

use std::fmt;

use crate::model::{CapabilityRef, Outcome, ProviderId, TestId};

/// Something that must be mended or excused in writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// No test fails a fault that is not excused.
    Survivor {
        /// The fault.
        fault: String,
        /// The number of tests that ended in `error` instead.
        errors: usize,
    },
    /// A fault says that it breaks a rule that no contract has.
    NoSuchRule {
        /// The fault.
        fault: String,
        /// The rule, `tool/rule`.
        rule: String,
    },
    /// A fault is excused and killed all the same.
    StaleFault {
        /// The fault.
        fault: String,
        /// The test that kills it.
        by: TestId,
    },
    /// A rule is excused and needs no excuse.
    StaleRule {
        /// The rule in full.
        rule: String,
        /// The reason why it needs none.
        because: &'static str,
    },
    /// No test verifies a rule that is neither excluded nor excused.
    Unverified {
        /// The rule in full.
        rule: String,
    },
    /// Tests verify a rule, and none of them kills a fault.
    Toothless {
        /// The rule in full.
        rule: String,
    },
    /// The tests of a contract missed a fault that can be seen.
    Missed {
        /// The fault.
        fault: String,
        /// The catalogue of the tenants.
        catalogue: String,
        /// The contract.
        capability: CapabilityRef,
        /// The runs that missed it.
        missed: u32,
        /// All runs of the contract over the catalogue.
        total: u32,
        /// What shows it; None if another run killed it.
        shown: Option<String>,
        /// What became of the tests of the rule in the first of these runs that did not come to an end, in words.
        silent: Vec<String>,
    },
    /// A test accuses a correct provider.
    Accused {
        /// The provider.
        provider: ProviderId,
        /// The test.
        test: TestId,
        /// Its outcome.
        outcome: Outcome,
        /// The message of the test.
        message: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Survivor { fault, errors: 0 } => write!(f, "no test kills the fault `{fault}`"),
            Self::Survivor { fault, errors } => write!(
                f,
                "no test kills the fault `{fault}`, and {errors} of its tests ended in error"
            ),
            Self::NoSuchRule { fault, rule } => {
                write!(
                    f,
                    "the fault `{fault}` breaks `{rule}`, and no contract has that rule"
                )
            }
            Self::StaleFault { fault, by } => {
                write!(f, "the fault `{fault}` is excused, and `{by}` kills it")
            }
            Self::StaleRule { rule, because } => write!(f, "`{rule}` is excused, and {because}"),
            Self::Unverified { rule } => write!(f, "no test verifies `{rule}`"),
            Self::Toothless { rule } => write!(f, "tests verify `{rule}`, and none of them kills a fault"),
            Self::Missed {
                fault,
                catalogue,
                capability,
                missed,
                total,
                shown,
                silent,
            } => {
                write!(
                    f,
                    "`{capability}` missed the fault `{fault}` over {catalogue} in {missed} of {total} runs, and "
                )?;
                match shown {
                    Some(shown) => write!(f, "it can be seen: {shown}")?,
                    None => f.write_str("another run killed it")?,
                }
                match silent.is_empty() {
                    true => Ok(()),
                    false => write!(f, " ({})", silent.join("; ")),
                }
            }
            Self::Accused {
                provider,
                test,
                outcome,
                message,
            } => write!(
                f,
                "`{test}` ended in {outcome} for {provider}, which is correct: {message}"
            ),
        }
    }
}
