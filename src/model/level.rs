//! The level of a test: must or should.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The level that stands on each test; it is never inferred.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The contract's words and their plain sense.
    Must,
    /// A ruling on what the contract leaves open: a warning, unless the run is strict.
    Should,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Must => "must",
            Self::Should => "should",
        })
    }
}
