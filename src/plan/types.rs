//! The plan, as data.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::CapabilityRef;
use crate::suite::Test;

/// What will be asked of whom.
#[derive(Debug)]
pub struct Plan {
    /// The providers, in the manifest's order.
    pub providers: Vec<PlannedProvider>,
    /// The contracts that are proven, by capability and version.
    pub contracts: Vec<PlannedContract>,
    /// SHA-256 of everything above, in hex.
    pub digest: String,
}

/// A contract that is proven, pinned by digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedContract {
    /// The capability at its version.
    pub capability: CapabilityRef,
    /// SHA-256 of the contract's files, in hex.
    pub digest: String,
    /// SHA-256 of the suite files that prove it, in hex.
    pub suite_digest: String,
}

/// What will be asked of one provider.
#[derive(Debug)]
pub struct PlannedProvider {
    /// The place of the provider's entry in the manifest.
    pub entry: usize,
    /// The selected capabilities that it claims.
    pub claims: Vec<CapabilityRef>,
    /// The tests, by capability and name.
    pub tests: Vec<PlannedTest>,
}

/// One test of one provider.
#[derive(Debug, Clone)]
pub struct PlannedTest {
    /// The test.
    pub test: Arc<Test>,
    /// The place in the manifest of the other provider that it asks as well, where it needs one.
    pub peer: Option<usize>,
    /// Whether it runs.
    pub disposition: Disposition,
}

/// Whether a planned test runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disposition {
    /// It runs.
    Run,
    /// It runs where the provider has a test clock, and is left out elsewhere, for this reason.
    OnTestClock(String),
    /// It is left out, for this reason.
    Skip(String),
}

impl Plan {
    /// The entries that are asked as peers only: no test proves them.
    pub fn bystanders(&self) -> BTreeSet<usize> {
        let proven: BTreeSet<_> = self.providers.iter().map(|provider| provider.entry).collect();
        let tests = self.providers.iter().flat_map(|provider| &provider.tests);
        tests
            .filter(|planned| planned.disposition == Disposition::Run)
            .filter_map(|planned| planned.peer)
            .filter(|entry| !proven.contains(entry))
            .collect()
    }

    /// How many tests are planned, those that are left out included.
    pub fn tests(&self) -> usize {
        self.providers.iter().map(|provider| provider.tests.len()).sum()
    }
}

impl PlannedProvider {
    /// How many things the tests are expected to make, each of which is taken back; those that may be left out included.
    pub fn creations(&self) -> usize {
        self.tests
            .iter()
            .filter(|planned| !matches!(planned.disposition, Disposition::Skip(_)))
            .map(|planned| planned.test.creations())
            .sum()
    }
}
