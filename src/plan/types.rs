//! The plan, as data.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{CapabilityRef, Untested};
use crate::provider::Target;
use crate::suite::Test;

/// The tests of a run, by provider, and the contracts that they prove.
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

/// The tests of one provider.
#[derive(Debug)]
pub struct PlannedProvider {
    /// The provider.
    pub target: Arc<Target>,
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
    /// The other tenant of the platform that it calls as well, where it needs one and there is one.
    pub peer: Option<Arc<Target>>,
    /// Says that it runs, or why not.
    pub disposition: Disposition,
}

/// A planned test runs, or is left out for a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disposition {
    /// It runs.
    Run,
    /// It runs where the provider has a test clock, and is left out elsewhere, for this reason.
    OnTestClock(String),
    /// It is left out, for this reason, in words as well.
    Skip(Untested, String),
}

impl Plan {
    /// Leaves the tests that a gap of a dialect leaves out, which now run; slow ones only where they would run without the gap.
    pub fn only_gaps(&mut self, slow: bool) {
        for provider in &mut self.providers {
            provider
                .tests
                .retain(|planned| matches!(planned.disposition, Disposition::Skip(Untested::Gap, _)));
            for planned in &mut provider.tests {
                planned.disposition = match &planned.test.slow {
                    Some(why) if !slow => Disposition::OnTestClock(format!("slow ({why}): --slow asks it")),
                    _ => Disposition::Run,
                };
            }
        }
    }

    /// The providers that are called as peers only, in the manifest's order: no test proves them.
    pub fn bystanders(&self) -> Vec<Arc<Target>> {
        let proven: BTreeSet<_> = self
            .providers
            .iter()
            .map(|provider| provider.target.entry())
            .collect();
        let peers: BTreeMap<_, _> = self
            .providers
            .iter()
            .flat_map(|provider| &provider.tests)
            .filter(|planned| planned.disposition == Disposition::Run)
            .filter_map(|planned| planned.peer.as_ref())
            .filter(|peer| !proven.contains(&peer.entry()))
            .map(|peer| (peer.entry(), peer))
            .collect();
        peers.into_values().map(Arc::clone).collect()
    }

    /// Every provider that a test may call, under test or as a peer. One may come several times.
    pub fn targets(&self) -> impl Iterator<Item = &Arc<Target>> {
        self.providers.iter().flat_map(|provider| {
            let peers = provider.tests.iter().filter_map(|planned| planned.peer.as_ref());
            std::iter::once(&provider.target).chain(peers)
        })
    }

    /// The number of planned tests, those that are left out included.
    pub fn tests(&self) -> usize {
        self.providers.iter().map(|provider| provider.tests.len()).sum()
    }
}

impl PlannedProvider {
    /// The number of things that the tests are expected to make, each of which is taken back; those that may be left out included.
    pub fn creations(&self) -> usize {
        self.tests
            .iter()
            .filter(|planned| !matches!(planned.disposition, Disposition::Skip(..)))
            .map(|planned| planned.test.creations())
            .sum()
    }
}
