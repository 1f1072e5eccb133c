//! What a whole run says, and the exit code that stands for it (provider contract, "Exit codes").

use serde::{Deserialize, Serialize};

/// The verdict on a run: the first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The run was interrupted, or its record is incomplete.
    Incomplete,
    /// A must-level test failed; in a strict run a should-level one too.
    Failed,
    /// A must-level test ended in `error`.
    Unreachable,
    /// A claimed capability has no executed must-level test.
    Unproven,
    /// Every claimed capability was proven.
    Conformant,
}

impl Verdict {
    /// The process's exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Incomplete => 6,
            Self::Failed => 1,
            Self::Unreachable => 5,
            Self::Unproven => 4,
            Self::Conformant => 0,
        }
    }

    /// The word for it, as records and reports write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::Failed => "failed",
            Self::Unreachable => "unreachable",
            Self::Unproven => "unproven",
            Self::Conformant => "conformant",
        }
    }

    /// What it means, in words that end a line.
    pub fn words(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete: the run was interrupted or could not be recorded",
            Self::Failed => "not conformant: a must-level test failed",
            Self::Unreachable => "not proven: a provider could not be asked",
            Self::Unproven => "not proven: a claimed capability has no executed must-level test",
            Self::Conformant => "conformant",
        }
    }
}
