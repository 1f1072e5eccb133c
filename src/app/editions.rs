//! The editions of a contract as its suite reads them: the tests that a claim is held to, by the names that they have today.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Bundle;
use crate::model::{CapabilityRef, Edition, Level, TestName};

/// The essential test of a suite that marks none.
const HAPPY_PATH: &str = "happy_path";

/// The editions of a contract, oldest first, at least one. A contract without editions is held to every must-level test of its suite.
pub(super) fn editions(bundle: &Bundle, capability: &CapabilityRef) -> Vec<Arc<Edition>> {
    let published = bundle.registry.editions(capability);
    if published.is_empty() {
        return vec![Arc::new(of_suite(bundle, capability))];
    }
    let today = |names: &BTreeSet<TestName>| {
        let names = names.iter();
        names
            .map(|name| bundle.suites.current_name(capability, name).clone())
            .collect()
    };
    published
        .iter()
        .map(|published| {
            Arc::new(Edition {
                record: published.edition.record.clone(),
                essential: today(&published.edition.essential),
                required: today(&published.edition.required),
            })
        })
        .collect()
}

/// The edition that a run of today is held to.
pub(super) fn newest_edition(bundle: &Bundle, capability: &CapabilityRef) -> Arc<Edition> {
    let newest = editions(bundle, capability).pop();
    newest.unwrap_or_else(|| Arc::new(of_suite(bundle, capability)))
}

/// Every must-level test of a suite. The essential ones are those that are marked, or `happy_path` where none is.
pub(super) fn of_suite(bundle: &Bundle, capability: &CapabilityRef) -> Edition {
    let tests = bundle.suites.tests(capability);
    let required: BTreeSet<TestName> = tests
        .iter()
        .filter(|test| test.level == Level::Must)
        .map(|test| test.id.name.clone())
        .collect();
    let marked = tests.iter().filter(|test| test.essential);
    let mut essential: BTreeSet<TestName> = marked.map(|test| test.id.name.clone()).collect();
    if essential.is_empty() {
        essential.extend(
            required
                .iter()
                .filter(|name| name.as_str() == HAPPY_PATH)
                .cloned(),
        );
    }
    Edition {
        record: None,
        essential,
        required,
    }
}
