//! Why a test ends before its last step.

use crate::check::Finding;
use crate::model::Outcome;

/// Why a test ends early.
#[derive(Debug, Clone)]
pub(super) enum Halt {
    /// The provider answered, and something is wrong.
    Fail {
        /// What is wrong.
        finding: Box<Finding>,
        /// The step or the tool that found it.
        step: String,
    },
    /// The provider could not be asked.
    Error(String),
    /// A set-up call answered wrongly, or the provider's data lacks what the test needs.
    Blocked(String),
    /// The provider lacks what the test needs.
    Skip(String),
    /// The tool answered that it is not there before any tool of the provider had answered anything.
    Undecided {
        /// The tool.
        tool: String,
        /// What came instead of an answer.
        trouble: String,
    },
    /// The run was asked to stop.
    Interrupted,
}

impl Halt {
    /// The outcome of a test that ends so; None where that is not decided yet, or never will be.
    pub(super) fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Fail { .. } => Some(Outcome::Fail),
            Self::Error(_) => Some(Outcome::Error),
            Self::Blocked(_) => Some(Outcome::Blocked),
            Self::Skip(_) => Some(Outcome::Skip),
            Self::Undecided { .. } | Self::Interrupted => None,
        }
    }

    /// Which of several halts stands for all of them: the lower the worse.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Interrupted => 0,
            Self::Fail { .. } => 1,
            Self::Error(_) => 2,
            Self::Undecided { .. } => 3,
            Self::Blocked(_) => 4,
            Self::Skip(_) => 5,
        }
    }

    /// The reason in words.
    pub(super) fn message(&self) -> String {
        match self {
            Self::Fail { finding, .. } => finding.message.clone(),
            Self::Error(why) | Self::Blocked(why) | Self::Skip(why) => why.clone(),
            Self::Undecided { tool, trouble } => format!("{tool}: {trouble}"),
            Self::Interrupted => "the run was interrupted".to_owned(),
        }
    }
}
