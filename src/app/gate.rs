//! The gate: decides by the stored runs whether a pipeline may use a provider.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::claims::ClaimReader;
use super::{AppError, Bundle, History, catalogue};
use crate::model::{CapabilityRef, Level, ProviderId, TestName};
use crate::standing::{self, Answer, Claim, ClaimHistory, Demand, GateAnswer, GateReason, Standing};

/// The largest number of results of one claim that are read, newest first.
const MOST_RESULTS: usize = 200_000;

/// A question to the gate.
#[derive(Debug, Clone)]
pub struct GateRequest {
    /// The provider.
    pub provider: ProviderId,
    /// `domain.tool@version`, or `domain.tool` for the first version, as in a manifest.
    pub capability: String,
    /// The demands besides conformance.
    pub demand: Demand,
}

/// An answer with its claim.
#[derive(Debug)]
pub struct GateReport {
    /// The claim.
    pub claim: Claim,
    /// The answer.
    pub answer: GateAnswer,
    /// The publisher of the latest run that counts; None for a run of this registry.
    pub publisher: Option<String>,
}

/// The name and version of the JSON format.
const FORMAT: &str = "proofhouse.gate/1";

/// An answer as JSON, `proofhouse.gate/1`. Fields may be added, never removed or renamed.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Gate")]
pub struct GateView {
    /// The name and version of this format.
    #[schemars(extend("const" = "proofhouse.gate/1"))]
    format: String,
    /// The provider, `platform:tenant`.
    pub provider: String,
    /// The capability, `domain.tool`.
    pub capability: String,
    /// Its version.
    pub version: String,
    /// The answer.
    pub answer: Answer,
    /// The exit code of `proofhouse gate`.
    pub exit: u8,
    /// The standing of the claim.
    pub standing: Standing,
    /// The start of this standing.
    pub since: Option<DateTime<Utc>>,
    /// The latest run that counts.
    pub run: Option<String>,
    /// The publisher of that run; null for a run of the registry itself.
    #[serde(default)]
    pub publisher: Option<String>,
    /// The reasons, at least one.
    pub reasons: Vec<GateReason>,
}

impl GateReport {
    /// The exit code of the answer: 0 for yes, 1 for no, 4 for unknown.
    pub fn exit_code(&self) -> u8 {
        match self.answer.answer {
            Answer::Yes => 0,
            Answer::No => 1,
            Answer::Unknown => 4,
        }
    }

    /// The answer as JSON.
    pub fn view(&self) -> GateView {
        let standing = &self.answer.standing;
        GateView {
            format: FORMAT.to_owned(),
            provider: self.claim.provider.to_string(),
            capability: self.claim.capability.id.to_string(),
            version: self.claim.capability.version.to_string(),
            answer: self.answer.answer,
            exit: self.exit_code(),
            standing: standing.standing,
            since: standing.since,
            run: standing.latest.as_ref().map(|(run, _)| run.to_string()),
            publisher: self.publisher.clone(),
            reasons: self.answer.reasons.clone(),
        }
    }
}

/// Decides by the stored runs. Without any, the answer is unknown.
///
/// # Errors
///
/// No such capability is published, or the store cannot be read.
pub fn gate(
    bundle: &Bundle,
    history: Option<&History>,
    request: &GateRequest,
    now: DateTime<Utc>,
) -> Result<GateReport, AppError> {
    let contract = catalogue::find_first(&bundle.registry, &request.capability)?;
    let claim = Claim {
        provider: request.provider.clone(),
        capability: contract.reference.clone(),
    };
    let required = required(bundle, &claim.capability);
    let kept = match history {
        Some(history) => {
            ClaimReader::new(history.store.as_ref(), &bundle.suites, MOST_RESULTS).read(&claim, contract)?
        }
        None => None,
    };
    let past = kept.unwrap_or_else(|| ClaimHistory::without_runs(claim.clone()));
    let answer = standing::evaluate_gate(&past, &required, &request.demand, now);
    let publisher = match (history, &answer.standing.latest) {
        (Some(history), Some((run, _))) => history.store.overview(run)?.publisher,
        _ => None,
    };
    Ok(GateReport {
        claim,
        answer,
        publisher,
    })
}

/// The must-level tests that a claim has to face today.
pub(super) fn required(bundle: &Bundle, capability: &CapabilityRef) -> BTreeSet<TestName> {
    let tests = bundle.suites.tests(capability).iter();
    tests
        .filter(|test| test.level == Level::Must)
        .map(|test| test.id.name.clone())
        .collect()
}
