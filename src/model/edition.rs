//! An edition of a contract: the tests that a claim is held to.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::TestName;

/// The name of an edition of a contract, pinned by digest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct EditionRecord {
    /// Its name: a year and a month, `2026-11`.
    pub name: String,
    /// SHA-256 of its file, in hex.
    pub digest: String,
}

/// The must-level tests that a claim is held to (provider contract, "What a claim is worth").
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edition {
    /// Its name and digest. None for a contract without editions, which is held to every must-level test of its suite.
    pub record: Option<EditionRecord>,
    /// The essential tests: a claim of which one neither passed nor failed is unproven.
    pub essential: BTreeSet<TestName>,
    /// The must-level tests that a run has to plan to count.
    pub required: BTreeSet<TestName>,
}

impl Edition {
    /// Its name. None for a contract without editions.
    pub fn name(&self) -> Option<&str> {
        self.record.as_ref().map(|record| record.name.as_str())
    }

    /// Returns true if a must-level test is newer than the edition: it is shown and never decides. Where there are no editions, no test is.
    pub fn is_pending(&self, test: &TestName) -> bool {
        self.record.is_some() && !self.required.contains(test)
    }
}
