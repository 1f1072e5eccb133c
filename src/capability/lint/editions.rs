//! Rules about editions: each names tests that are there, and the newest enough of them to mean something.

use std::collections::{BTreeMap, BTreeSet};

use super::LintFinding;
use super::report::Report;
use crate::capability::{PublishedEdition, Registry};
use crate::diagnostic::Problem;
use crate::model::{CapabilityRef, TestName};

/// The names that the tests of each contract have, or had before.
pub type TestNames = BTreeMap<CapabilityRef, BTreeSet<TestName>>;

/// The test of what a tool is for.
const HAPPY_PATH: &str = "happy_path";

/// Applies the rules about editions to every contract of the registry.
pub fn lint_editions(registry: &Registry, tests: &TestNames) -> Vec<LintFinding> {
    let mut findings = Vec::new();
    let none = BTreeSet::new();
    for capability in registry.iter() {
        let mut report = Report::new(capability, &mut findings);
        let known = tests.get(&capability.reference).unwrap_or(&none);
        let editions = registry.editions(&capability.reference);
        for edition in editions {
            unknown_tests(&mut report, edition, known);
        }
        if let Some(newest) = editions.last() {
            essential(&mut report, newest);
        }
    }
    findings
}

/// `edition-test-unknown`: no run can be held to an edition with a test that is not there.
fn unknown_tests(report: &mut Report<'_>, edition: &PublishedEdition, known: &BTreeSet<TestName>) {
    for test in edition.edition.required.difference(known) {
        let problem = Problem::of(
            &edition.source,
            format!("no test of the contract has, or had, the name `{test}`"),
        )
        .hint("a test that is renamed names the old name under `renamed_from`");
        report.error("edition-test-unknown", problem);
    }
}

/// `edition-essential`: a success and a refusal at least, or a provider that does one thing always is proven.
fn essential(report: &mut Report<'_>, edition: &PublishedEdition) {
    let essential = &edition.edition.essential;
    if essential.len() < 2 || !essential.iter().any(|test| test.as_str() == HAPPY_PATH) {
        let problem = Problem::of(
            &edition.source,
            format!("the essential tests are not `{HAPPY_PATH}` and a refusal at least"),
        )
        .hint("mark them with `essential: true`, and publish them in the next edition");
        report.warning("edition-essential", problem);
    }
}
