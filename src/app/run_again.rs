//! The tests of a stored run that did not pass, to run them again.

use std::collections::BTreeSet;

use super::{AppError, History};
use crate::model::{Outcome, ProviderId, RunId, TestId, TestResult, Untested};

/// The tests of a run that did not pass, each at its provider.
#[derive(Debug, Clone)]
pub struct NotPassed {
    run: RunId,
    tests: BTreeSet<(ProviderId, TestId)>,
}

impl NotPassed {
    /// The run.
    pub fn run(&self) -> &RunId {
        &self.run
    }

    pub(super) fn tests(&self) -> &BTreeSet<(ProviderId, TestId)> {
        &self.tests
    }

    pub(super) fn nothing_selected(&self) -> AppError {
        let run = &self.run;
        AppError::NothingSelected(match self.tests.is_empty() {
            true => format!("no test of run {run} failed or has to be run again"),
            false => format!("no test that did not pass in run {run} is in the manifest and the selection"),
        })
    }
}

impl History {
    /// The tests of a run that did not pass: those that failed, could not be asked or were blocked, and those that found nothing to tell
    /// right from wrong while others held the slots.
    ///
    /// # Errors
    ///
    /// There is no such run, or the store cannot be read.
    pub fn not_passed(&self, text: &str) -> Result<NotPassed, AppError> {
        let summary = self.summary(text)?;
        let planned = summary.results.iter().filter(|result| result.planned);
        let tests = planned.filter(|result| may_end_otherwise(result));
        Ok(NotPassed {
            run: summary.header.run.clone(),
            tests: tests
                .map(|result| (result.provider.clone(), result.id()))
                .collect(),
        })
    }
}

/// Returns true if a result is no pass, and another run may end otherwise.
fn may_end_otherwise(result: &TestResult) -> bool {
    match result.outcome {
        Outcome::Fail | Outcome::Error | Outcome::Blocked => true,
        Outcome::Skip => matches!(
            result.untested,
            Some(Untested::NoWitness | Untested::PacedApart | Untested::NotReached)
        ),
        Outcome::Pass => false,
    }
}
