//! The digests, tests and rules that a certificate of a contract must have.

use std::collections::BTreeSet;

use super::Bundle;
use super::contract_record::contract_rules;
use super::editions::editions;
use crate::certificate::{Expected, ExpectedRule, ExpectedTest, Requirements};
use crate::model::{CapabilityRef, Edition, Level, TestId, TestName};
use crate::suite::Test;

/// The digests and tests that a certificate of a contract must have. None if the bundle does not publish it.
pub fn expected(bundle: &Bundle, capability: &CapabilityRef) -> Option<Expected> {
    let contract = bundle
        .registry
        .at(capability)
        .filter(|contract| !contract.is_draft)?;
    let tests = bundle.suites.tests(capability);
    let of = |level: Level| {
        let tests = tests.iter().filter(move |test| test.level == level);
        tests.map(|test| test.id.to_string()).collect()
    };
    Some(Expected {
        capability: capability.clone(),
        contract_digest: contract.digest.clone(),
        suite_digest: bundle.suites.digest(capability).unwrap_or_default().to_owned(),
        must: of(Level::Must),
        should: of(Level::Should),
        editions: editions(bundle, capability)
            .iter()
            .map(|edition| requirements(capability, edition))
            .collect(),
        former: tests
            .iter()
            .flat_map(|test| {
                test.ids()
                    .skip(1)
                    .map(move |id| (id.to_string(), test.id.to_string()))
            })
            .collect(),
        rules: contract_rules(contract, tests)
            .map(|(id, tests)| ExpectedRule {
                id: id.to_owned(),
                tests: tests.iter().map(|test| of_rule(test)).collect(),
            })
            .collect(),
    })
}

fn of_rule(test: &Test) -> ExpectedTest {
    ExpectedTest {
        id: test.id.to_string(),
        needs_more: test.slow.is_some() || test.needs_peer(),
        optional: test.optional.is_some(),
    }
}

fn requirements(capability: &CapabilityRef, edition: &Edition) -> Requirements {
    let in_full = |names: &BTreeSet<TestName>| {
        let names = names.iter().map(|name| TestId {
            capability: capability.clone(),
            name: name.clone(),
        });
        names.map(|id| id.to_string()).collect()
    };
    Requirements {
        edition: edition.record.clone(),
        must: in_full(&edition.required),
        essential: in_full(&edition.essential),
    }
}
