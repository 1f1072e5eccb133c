//! The part of a contract that the header of a run keeps: its digests, its rules, and the tests that decide on a claim.

use std::sync::Arc;

use super::Bundle;
use super::editions::newest_edition;
use crate::capability::{Capability, OUTPUT_SCHEMA_RULE, RuleKind};
use crate::event::{ContractRecord, RuleRecord, RuleTest};
use crate::model::{Level, TestName};
use crate::plan::PlannedContract;
use crate::suite::Test;
use crate::summary::RunSummary;

/// The record of a contract, by all tests of it, whatever was selected. The rules are the invariants, the promises and the two schemas, as
/// far as a must-level test verifies them (provider contract, "What a claim is worth").
pub(super) fn contract_record(bundle: &Bundle, planned: &PlannedContract) -> ContractRecord {
    let mut record = ContractRecord::new(
        planned.capability.clone(),
        planned.digest.clone(),
        planned.suite_digest.clone(),
    );
    let tests = bundle.suites.tests(&planned.capability);
    let edition = newest_edition(bundle, &planned.capability);
    record.edition.clone_from(&edition.record);
    record.essential = edition.essential.iter().cloned().collect();
    let must = tests.iter().filter(|test| test.level == Level::Must);
    record.pending = must
        .map(|test| &test.id.name)
        .filter(|name| edition.is_pending(name))
        .cloned()
        .collect();
    for other in bundle.registry.versions(&planned.capability.id) {
        let asked = bundle.suites.tests(&other.reference);
        let asks = |name: &TestName| {
            asked
                .iter()
                .any(|test| test.level == Level::Must && test.id.name == *name)
        };
        let must = tests.iter().filter(|test| test.level == Level::Must);
        let names = must.map(|test| &test.id.name).filter(|name| !asks(name));
        let names: Vec<_> = names.cloned().collect();
        if other.reference != planned.capability && !names.is_empty() {
            record.not_asked_at.insert(other.reference.version.clone(), names);
        }
    }
    if let Some(capability) = bundle.registry.at(&planned.capability) {
        record.rules = contract_rules(capability, tests)
            .map(|(id, tests)| RuleRecord {
                id: id.to_owned(),
                tests: tests.into_iter().map(of_rule).collect(),
            })
            .filter(|rule| !rule.tests.is_empty())
            .collect();
    }
    record
}

/// The rules of a contract that a claim is judged by, each with the must-level tests that verify it. Every answer of every test is held
/// against the output schema.
pub(super) fn contract_rules<'c>(
    capability: &'c Capability,
    tests: &'c [Arc<Test>],
) -> impl Iterator<Item = (&'c str, Vec<&'c Test>)> {
    let rules = capability
        .rules()
        .filter(|rule| rule.kind != RuleKind::Ruling && rule.excluded.is_none());
    rules.map(move |rule| {
        let verifies = |test: &&Test| {
            rule.id == OUTPUT_SCHEMA_RULE || test.verifies.iter().any(|verified| verified == rule.id)
        };
        let must = tests
            .iter()
            .map(AsRef::as_ref)
            .filter(|test: &&Test| test.level == Level::Must);
        (rule.id, must.filter(verifies).collect())
    })
}

fn of_rule(test: &Test) -> RuleTest {
    RuleTest {
        name: test.id.name.clone(),
        waits: test.slow.is_some(),
        peer: test.needs_peer(),
    }
}

/// Names the rules and the tests that decide in a run that others made as this registry knows them: they wrote those in its header.
pub(super) fn restate_contracts(bundle: &Bundle, summary: &mut RunSummary) {
    for contract in &mut summary.header.contracts {
        let planned = PlannedContract {
            capability: contract.capability.clone(),
            digest: contract.digest.clone(),
            suite_digest: contract.suite_digest.clone(),
        };
        *contract = contract_record(bundle, &planned);
    }
}
