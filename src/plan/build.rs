//! Builds the plan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::select::Filter;
use super::types::{Disposition, Plan, PlannedContract, PlannedProvider, PlannedTest};
use crate::capability::Registry;
use crate::dialect::Dialect;
use crate::model::{CapabilityRef, ProviderId, hex};
use crate::suite::{Suites, Test};

/// An entry of the manifest with what it claims: its own words, or its listing.
#[derive(Debug, Clone)]
pub struct Claimant {
    /// The place of the entry in the manifest.
    pub entry: usize,
    /// The provider.
    pub id: ProviderId,
    /// What it claims.
    pub claims: Vec<CapabilityRef>,
    /// The mapping through which it is asked.
    pub dialect: Option<Arc<Dialect>>,
}

/// Builds the plan for some providers. `slow` asks for slow tests too.
pub fn build(
    registry: &Registry,
    suites: &Suites,
    claimants: &[Claimant],
    filter: &Filter,
    slow: bool,
) -> Plan {
    let mut selected: BTreeMap<&CapabilityRef, Vec<&Arc<Test>>> = BTreeMap::new();
    for claim in claimants.iter().flat_map(|claimant| &claimant.claims) {
        if !filter.takes_capability(claim) || selected.contains_key(claim) {
            continue;
        }
        let tests = suites.tests(claim).iter().filter(|test| filter.takes_test(test));
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
                tests: mine
                    .iter()
                    .flat_map(|(_, tests)| tests.iter())
                    .map(|test| planned(test, claimant, claimants, slow))
                    .collect(),
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

/// A test of one provider, and why it is left out if it is.
fn planned(test: &Arc<Test>, claimant: &Claimant, all: &[Claimant], slow: bool) -> PlannedTest {
    let peer = test.peer.as_ref().and_then(|_| peer_of(claimant, all, test));
    let gap = claimant.dialect.as_ref().and_then(|dialect| {
        let tool = test.id.capability.id.tool();
        let why = test.ids().find_map(|id| dialect.gap_of(tool, id.name.as_str()))?;
        Some(format!("not through the dialect `{}`: {why}", dialect.name))
    });
    let disposition = match &test.slow {
        _ if gap.is_some() => Disposition::Skip(gap.unwrap_or_default()),
        _ if test.peer.is_some() && peer.is_none() => Disposition::Skip(format!(
            "the manifest names no other provider of the platform `{}`",
            claimant.id.platform()
        )),
        Some(why) if !slow => {
            Disposition::OnTestClock(format!("slow ({why}): --slow runs it, and so does a test clock"))
        }
        _ => Disposition::Run,
    };
    PlannedTest {
        test: Arc::clone(test),
        peer,
        disposition,
    }
}

/// The next entry, around the manifest's end, that is another tenant of the same platform and claims something of each domain of
/// which the test calls a tool there; else of the test's own, for what an entry does not claim its listing may still name.
fn peer_of(claimant: &Claimant, all: &[Claimant], test: &Test) -> Option<usize> {
    let at = all.iter().position(|other| other.entry == claimant.entry)?;
    let next = || all[at + 1..].iter().chain(&all[..at]);
    let serving = |tools: &[&CapabilityRef]| {
        next().find(|other| {
            other.id.platform() == claimant.id.platform()
                && other.id != claimant.id
                && tools.iter().all(|tool| claims_of(other, tool))
        })
    };
    let own = &test.id.capability;
    let called = test.tools_at_peer();
    let called: Vec<_> = called
        .iter()
        .map(|tool| &tool.reference)
        // An entry serves a domain at one version, also where a tool of it was last changed before.
        .map(|tool| {
            if tool.id.domain() == own.id.domain() {
                own
            } else {
                tool
            }
        })
        .collect();
    let of_the_calls = if called.is_empty() { None } else { serving(&called) };
    of_the_calls.or_else(|| serving(&[own])).map(|other| other.entry)
}

/// Whether an entry claims anything of the domain of a tool at its version.
fn claims_of(claimant: &Claimant, tool: &CapabilityRef) -> bool {
    claimant
        .claims
        .iter()
        .any(|claim| claim.version == tool.version && claim.id.domain() == tool.id.domain())
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
        .map(|claimant| (claimant.entry, claimant))
        .collect();
    for provider in providers {
        if let Some(claimant) = ids.get(&provider.entry) {
            line(&format!("provider {}", claimant.id));
            if let Some(dialect) = &claimant.dialect {
                line(&format!("dialect {} {}", dialect.name, dialect.digest));
            }
        }
        for planned in &provider.tests {
            let runs = match &planned.disposition {
                Disposition::Run => "run",
                Disposition::OnTestClock(_) => "on a test clock",
                Disposition::Skip(_) => "skip",
            };
            line(&format!("test {} {runs}", planned.test.id));
        }
    }
    hex(&hasher.finalize())
}
