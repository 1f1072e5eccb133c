//! A baseline and its entries: tests that are known to fail, and tests that are known to be flaky.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{ProviderId, TestId};

/// The baseline that a run is judged by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// The name of the file, without its folder.
    pub file: String,
    /// SHA-256 of the file, in hex.
    pub digest: String,
    /// The entries, in the order of the file. A run keeps only those of its own providers.
    pub entries: Vec<BaselineEntry>,
}

/// A test of one provider that is known to fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaselineEntry {
    /// The list in which it stands.
    pub list: KnownAs,
    /// The provider.
    pub provider: ProviderId,
    /// The test.
    pub test: TestId,
    /// The reason why the failure is accepted for now.
    pub reason: String,
    /// The ticket under which it is followed up.
    pub ticket: String,
    /// The last day, in UTC, on which the entry holds.
    pub expires: NaiveDate,
    /// The line of the file in which the entry begins, counted from 1.
    pub line: usize,
}

impl BaselineEntry {
    /// Returns true if the entry had not expired when a run started at `started`.
    pub fn holds_at(&self, started: DateTime<Utc>) -> bool {
        started.date_naive() <= self.expires
    }
}

/// The list of a baseline in which a test stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KnownAs {
    /// It fails, every time.
    Failing,
    /// It passes or fails.
    Flaky,
}

impl KnownAs {
    /// The key of the list.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Flaky => "flaky",
        }
    }
}

impl fmt::Display for KnownAs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
