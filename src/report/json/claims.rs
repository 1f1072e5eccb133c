//! The claims of a run as the report writes them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::summary::{ClaimStanding, ClaimSummary, ProofLevel, RuleSummary, RunSummary, claims};

/// A claim, and what the run says of it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Claim")]
pub(super) struct ClaimView {
    /// The provider, `platform:tenant`.
    provider: String,
    /// The capability, `domain.tool`.
    capability: String,
    /// The version of the capability.
    version: String,
    /// The edition of the contract that the claim was held to. Null for a contract without editions.
    edition: Option<String>,
    /// The standing of the claim. `unknown` also in a run that left tests out: it judges no claim.
    standing: ClaimStanding,
    /// The level of a conformant claim. Null for any other.
    level: Option<ProofLevel>,
    /// The number of proven rules.
    proven: usize,
    /// The number of rules that apply: all but those that the contract makes optional.
    total: usize,
    /// The essential tests that neither passed nor failed.
    unproven_essential: Vec<String>,
    /// The rules of the contract with their states. Empty where the record does not name them.
    rules: Vec<RuleSummary>,
}

impl ClaimView {
    /// The claims of a run, in its order.
    pub(super) fn all(summary: &RunSummary) -> Vec<Self> {
        claims(summary).into_iter().map(Self::of).collect()
    }

    fn of(claim: ClaimSummary) -> Self {
        Self {
            proven: claim.proven_rules(),
            total: claim.total_rules(),
            provider: claim.provider.to_string(),
            capability: claim.capability.to_string(),
            version: claim.version.to_string(),
            edition: claim.edition,
            standing: claim.standing,
            level: claim.level,
            unproven_essential: claim.unproven_essential.iter().map(ToString::to_string).collect(),
            rules: claim.rules,
        }
    }
}
