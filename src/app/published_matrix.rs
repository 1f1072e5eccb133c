//! The published kill matrix as data: which fault of the reference provider each test of the bundled suites kills.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::model::TestId;

/// The matrix in JSON, as `proofhouse prove` wrote it. A test checks that it is up to date.
pub const PUBLISHED_MATRIX: &str = include_str!("../../docs/kill-matrix.json");

/// The matrix, as `proofhouse prove` wrote it. A test checks that it is up to date.
#[derive(Debug, Default, Deserialize)]
pub struct PublishedMatrix {
    /// The faults, in the order of the catalogue.
    pub faults: Vec<Fault>,
    /// The rules, by capability.
    pub rules: Vec<ProvenRule>,
}

/// One way in which the reference provider can be wrong.
#[derive(Debug, Deserialize)]
pub struct Fault {
    /// Its name.
    pub name: String,
    /// What a provider with it does.
    pub does: String,
    /// The rule that it breaks: the tool, and the rule of its contract.
    pub breaks: String,
    /// Why no test kills it. None if one does.
    pub reason: Option<String>,
    /// The tests that fail because of it.
    by: Vec<Kill>,
}

/// A test that fails because of a fault.
#[derive(Debug, Deserialize)]
struct Kill {
    test: String,
}

/// A rule, and the faults that break it.
#[derive(Debug, Deserialize)]
pub struct ProvenRule {
    /// The contract, `domain.tool@version`.
    pub capability: String,
    /// The id of the rule.
    pub rule: String,
    /// Whether a fault that breaks it is killed by one of its tests.
    pub state: String,
    /// Why no test verifies it.
    pub reason: Option<String>,
    /// The faults that break it.
    pub faults: Vec<String>,
    /// Those that its tests kill.
    pub killed: Vec<String>,
}

impl Fault {
    /// The tool whose rule it breaks.
    pub fn tool(&self) -> &str {
        self.breaks.split('/').next().unwrap_or_default()
    }

    /// The tests that kill it, as `tool/test`, whatever the version of the contract.
    pub fn killers(&self) -> BTreeSet<String> {
        self.by.iter().map(|kill| short(&kill.test)).collect()
    }

    fn is_killed_by(&self, test: &str) -> bool {
        self.by.iter().any(|kill| kill.test == test)
    }
}

/// `domain.tool@version/test` as `tool/test`.
fn short(test: &str) -> String {
    match test.split_once('/') {
        Some((contract, name)) => {
            let tool = contract.split('@').next().unwrap_or_default();
            format!("{}/{name}", tool.rsplit('.').next().unwrap_or_default())
        }
        None => test.to_owned(),
    }
}

/// The published kill matrix. Empty if what is embedded cannot be read, which a test rules out.
pub fn published_matrix() -> &'static PublishedMatrix {
    static MATRIX: LazyLock<PublishedMatrix> =
        LazyLock::new(|| serde_json::from_str(PUBLISHED_MATRIX).unwrap_or_default());
    &MATRIX
}

/// The faults that a test of the bundled suites kills.
pub fn faults_killed_by(test: &TestId) -> Vec<&'static Fault> {
    let id = test.to_string();
    let faults = published_matrix().faults.iter();
    faults.filter(|fault| fault.is_killed_by(&id)).collect()
}

/// The faults by the tool whose rules they break.
pub fn faults_by_tool() -> BTreeMap<&'static str, Vec<&'static Fault>> {
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for fault in &published_matrix().faults {
        found.entry(fault.tool()).or_default().push(fault);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_matrix_is_read_and_knows_what_a_test_kills() {
        assert!(published_matrix().faults.len() > 100 && published_matrix().rules.len() > 100);
        let test = "booking.create_booking@0.1.0/rejects_past_time".parse().unwrap();
        let killed: Vec<_> = faults_killed_by(&test)
            .iter()
            .map(|fault| fault.name.as_str())
            .collect();
        assert!(killed.contains(&"accepts_past"), "{killed:?}");
        let fault = &faults_by_tool()["create_booking"][0];
        assert!(
            fault.killers().contains("create_booking/rejects_past_time"),
            "{fault:?}"
        );
    }
}
