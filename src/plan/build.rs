//! Builds the plan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::peers::Peers;
use super::select::Filter;
use super::types::{Disposition, Plan, PlannedContract, PlannedProvider, PlannedTest};
use crate::capability::Registry;
use crate::model::{CapabilityRef, Untested, hex};
use crate::provider::Target;
use crate::suite::{Suites, Test};

/// Builds the plan for some providers, which stand in the manifest's order. `slow` asks for slow tests too.
pub fn build(
    registry: &Registry,
    suites: &Suites,
    targets: &[Arc<Target>],
    filter: &Filter,
    slow: bool,
) -> Plan {
    let mut selected: BTreeMap<&CapabilityRef, Vec<&Arc<Test>>> = BTreeMap::new();
    for claim in targets.iter().flat_map(|target| target.claims()) {
        if !filter.takes_capability(claim) || selected.contains_key(claim) {
            continue;
        }
        let tests = suites.tests(claim).iter().filter(|test| filter.takes_test(test));
        selected.insert(claim, tests.collect());
    }
    let peers = Peers::new(targets);
    let providers: Vec<_> = targets
        .iter()
        .map(|target| {
            let mine: BTreeSet<_> = target.claims().iter().collect();
            let mine: Vec<_> = mine
                .into_iter()
                .filter_map(|claim| {
                    let tests = selected.get(claim)?.iter();
                    let tests = tests.filter(|test| filter.takes_at(target.id(), test)).copied();
                    Some((claim, tests.collect::<Vec<_>>()))
                })
                // A claim of which no test was asked for is not in question.
                .filter(|(_, tests)| !tests.is_empty() || !filter.narrows_tests())
                .collect();
            PlannedProvider {
                target: Arc::clone(target),
                claims: mine.iter().map(|(claim, _)| (*claim).clone()).collect(),
                tests: mine
                    .iter()
                    .flat_map(|(_, tests)| tests.iter())
                    .map(|test| planned(test, target, &peers, slow))
                    .collect(),
            }
        })
        // One of which nobody knows what it offers is in the run, so that this is told.
        .filter(|provider| !provider.claims.is_empty() || provider.target.trouble().is_some())
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
    let digest = digest(&providers, &contracts);
    Plan {
        providers,
        contracts,
        digest,
    }
}

/// A test of one provider, and why it is left out if it is.
fn planned(test: &Arc<Test>, target: &Target, peers: &Peers<'_>, slow: bool) -> PlannedTest {
    let peer = test.needs_peer().then(|| peers.peer_of(target, test)).flatten();
    let gap = target.dialect().and_then(|dialect| {
        let tool = test.id.capability.id.tool();
        let why = test.ids().find_map(|id| dialect.gap_of(tool, id.name.as_str()))?;
        Some(format!("not through the dialect `{}`: {why}", dialect.name))
    });
    let disposition = match (&test.slow, gap) {
        (_, Some(gap)) => Disposition::Skip(Untested::Gap, gap),
        _ if test.needs_peer() && peer.is_none() => Disposition::Skip(
            Untested::NoPeer,
            format!(
                "the manifest names no other provider of the platform `{}`",
                target.id().platform()
            ),
        ),
        (Some(why), None) if test.takes_clock() => {
            Disposition::OnTestClock(format!("it takes a test clock ({why})"))
        }
        (Some(why), None) if !slow => {
            Disposition::OnTestClock(format!("slow ({why}): --slow runs it, and so does a test clock"))
        }
        _ => Disposition::Run,
    };
    PlannedTest {
        test: Arc::clone(test),
        peer: peer.map(Arc::clone),
        disposition,
    }
}

fn digest(providers: &[PlannedProvider], contracts: &[PlannedContract]) -> String {
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
    for provider in providers {
        line(&format!("provider {}", provider.target.id()));
        if let Some(dialect) = provider.target.dialect() {
            line(&format!("dialect {} {}", dialect.name, dialect.digest));
        }
        for planned in &provider.tests {
            let runs = match &planned.disposition {
                Disposition::Run => "run",
                Disposition::OnTestClock(_) => "on a test clock",
                Disposition::Skip(..) => "skip",
            };
            line(&format!("test {} {runs}", planned.test.id));
        }
    }
    hex(&hasher.finalize())
}
