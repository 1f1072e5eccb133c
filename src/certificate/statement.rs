//! The statement that is signed: in-toto statement v1 with the test-result predicate v0.1, and our own fields under one key.
//!
//! Fields that are not known are passed over, as in-toto asks; those that are known must have their types.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::capability::strict_json;
use crate::model::EditionRecord;
use crate::summary::{ProofLevel, RuleState, RuleSummary};

/// The type of a statement (in-toto attestation framework, `spec/v1/statement.md`).
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// The type of the predicate (`spec/predicates/test-result.md`).
pub const PREDICATE_TYPE: &str = "https://in-toto.io/attestation/test-result/v0.1";

/// The version of our own fields that is written, and the newest that is read.
pub const EXTENSION_VERSION: u32 = 2;

/// The longest time from the writing of a certificate until it expires.
pub fn longest_validity() -> TimeDelta {
    TimeDelta::days(366)
}

/// A time in whole days, as people read it.
pub(super) fn in_days(time: TimeDelta) -> String {
    format!("{} days", time.num_days())
}

/// An error of bytes that are no statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// No UTF-8.
    #[error("it is no text")]
    NoText,
    /// No JSON, a key twice, or a field of another type.
    #[error("{0}")]
    Malformed(String),
}

/// The result over all tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum AttestedResult {
    /// Every test that decides passed, and no ruling failed.
    Passed,
    /// Every test that decides passed, and a ruling failed.
    Warned,
    /// A test that decides failed.
    Failed,
}

/// The party that ran the tests, as the signer states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Assurance {
    /// The provider, or whoever holds its key.
    SelfAttested,
    /// A registry, against the provider's endpoint.
    RegistryRun,
}

/// A statement about one provider and one version of a capability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// [`STATEMENT_TYPE`].
    #[serde(rename = "_type")]
    pub kind: String,
    /// The subject: the provider, by the digest of its descriptor.
    pub subject: Vec<Resource>,
    /// [`PREDICATE_TYPE`].
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// The finding.
    pub predicate: Predicate,
}

/// The finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Predicate {
    /// The result over all tests.
    pub result: AttestedResult,
    /// The inputs of the run: contract, suite, requirements, provider, dialect, harness, evidence.
    pub configuration: Vec<Resource>,
    /// The tests that passed, in full.
    pub passed_tests: Vec<String>,
    /// The rulings that failed, in full.
    #[serde(default)]
    pub warned_tests: Vec<String>,
    /// The tests that failed, in full.
    #[serde(default)]
    pub failed_tests: Vec<String>,
    /// Our own fields, for which the predicate has no place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proofhouse: Option<Extension>,
}

/// A resource, identified by its digest (`spec/v1/resource_descriptor.md`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Its name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// A URI that says what it is, such as `pkg:cargo/…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Its digests, by algorithm.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digest: BTreeMap<String, String>,
    /// The media type of its content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Its content, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// Our own fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Certified")]
pub struct Extension {
    /// [`EXTENSION_VERSION`].
    pub version: u32,
    /// The provider.
    pub provider: String,
    /// The capability at its version.
    pub capability: String,
    /// The run.
    pub run: String,
    /// The start of the run, by the signer's clock.
    pub started_on: DateTime<Utc>,
    /// The end of the run, by the signer's clock.
    pub finished_on: DateTime<Utc>,
    /// The time at which the certificate was written, by the signer's clock.
    pub issued_on: DateTime<Utc>,
    /// The time at which it expires.
    pub not_after: DateTime<Utc>,
    /// The party that ran the tests.
    pub assurance: Assurance,
    /// The edition of the contract that the run was held to. None for a contract without editions, and before version 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edition: Option<EditionRecord>,
    /// The level of the claim. None where the record does not name the rules, and before version 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<ProofLevel>,
    /// The rules of the contract: which were proven, and why the others were not tested. Empty before version 2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleSummary>,
    /// The tests that were not executed, with their reasons.
    pub skipped_tests: Vec<SkippedTest>,
    /// The number of tests that the edition requires.
    pub required: usize,
    /// Calls of the tests.
    pub calls: u64,
    /// The seed of the run.
    pub seed: u64,
}

/// A test that was not executed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SkippedTest {
    /// The test in full.
    pub name: String,
    /// The reason.
    pub reason: String,
}

impl Statement {
    /// Reads the bytes that were signed.
    ///
    /// # Errors
    ///
    /// They are no JSON, have a key twice, or lack what a statement has.
    pub fn read(bytes: &[u8]) -> Result<Self, StatementError> {
        let text = std::str::from_utf8(bytes).map_err(|_| StatementError::NoText)?;
        let malformed = |error: serde_json::Error| StatementError::Malformed(error.to_string());
        serde_json::from_value(strict_json(text).map_err(malformed)?).map_err(malformed)
    }

    /// The bytes to be signed.
    ///
    /// # Errors
    ///
    /// Never: everything in it is text or a whole number.
    pub fn to_bytes(&self) -> Result<Vec<u8>, StatementError> {
        serde_json::to_vec(self).map_err(|error| StatementError::Malformed(error.to_string()))
    }

    /// A part of the configuration.
    pub fn configured(&self, name: &str) -> Option<&Resource> {
        self.predicate.configuration.iter().find(|part| part.name == name)
    }
}

impl Extension {
    /// The number of proven rules.
    pub fn proven_rules(&self) -> usize {
        self.count(RuleState::Proven)
    }

    /// The number of rules that apply: all but those that the contract makes optional.
    pub fn total_rules(&self) -> usize {
        self.rules
            .len()
            .saturating_sub(self.count(RuleState::NotApplicable))
    }

    /// How much was proven: `27 of 32 rules, standard, edition 2026-11`. What the certificate does not name is left out; None before
    /// version 2.
    pub fn proof_in_words(&self) -> Option<String> {
        let rules = (!self.rules.is_empty())
            .then(|| format!("{} of {} rules", self.proven_rules(), self.total_rules()));
        let level = self.level.map(|level| level.to_string());
        let edition = self
            .edition
            .as_ref()
            .map(|edition| format!("edition {}", edition.name));
        let parts: Vec<_> = [rules, level, edition].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    fn count(&self, state: RuleState) -> usize {
        self.rules.iter().filter(|rule| rule.state == state).count()
    }
}

impl Resource {
    /// A resource of this name and SHA-256, in hex.
    pub fn of(name: impl Into<String>, sha256: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            digest: BTreeMap::from([("sha256".to_owned(), sha256.into())]),
            ..Self::default()
        }
    }

    /// Sets the URI.
    #[must_use]
    pub fn uri(mut self, uri: impl Into<String>) -> Self {
        self.uri = Some(uri.into());
        self
    }

    /// Its SHA-256, in hex.
    pub fn sha256(&self) -> Option<&str> {
        self.digest.get("sha256").map(String::as_str)
    }
}
