//! The tests that a certificate of a contract must hold, whoever signs it.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::model::{CapabilityRef, hex};

/// The contract of a certificate as a registry knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The capability at its version.
    pub capability: CapabilityRef,
    /// SHA-256 of the contract's files, in hex.
    pub contract_digest: String,
    /// SHA-256 of the suite files that prove it, in hex.
    pub suite_digest: String,
    /// The must-level tests, in full.
    pub must: BTreeSet<String>,
    /// The should-level tests, in full.
    pub should: BTreeSet<String>,
    /// The ids that tests had before, in full, each with the id of today.
    pub former: BTreeMap<String, String>,
}

impl Expected {
    /// SHA-256 of the must-level tests, in hex: each id with a line feed, in the order of their bytes.
    pub fn requirements_digest(&self) -> String {
        digest(&self.must)
    }

    /// The same, with the former ids of those tests that a certificate names by them.
    pub(super) fn requirements_digest_by(&self, named: &BTreeSet<&String>) -> String {
        let mut must = self.must.clone();
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

fn digest(must: &BTreeSet<String>) -> String {
    let lines: String = must.iter().map(|id| format!("{id}\n")).collect();
    hex(&Sha256::digest(lines))
}
