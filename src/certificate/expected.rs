//! The tests that a certificate of a contract must hold, whoever signs it.

use std::collections::BTreeSet;

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
}

impl Expected {
    /// SHA-256 of the must-level tests, in hex: each id with a line feed, in the order of their bytes.
    pub fn requirements_digest(&self) -> String {
        let lines: String = self.must.iter().map(|id| format!("{id}\n")).collect();
        hex(&Sha256::digest(lines))
    }
}
