//! Assesses one claim by one whole run.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{PassedOver, ResultRow};
use crate::model::{Edition, Outcome, TestId, TestName, plural};
use crate::summary::{ClaimStanding, claim_standing, unproven_essential};

/// The standing of a claim: does the provider keep the capability at its version? Ordered from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Every essential test passed, and no must-level test failed or could not be asked.
    Conformant,
    /// An essential test neither passed nor failed, or no must-level test passed.
    Unproven,
    /// No run that counts decides it, or a must-level test that is not essential could not be asked.
    Unknown,
    /// A must-level test failed.
    NotConformant,
}

impl Standing {
    /// The word for it, as records and reports write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conformant => "conformant",
            Self::Unproven => "unproven",
            Self::Unknown => "unknown",
            Self::NotConformant => "not conformant",
        }
    }
}

impl From<ClaimStanding> for Standing {
    fn from(standing: ClaimStanding) -> Self {
        match standing {
            ClaimStanding::Conformant => Self::Conformant,
            ClaimStanding::NotConformant => Self::NotConformant,
            ClaimStanding::Unproven => Self::Unproven,
            ClaimStanding::Unknown => Self::Unknown,
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
    /// Essential tests neither passed nor failed.
    Unproven {
        /// Their names.
        essential: Vec<TestName>,
    },
    /// No must-level test passed.
    NothingPassed,
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
                    left => write!(f, ", {left} not tested"),
                }
            }
            Self::Failed { test, message } => write!(f, "{test} failed{}", first(message)),
            Self::NotAsked { test, message } => write!(f, "{test} could not be asked{}", first(message)),
            Self::Unproven { essential } => {
                let names: Vec<_> = essential.iter().map(TestName::as_str).collect();
                let (tests, verb) = match names.len() {
                    1 => ("the essential test", "was"),
                    _ => ("the essential tests", "were"),
                };
                write!(f, "{tests} {} {verb} not tested", names.join(", "))
            }
            Self::NothingPassed => f.write_str("no must-level test passed"),
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
/// that blocked a must-level test counts as a failure, whatever tool gave it. Tests that are pending in the edition decide nothing.
pub(super) fn assess(
    rows: &[&ResultRow],
    set_up: &[&ResultRow],
    edition: &Edition,
) -> (Standing, Vec<Reason>) {
    let binding: Vec<_> = rows
        .iter()
        .copied()
        .filter(|row| row.is_binding(edition))
        .collect();
    let must = |outcome: Outcome| binding.iter().copied().filter(move |row| row.outcome == outcome);
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
    let results: Vec<_> = binding.iter().map(|row| (&row.test, row.outcome)).collect();
    let unproven = unproven_essential(&edition.essential, &results);
    let standing = claim_standing(&results, &unproven);
    let not_asked = must(Outcome::Error).map(|row| Reason::NotAsked {
        test: id(row),
        message: row.message.clone(),
    });
    let reasons = match standing {
        ClaimStanding::Conformant => vec![Reason::Proven {
            passed: must(Outcome::Pass).count() as u64,
            left_out: (blocked + must(Outcome::Skip).count()) as u64,
        }],
        ClaimStanding::Unproven => {
            let unproven = if unproven.is_empty() {
                Reason::NothingPassed
            } else {
                Reason::Unproven { essential: unproven }
            };
            not_asked.chain([unproven]).collect()
        }
        ClaimStanding::Unknown | ClaimStanding::NotConformant => not_asked.collect(),
    };
    (standing.into(), reasons)
}

fn id(row: &ResultRow) -> TestId {
    TestId {
        capability: row.claim.capability.clone(),
        name: row.test.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{edition, row, rows};
    use super::*;
    use crate::model::Level;

    fn said(rows: &[ResultRow], set_up: &[ResultRow]) -> String {
        held(rows, set_up, &Edition::default())
    }

    fn held(rows: &[ResultRow], set_up: &[ResultRow], edition: &Edition) -> String {
        let (standing, reasons) = assess(
            &rows.iter().collect::<Vec<_>>(),
            &set_up.iter().collect::<Vec<_>>(),
            edition,
        );
        let reasons: Vec<_> = reasons.iter().map(ToString::to_string).collect();
        format!("{standing}: {}", reasons.join("; "))
    }

    #[test]
    fn a_failure_goes_before_a_gap_and_a_gap_before_an_error() {
        use Outcome::{Blocked, Error, Fail, Pass, Skip};
        let said: Vec<_> = [
            &[Pass, Skip][..],
            &[Pass],
            &[Pass, Error, Fail],
            &[Pass, Error],
            &[Skip, Error],
            &[Skip, Blocked],
            &[],
        ]
        .into_iter()
        .map(|outcomes| said(&rows(outcomes), &[]))
        .collect();
        insta::assert_snapshot!(said.join("\n"), @"
        conformant: 1 must-level test passed, 1 not tested
        conformant: 1 must-level test passed
        not conformant: booking.create_booking@0.1.0/test_c failed: no
        unknown: booking.create_booking@0.1.0/test_b could not be asked: no
        unproven: booking.create_booking@0.1.0/test_b could not be asked: no; no must-level test passed
        unproven: no must-level test passed
        unproven: no must-level test passed
        ");
    }

    #[test]
    fn an_essential_test_that_was_not_tested_leaves_the_claim_unproven_and_a_pending_test_decides_nothing() {
        use Outcome::{Blocked, Fail, Pass, Skip};
        let edition = edition("2026-11", &["test_b", "test_c"], &["test_a", "test_b", "test_c"]);
        let said: Vec<_> = [
            &[Pass, Blocked, Skip][..],
            &[Pass, Pass, Skip],
            &[Skip, Pass, Pass, Fail],
            &[Fail, Skip, Pass],
        ]
        .into_iter()
        .map(|outcomes| held(&rows(outcomes), &[], &edition))
        .collect();
        insta::assert_snapshot!(said.join("\n"), @"
        unproven: the essential tests test_b, test_c were not tested
        unproven: the essential test test_c was not tested
        conformant: 2 must-level tests passed, 1 not tested
        not conformant: booking.create_booking@0.1.0/test_a failed: no
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
