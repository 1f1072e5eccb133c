//! Tells a test that held from one whose telling step was left out, and so proved nothing.

use std::sync::Arc;

use super::step_error::StepError;
use crate::expr::Bound;
use crate::model::Untested;
use crate::suite::Step;

/// The end of a step that ended no test.
pub(super) enum StepEnd {
    /// It was done. What its id is bound to, where the kind of step has a value.
    Done(Option<Arc<Bound>>),
    /// It was left out, for this reason, in words as well.
    LeftOut(Untested, String),
    /// It had a list to go through, and nothing was in it: the reason in words.
    Empty(String),
}

/// The telling steps of a test, as far as they were done.
#[derive(Debug, Default)]
pub(super) struct Telling {
    told: bool,
    /// The reason for which the first of them that was left out was.
    left_out: Option<(Untested, String)>,
}

impl Telling {
    /// Notes the end of a step.
    pub(super) fn note(&mut self, step: &Step, end: &StepEnd) {
        match end {
            _ if !step.tells => {}
            StepEnd::Done(_) => self.told = true,
            StepEnd::LeftOut(why, reason) => self.note_reason(*why, reason),
            StepEnd::Empty(reason) => self.note_reason(Untested::NoWitness, reason),
        }
    }

    fn note_reason(&mut self, why: Untested, reason: &str) {
        self.left_out.get_or_insert_with(|| (why, reason.to_owned()));
    }

    /// Skips a test all of whose steps held, and none of which tells right from wrong.
    pub(super) fn require(self) -> Result<(), StepError> {
        if self.told {
            return Ok(());
        }
        let (why, reason) = self.left_out.unwrap_or_else(|| {
            (
                Untested::NotReached,
                "no step was done that tells right from wrong".to_owned(),
            )
        });
        Err(StepError::Skip(why, reason))
    }
}
