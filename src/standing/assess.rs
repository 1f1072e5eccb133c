//! Assesses one claim by one whole run.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{PassedOver, ResultRow};
use crate::model::{Level, Outcome, TestId, TestName, plural};

/// The standing of a claim: does the provider keep the capability at its version? Ordered from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// A must-level test was executed, and none failed or could not be asked.
    Conformant,
    /// No run that counts decides it.
    Unknown,
    /// A must-level test failed.
    NotConformant,
}

impl Standing {
    /// The word for it, as records and reports write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conformant => "conformant",
            Self::Unknown => "unknown",
            Self::NotConformant => "not conformant",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A reason for a standing; it prints in one line. A message may hold text of the provider, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The number of tests that prove it.
    Proven {
        /// Executed must-level tests, all of which passed.
        passed: u64,
        /// Must-level tests that were not executed: a skip or a blocked set-up.
        left_out: u64,
    },
    /// A must-level test failed, or an answer to a set-up call was wrong.
    Failed {
        /// The test in full.
        test: TestId,
        /// The message.
        message: Option<String>,
    },
    /// A must-level test whose provider could not be asked.
    NotAsked {
        /// The test in full.
        test: TestId,
        /// The reason.
        message: Option<String>,
    },
    /// No must-level test was executed.
    NothingExecuted,
    /// No run that counts has proven the claim.
    NoRun {
        /// The latest of those that do not count, with its reason.
        latest: Option<PassedOver>,
    },
    /// Runs count, but none planned every must-level test that is required now.
    Outgrown {
        /// Those that the latest run that counts did not plan.
        missing: Vec<TestName>,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = |message: &Option<String>| {
            let line = message
                .iter()
                .flat_map(|text| text.lines())
                .find(|line| !line.trim().is_empty());
            line.map_or_else(String::new, |line| format!(": {}", line.trim()))
        };
        match self {
            Self::Proven { passed, left_out } => {
                write!(f, "{} passed", plural(*passed, "must-level test"))?;
                match left_out {
                    0 => Ok(()),
                    left => write!(f, ", {left} could not be executed"),
                }
            }
            Self::Failed { test, message } => write!(f, "{test} failed{}", first(message)),
            Self::NotAsked { test, message } => write!(f, "{test} could not be asked{}", first(message)),
            Self::NothingExecuted => f.write_str("no must-level test was executed"),
            Self::NoRun { latest: None } => f.write_str("no run is kept"),
            Self::NoRun { latest: Some(latest) } => {
                write!(
                    f,
                    "no run counts, the latest does not because {} (run {})",
                    latest.why, latest.run
                )
            }
            Self::Outgrown { missing } => {
                let names: Vec<_> = missing.iter().map(TestName::as_str).collect();
                write!(
                    f,
                    "no run planned every must-level test that is required now; the latest lacks {}",
                    names.join(", ")
                )
            }
        }
    }
}

/// Assesses a claim by its rows in one whole run, and by the wrong set-up answers of the same provider in that run. A set-up answer
/// that blocked a must-level test counts as a failure, whatever tool gave it.
pub(super) fn assess(rows: &[&ResultRow], set_up: &[&ResultRow]) -> (Standing, Vec<Reason>) {
    let must = |outcome: Outcome| {
        rows.iter()
            .copied()
            .filter(move |row| row.level == Level::Must && row.outcome == outcome)
    };
    let blocked = must(Outcome::Blocked).count();
    let to_blame = set_up
        .iter()
        .copied()
        .filter(|row| blocked > 0 || rows.iter().any(|own| own.claim == row.claim));
    let mut failed: Vec<_> = must(Outcome::Fail)
        .chain(to_blame)
        .map(|row| Reason::Failed {
            test: id(row),
            message: row.message.clone(),
        })
        .collect();
    failed.dedup();
    if !failed.is_empty() {
        return (Standing::NotConformant, failed);
    }
    let errors: Vec<_> = must(Outcome::Error)
        .map(|row| Reason::NotAsked {
            test: id(row),
            message: row.message.clone(),
        })
        .collect();
    if !errors.is_empty() {
        return (Standing::Unknown, errors);
    }
    match must(Outcome::Pass).count() {
        0 => (Standing::Unknown, vec![Reason::NothingExecuted]),
        passed => {
            let left_out = blocked + must(Outcome::Skip).count();
            let proven = Reason::Proven {
                passed: passed as u64,
                left_out: left_out as u64,
            };
            (Standing::Conformant, vec![proven])
        }
    }
}

fn id(row: &ResultRow) -> TestId {
    TestId {
        capability: row.claim.capability.clone(),
        name: row.test.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{row, rows};
    use super::*;

    fn said(rows: &[ResultRow], set_up: &[ResultRow]) -> String {
        let (standing, reasons) = assess(
            &rows.iter().collect::<Vec<_>>(),
            &set_up.iter().collect::<Vec<_>>(),
        );
        let reasons: Vec<_> = reasons.iter().map(ToString::to_string).collect();
        format!("{standing}: {}", reasons.join("; "))
    }

    #[test]
    fn a_failure_goes_before_an_error_and_an_error_before_a_gap() {
        use Outcome::{Blocked, Error, Fail, Pass, Skip};
        let said: Vec<_> = [
            &[Pass, Skip][..],
            &[Pass],
            &[Pass, Error, Fail],
            &[Pass, Error],
            &[Skip, Blocked],
            &[],
        ]
        .into_iter()
        .map(|outcomes| said(&rows(outcomes), &[]))
        .collect();
        insta::assert_snapshot!(said.join("\n"), @"
        conformant: 1 must-level test passed, 1 could not be executed
        conformant: 1 must-level test passed
        not conformant: booking.create_booking@0.1.0/test_c failed: no
        unknown: booking.create_booking@0.1.0/test_b could not be asked: no
        unknown: no must-level test was executed
        unknown: no must-level test was executed
        ");
    }

    #[test]
    fn a_failed_ruling_changes_no_standing() {
        let mut ruling = row("test_b", Outcome::Fail);
        ruling.level = Level::Should;
        assert_eq!(
            said(&[row("test_a", Outcome::Pass), ruling], &[]),
            "conformant: 1 must-level test passed"
        );
    }

    #[test]
    fn a_wrong_set_up_answer_counts_where_it_blocked_a_test_or_is_of_the_tool_itself() {
        use Outcome::{Blocked, Fail, Pass};
        let mut other = row("set_up", Fail);
        other.claim.capability = "booking.list_services@0.1.0".parse().unwrap();
        let own = row("set_up", Fail);
        let wrong = "booking.list_services@0.1.0/set_up failed: no";
        assert_eq!(
            said(&rows(&[Pass, Blocked]), &[other.clone()]),
            format!("not conformant: {wrong}")
        );
        assert!(said(&rows(&[Pass]), &[other]).starts_with("conformant"));
        assert!(said(&rows(&[Pass]), &[own]).starts_with("not conformant"));
    }
}
