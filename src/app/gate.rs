//! The gate: decides by the stored runs whether a pipeline may use a provider.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::claims::ClaimReader;
use super::editions::editions;
use super::{AppError, Bundle, History, catalogue};
use crate::model::{Edition, EditionRecord, ProviderId, RunOrigin};
use crate::standing::{self, Answer, Claim, ClaimHistory, Demand, GateAnswer, GateReason, Standing};
use crate::summary::{ClaimSummary, ProofLevel};

/// The largest number of results of one claim that are read, newest first: for a standing, and for a rate over many days.
const MOST_RESULTS: usize = 2_000;
const MOST_FOR_A_RATE: usize = 50_000;

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
    /// The rules of the claim as the latest run that counts left them.
    pub proof: Option<ClaimSummary>,
    /// A remark on the version that was meant, if the request named none and there are several.
    pub meant: Option<String>,
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
    /// True if no run of the registry itself decides: the latest run that counts was published, or read from files.
    #[serde(default)]
    pub self_attested: bool,
    /// The edition of the contract that the latest run that counts was held to; null without a run that counts, and for a contract
    /// without editions.
    #[serde(default)]
    pub edition: Option<EditionRecord>,
    /// The newest edition, if no run was held to it yet; else null.
    #[serde(default)]
    pub awaited_edition: Option<EditionRecord>,
    /// The level of a conformant claim.
    #[serde(default)]
    pub level: Option<ProofLevel>,
    /// The number of proven rules; null if the record does not name the rules.
    #[serde(default)]
    pub proven: Option<usize>,
    /// The number of rules that apply.
    #[serde(default)]
    pub total: Option<usize>,
    /// The reasons, at least one.
    pub reasons: Vec<GateReason>,
    /// Remarks that change no answer, a line each.
    #[serde(default)]
    pub notes: Vec<String>,
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
            publisher: match &standing.origin {
                Some(RunOrigin::Publisher(publisher)) => Some(publisher.clone()),
                Some(RunOrigin::Own | RunOrigin::Files) | None => None,
            },
            self_attested: standing.is_self_attested(),
            edition: record(standing.edition.as_ref()),
            awaited_edition: record(standing.awaited.as_ref()),
            level: self.proof.as_ref().and_then(|proof| proof.level),
            proven: self.proof.as_ref().map(ClaimSummary::proven_rules),
            total: self.proof.as_ref().map(ClaimSummary::total_rules),
            reasons: self.answer.reasons.clone(),
            notes: self.meant.iter().chain(&self.answer.notes).cloned().collect(),
        }
    }
}

fn record(edition: Option<&Arc<Edition>>) -> Option<EditionRecord> {
    edition?.record.clone()
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
    let editions = editions(bundle, &claim.capability);
    let (mut past, mut proof) = (None, None);
    if let Some(history) = history {
        let most = match request.demand.min_pass_rate {
            Some(_) => MOST_FOR_A_RATE,
            None => MOST_RESULTS,
        };
        let mut reader = ClaimReader::new(history.store.as_ref(), &history.run_heads, bundle, most, now);
        past = reader.read(&claim, contract, &editions)?;
        if let Some(past) = &past {
            let standing = past.standing(&editions);
            proof = reader.proof(&claim, &standing)?;
        }
    }
    let past = past.unwrap_or_else(|| ClaimHistory::without_runs(claim.clone()));
    let answer = standing::evaluate_gate(&past, &editions, proof.as_ref(), &request.demand, now);
    Ok(GateReport {
        meant: catalogue::which_version(&bundle.registry, &request.capability, &claim.capability),
        claim,
        answer,
        proof,
    })
}
