//! Errors of merging.

use crate::app::kind::Kind;
use crate::diagnostic::Hint;
use crate::summary::FoldError;

/// The reason why parts cannot be merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// A line of a file is not an event.
    #[error("{source_name}:{line}: {reason}")]
    Line {
        /// The file.
        source_name: String,
        /// The line, from 1.
        line: usize,
        /// The error.
        reason: String,
    },
    /// The events of a part contradict each other.
    #[error("{source_name}: {error}")]
    Contradiction {
        /// The part.
        source_name: String,
        /// The contradiction.
        error: FoldError,
    },
    /// A run was not made with `--partition`.
    #[error("{source_name} is a run of its own, not a part of one")]
    NotAPart {
        /// The run.
        source_name: String,
    },
    /// A part is incomplete.
    #[error("{source_name} is not whole: {why}")]
    Incomplete {
        /// The part.
        source_name: String,
        /// The reason.
        why: String,
    },
    /// A part has a time that cannot be.
    #[error("{source_name}: {why}")]
    OutOfTime {
        /// The part.
        source_name: String,
        /// The time, and why it cannot be.
        why: String,
    },
    /// Two parts are of different plans, or were run with different options.
    #[error("{first} and {second} are no parts of one run: {what} differs")]
    Different {
        /// One part.
        first: String,
        /// Another.
        second: String,
        /// The part that differs.
        what: &'static str,
    },
    /// A part is there twice.
    #[error("part {number} is there twice: {first} and {second}")]
    Overlap {
        /// The number of the part.
        number: usize,
        /// One run of it.
        first: String,
        /// Another.
        second: String,
    },
    /// Parts are missing.
    #[error("of {of} parts {} missing: {}", if missing.len() == 1 { "one is" } else { "some are" }, numbers(.missing))]
    Hole {
        /// The number of parts.
        of: usize,
        /// The numbers of the missing parts.
        missing: Vec<usize>,
    },
    /// The parts together do not have all tests of the plan.
    #[error("together the parts are not the whole plan: {0}")]
    NotTheWhole(FoldError),
}

fn numbers(missing: &[usize]) -> String {
    let numbers: Vec<_> = missing.iter().map(ToString::to_string).collect();
    numbers.join(", ")
}

impl MergeError {
    /// The kind of the error: the user names other parts (usage), mends a file (files), or runs a part again (record).
    pub fn kind(&self) -> Kind {
        match self {
            Self::NotAPart { .. } | Self::Different { .. } | Self::Overlap { .. } => Kind::Usage,
            Self::Line { .. }
            | Self::Contradiction { .. }
            | Self::OutOfTime { .. }
            | Self::NotTheWhole(_) => Kind::Files,
            Self::Incomplete { .. } | Self::Hole { .. } => Kind::Record,
        }
    }
}

impl Hint for MergeError {
    fn hints(&self) -> Vec<String> {
        match self {
            Self::NotAPart { .. } => vec!["`proofhouse run --partition 1/2` makes a part".to_owned()],
            Self::Hole { of, missing } => missing
                .iter()
                .map(|number| format!("`--partition {number}/{of}` makes it"))
                .take(1)
                .collect(),
            _ => Vec::new(),
        }
    }
}
