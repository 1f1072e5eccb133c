//! The claims of a run as the report writes them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use crate::summary::{ClaimStanding, ClaimSummary, ProofLevel, RuleSummary, RunSummary, claims_of};

/// All claims of a run, in its order, each judged when its turn comes.
#[derive(Debug)]
pub(super) struct Claims<'a>(pub(super) &'a RunSummary);

impl Serialize for Claims<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let claims = claims_of(self.0, &self.0.providers);
        serializer.collect_seq(claims.map(ClaimView::of))
    }
}

impl JsonSchema for Claims<'_> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Claims".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<ClaimView>::json_schema(generator)
    }
}

/// A claim, and what the run says of it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Claim")]
struct ClaimView {
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
