//! The reason for which a test ends before its last step.

use crate::check::Finding;
use crate::model::{Outcome, Untested};

/// The reason for which a test ends early.
#[derive(Debug, Clone)]
pub(super) enum StepError {
    /// The provider answered, and something is wrong.
    Fail {
        /// The finding.
        finding: Box<Finding>,
        /// The step or the tool that found it.
        step: String,
    },
    /// The provider could not be called.
    Error(String),
    /// The harness could not evaluate something whatever the provider says: its own error.
    Bug(String),
    /// A set-up call answered wrongly, or the provider's data lacks what the test needs.
    Blocked(String),
    /// The test cannot come to its telling step, for this reason, in words as well.
    Skip(Untested, String),
    /// The tool answered that it is not there before any tool of the provider had answered anything.
    Undecided {
        /// The tool.
        tool: String,
        /// The error of the transport, which came instead of an answer.
        error: String,
    },
    /// The run was asked to stop.
    Interrupted,
}

impl StepError {
    /// The outcome of a test that ends so; None where that is not decided yet, or never will be.
    pub(super) fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Fail { .. } => Some(Outcome::Fail),
            Self::Error(_) | Self::Bug(_) => Some(Outcome::Error),
            Self::Blocked(_) => Some(Outcome::Blocked),
            Self::Skip(..) => Some(Outcome::Skip),
            Self::Undecided { .. } | Self::Interrupted => None,
        }
    }

    /// The reason for which a test that ends so did not come to its telling step; None where it did, or where that is not decided yet.
    pub(super) fn untested(&self) -> Option<Untested> {
        match self {
            Self::Blocked(_) => Some(Untested::Blocked),
            Self::Skip(untested, _) => Some(*untested),
            Self::Fail { .. }
            | Self::Error(_)
            | Self::Bug(_)
            | Self::Undecided { .. }
            | Self::Interrupted => None,
        }
    }

    /// Returns true if this one, rather than another, stands for the test in which both occurred.
    pub(super) fn is_worse_than(&self, other: &Self) -> bool {
        self.rank() < other.rank()
    }

    /// The lower the worse.
    fn rank(&self) -> u8 {
        match self {
            Self::Interrupted => 0,
            Self::Bug(_) | Self::Fail { .. } => 1,
            Self::Error(_) => 2,
            Self::Undecided { .. } => 3,
            Self::Blocked(_) => 4,
            Self::Skip(..) => 5,
        }
    }

    /// The reason in words.
    pub(super) fn message(&self) -> String {
        match self {
            Self::Fail { finding, .. } => finding.message.clone(),
            Self::Bug(why) => format!("{why}; this is a bug of the harness or of its suite, and no finding"),
            Self::Error(why) | Self::Blocked(why) | Self::Skip(_, why) => why.clone(),
            Self::Undecided { tool, error } => format!("{tool}: {error}"),
            Self::Interrupted => "the run was interrupted".to_owned(),
        }
    }

    /// The same error; a failure names the step that found it, where the step has an id.
    #[must_use]
    pub(super) fn at_step(self, id: Option<&str>) -> Self {
        match (self, id) {
            (Self::Fail { finding, .. }, Some(id)) => Self::Fail {
                finding,
                step: id.to_owned(),
            },
            (error, _) => error,
        }
    }

    /// The same error; a failure without an answer says what was sent.
    #[must_use]
    pub(super) fn after_sending(self, what: Option<&str>) -> Self {
        match (self, what) {
            (Self::Fail { mut finding, step }, Some(what)) => {
                finding.message = format!("{}, after it was sent {what}", finding.message);
                Self::Fail { finding, step }
            }
            (error, _) => error,
        }
    }
}
