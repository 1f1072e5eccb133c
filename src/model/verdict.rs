//! The verdict on a run, and its exit code (provider contract, "Exit codes").

use serde::{Deserialize, Serialize};

/// The verdict on a run: the first that applies, in this order.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The harness could not evaluate something, which is a bug of it or of the suite, and never a finding.
    Bug,
    /// The run was interrupted, or its record is incomplete.
    Incomplete,
    /// A must-level test failed; in a strict run a should-level one too.
    Failed,
    /// The baseline holds an entry that has expired or that is not true any more.
    Stale,
    /// A must-level test ended in `error`.
    Unreachable,
    /// A claim is unproven: an essential test of it neither passed nor failed.
    Unproven,
    /// Every failure that decides is one that the baseline knows. The exit code is 0, and yet the run is not conformant.
    Known,
    /// Nothing failed in a part of a plan. The exit code is 0, and yet the part alone proves nothing.
    Part,
    /// Every claimed capability was proven.
    Conformant,
}

impl Verdict {
    /// The process's exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Bug => 70,
            Self::Incomplete => 6,
            Self::Failed | Self::Stale => 1,
            Self::Unreachable => 5,
            Self::Unproven => 4,
            Self::Known | Self::Part | Self::Conformant => 0,
        }
    }

    /// The word for it, as records and reports write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bug => "bug",
            Self::Incomplete => "incomplete",
            Self::Failed => "failed",
            Self::Stale => "stale",
            Self::Unreachable => "unreachable",
            Self::Unproven => "unproven",
            Self::Known => "known",
            Self::Part => "part",
            Self::Conformant => "conformant",
        }
    }

    /// The verdict as a message, to end a line with.
    pub fn description(self) -> &'static str {
        match self {
            Self::Bug => {
                "not proven: the harness could not evaluate a test, which is a bug of it or of its suite"
            }
            Self::Incomplete => "incomplete: the run was interrupted or could not be recorded",
            Self::Failed => "not conformant: a must-level test failed",
            Self::Stale => "not conformant: the baseline is out of date",
            Self::Unreachable => "not proven: a provider could not be asked",
            Self::Unproven => "not proven: an essential test of a claim neither passed nor failed",
            Self::Known => "not conformant, but every failure is a known one",
            Self::Part => "part of a run: nothing in it failed, and the whole is judged when it is merged",
            Self::Conformant => "conformant",
        }
    }
}
