//! The tests that a certificate of a contract must hold, whoever signs it.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::model::{CapabilityRef, EditionRecord, hex};

/// The contract of a certificate as a registry knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The capability at its version.
    pub capability: CapabilityRef,
    /// SHA-256 of the contract's files, in hex.
    pub contract_digest: String,
    /// SHA-256 of the suite files that prove it, in hex.
    pub suite_digest: String,
    /// The must-level tests of today, in full.
    pub must: BTreeSet<String>,
    /// The should-level tests of today, in full.
    pub should: BTreeSet<String>,
    /// Every edition of the contract that was published, oldest first. One without a name for a contract without editions.
    pub editions: Vec<Requirements>,
    /// The ids that tests had before, in full, each with the id of today.
    pub former: BTreeMap<String, String>,
    /// The rules of the contract.
    pub rules: Vec<ExpectedRule>,
}

/// A rule of a contract with the must-level tests that verify it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedRule {
    /// Its id in the contract.
    pub id: String,
    /// The tests. None where no test verifies it.
    pub tests: Vec<ExpectedTest>,
}

/// A must-level test that verifies a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedTest {
    /// Its id of today, in full.
    pub id: String,
    /// True if it waits, takes a test clock or needs a second tenant.
    pub needs_more: bool,
    /// True if the contract makes optional what it tests.
    pub optional: bool,
}

/// The tests that an edition of a contract requires, by their ids of today.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Requirements {
    /// The name and digest of the edition. None for a contract without editions.
    pub edition: Option<EditionRecord>,
    /// The required tests, in full.
    pub must: BTreeSet<String>,
    /// Those of them that have to pass, in full.
    pub essential: BTreeSet<String>,
}

impl Expected {
    /// The requirements that a run was held to: those of the edition that its record names, or the newest for a record without one. None
    /// for an edition that is not known.
    pub(super) fn held_to(&self, edition: Option<&EditionRecord>) -> Option<&Requirements> {
        match edition {
            Some(named) => self
                .editions
                .iter()
                .find(|one| one.edition.as_ref() == Some(named)),
            None => self.editions.last(),
        }
    }

    /// The same set of tests with the former ids of those that a certificate names by them.
    pub(super) fn digest_by(&self, requirements: &Requirements, named: &BTreeSet<&String>) -> String {
        let mut must = requirements.must.clone();
        for (former, today) in self.former.iter().filter(|(former, _)| named.contains(former)) {
            if must.remove(today) {
                must.insert(former.clone());
            }
        }
        digest(&must)
    }

    /// The id of today of a test that a certificate names.
    pub(super) fn today<'a>(&'a self, id: &'a String) -> &'a String {
        self.former.get(id).unwrap_or(id)
    }
}

impl Requirements {
    /// SHA-256 of the required tests, in hex: each id with a line feed, in the order of their bytes.
    pub fn digest(&self) -> String {
        digest(&self.must)
    }

    /// The edition as people read it.
    pub(super) fn name(&self) -> String {
        let edition = self.edition.as_ref();
        edition.map_or_else(
            || "no edition".to_owned(),
            |edition| format!("edition {}", edition.name),
        )
    }

    /// Returns true if a test is newer than the edition, so that it does not decide.
    pub(super) fn is_pending(&self, test: &str) -> bool {
        self.edition.is_some() && !self.must.contains(test)
    }
}

fn digest(must: &BTreeSet<String>) -> String {
    let lines: String = must.iter().map(|id| format!("{id}\n")).collect();
    hex(&Sha256::digest(lines))
}
