//! The claims of a run, as data: the standing of each, and the state of every rule of its contract.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::model::{CapabilityId, ProviderId, TestName, Untested, Version};

/// A claim of a run: a provider, a capability and a version, with what the run says of it (provider contract, "What a claim is worth").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimSummary {
    /// The provider.
    pub provider: ProviderId,
    /// The capability.
    pub capability: CapabilityId,
    /// The version.
    pub version: Version,
    /// The edition that the claim was held to. None for a contract, or a record, without editions.
    pub edition: Option<String>,
    /// The standing.
    pub standing: ClaimStanding,
    /// The level of a conformant claim. None for any other, and where the record does not name the rules.
    pub level: Option<ProofLevel>,
    /// The rules of the contract, in its order. Empty where the record does not name them.
    pub rules: Vec<RuleSummary>,
    /// The essential tests that neither passed nor failed.
    pub unproven_essential: Vec<TestName>,
}

/// A rule of a contract, and what a run says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RuleSummary {
    /// Its id in the contract.
    pub id: String,
    /// Its state.
    pub state: RuleState,
    /// The reason why it was not tested. None in every other state, and where no test of the edition verifies the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Untested>,
}

/// The standing of a claim in one run.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ClaimStanding {
    /// Every essential test passed, and no must-level test failed.
    Conformant,
    /// A must-level test failed.
    NotConformant,
    /// An essential test neither passed nor failed, or no must-level test passed.
    Unproven,
    /// Another test could not be asked, or the run left tests out or did not come to its end.
    Unknown,
}

/// The level of a conformant claim: the more was proven, the higher.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ProofLevel {
    /// The essential tests passed, and nothing is broken.
    Basic,
    /// Every rule is proven that needs neither waiting nor a test clock nor a second tenant.
    Standard,
    /// No rule is left untested.
    Full,
}

/// The state of a rule in one run.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RuleState {
    /// A must-level test of it took its telling step and held, and none failed.
    Proven,
    /// A must-level test of it failed.
    Broken,
    /// No must-level test of it came to its telling step.
    NotTested,
    /// The contract makes it optional, and the provider does without.
    NotApplicable,
}

impl ClaimSummary {
    /// The number of proven rules.
    pub fn proven_rules(&self) -> usize {
        self.count(RuleState::Proven)
    }

    /// The number of rules that apply to the provider: all but those that the contract makes optional.
    pub fn total_rules(&self) -> usize {
        self.rules.len() - self.count(RuleState::NotApplicable)
    }

    /// The claim in one line: `conformant, 27 of 32 rules, basic, edition 2026-11`. What the record does not name is left out.
    pub fn in_words(&self) -> String {
        let rules = (!self.rules.is_empty())
            .then(|| format!("{} of {} rules", self.proven_rules(), self.total_rules()));
        let level = self.level.map(|level| level.to_string());
        let edition = self.edition.as_ref().map(|edition| format!("edition {edition}"));
        std::iter::once(self.standing.description().to_owned())
            .chain([rules, level, edition].into_iter().flatten())
            .collect::<Vec<_>>()
            .join(", ")
    }

    fn count(&self, state: RuleState) -> usize {
        self.rules.iter().filter(|rule| rule.state == state).count()
    }
}

impl ClaimStanding {
    /// The word for it, as records and reports write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conformant => "conformant",
            Self::NotConformant => "not_conformant",
            Self::Unproven => "unproven",
            Self::Unknown => "unknown",
        }
    }

    /// The standing as people read it.
    pub fn description(self) -> &'static str {
        match self {
            Self::NotConformant => "not conformant",
            Self::Conformant | Self::Unproven | Self::Unknown => self.as_str(),
        }
    }
}

impl ProofLevel {
    /// All levels, the lowest first.
    pub const ALL: [Self; 3] = [Self::Basic, Self::Standard, Self::Full];

    /// The word for it, as records and reports write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Standard => "standard",
            Self::Full => "full",
        }
    }
}

impl fmt::Display for ProofLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// An error of a text that names no level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no level: expected `basic`, `standard` or `full`")]
pub struct ProofLevelError(String);

impl FromStr for ProofLevel {
    type Err = ProofLevelError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|level| level.as_str() == text);
        found.ok_or_else(|| ProofLevelError(text.to_owned()))
    }
}

impl RuleState {
    /// The word for it, as records and reports write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Broken => "broken",
            Self::NotTested => "not_tested",
            Self::NotApplicable => "not_applicable",
        }
    }
}
