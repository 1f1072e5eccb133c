//! Builds the plan.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::select::Filter;
use super::types::{Disposition, Plan, PlannedContract, PlannedProvider, PlannedTest};
use crate::capability::Registry;
use crate::model::{CapabilityRef, ProviderId, hex};
use crate::suite::Suites;

/// An entry of the manifest with what it claims: its own words, or its listing.
#[derive(Debug, Clone)]
pub struct Claimant {
    /// The place of the entry in the manifest.
    pub entry: usize,
    /// The provider.
    pub id: ProviderId,
    /// What it claims.
    pub claims: Vec<CapabilityRef>,
}

/// Builds the plan for some providers. `slow` asks for slow tests too.
pub fn build(
    registry: &Registry,
    suites: &Suites,
    claimants: &[Claimant],
    filter: &Filter,
    slow: bool,
) -> Plan {
    let mut selected: BTreeMap<&CapabilityRef, Vec<PlannedTest>> = BTreeMap::new();
    for claim in claimants.iter().flat_map(|claimant| &claimant.claims) {
        if !filter.takes_capability(&claim.id) || selected.contains_key(claim) {
            continue;
        }
        let tests = suites.tests(claim).iter().filter(|test| filter.takes_test(test));
        let tests = tests.map(|test| PlannedTest {
            disposition: match &test.slow {
                Some(why) if !slow => Disposition::Skip(format!("slow ({why}); --slow runs it")),
                _ => Disposition::Run,
            },
            test: test.clone(),
        });
        selected.insert(claim, tests.collect());
    }
    let providers: Vec<_> = claimants
        .iter()
        .map(|claimant| {
            let mine: BTreeSet<_> = claimant.claims.iter().collect();
            let mine: Vec<_> = mine
                .into_iter()
                .filter_map(|claim| selected.get(claim).map(|tests| (claim, tests)))
                // A claim of which no test was asked for is not in question.
                .filter(|(_, tests)| !tests.is_empty() || !filter.narrows_tests())
                .collect();
            PlannedProvider {
                entry: claimant.entry,
                claims: mine.iter().map(|(claim, _)| (*claim).clone()).collect(),
                tests: mine.iter().flat_map(|(_, tests)| tests.iter().cloned()).collect(),
            }
        })
        .filter(|provider| !provider.claims.is_empty())
        .collect();
    let in_question: BTreeSet<_> = providers.iter().flat_map(|provider| &provider.claims).collect();
    let contracts: Vec<_> = in_question
        .into_iter()
        .filter_map(|claim| registry.at(claim))
        .map(|capability| PlannedContract {
            capability: capability.reference.clone(),
            digest: capability.digest.clone(),
            suite_digest: suites
                .digest(&capability.reference)
                .unwrap_or_default()
                .to_owned(),
        })
        .collect();
    let digest = digest(&providers, claimants, &contracts);
    Plan {
        providers,
        contracts,
        digest,
    }
}

fn digest(providers: &[PlannedProvider], claimants: &[Claimant], contracts: &[PlannedContract]) -> String {
    let mut hasher = Sha256::new();
    let mut line = |text: &str| {
        hasher.update(text);
        hasher.update("\n");
    };
    for contract in contracts {
        line(&format!(
            "contract {} {} {}",
            contract.capability, contract.digest, contract.suite_digest
        ));
    }
    let ids: BTreeMap<_, _> = claimants
        .iter()
        .map(|claimant| (claimant.entry, &claimant.id))
        .collect();
    for provider in providers {
        if let Some(id) = ids.get(&provider.entry) {
            line(&format!("provider {id}"));
        }
        for planned in &provider.tests {
            let runs = match &planned.disposition {
                Disposition::Run => "run",
                Disposition::Skip(_) => "skip",
            };
            line(&format!("test {} {runs}", planned.test.id));
        }
    }
    hex(&hasher.finalize())
}
