//! The use case of a pipeline: may it go on with a provider? Answered by the runs that are kept.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AppError, Bundle, History, catalogue};
use crate::capability::Capability;
use crate::event::{RunEventKind, RunHeader};
use crate::model::{CapabilityRef, Level, ProviderId, RunId, TestName, Verdict};
use crate::standing::{
    self, Answer, Claim, ClaimHistory, Demand, Extent, Finding, GateAnswer, ResultRow, RunFacts, Standing,
};
use crate::store::{ResultFilter, RunOverview, RunStore, StoredResult};

/// The most results of one claim that are looked at, the newest first.
const MOST_RESULTS: usize = 200_000;

/// What is asked.
#[derive(Debug, Clone)]
pub struct GateRequest {
    /// The provider.
    pub provider: ProviderId,
    /// `domain.tool@version`, or `domain.tool` for the first version, as in a manifest.
    pub capability: String,
    /// What is demanded beside conformance.
    pub demand: Demand,
}

/// An answer, and what it is about.
#[derive(Debug)]
pub struct GateReport {
    /// The claim.
    pub claim: Claim,
    /// The answer.
    pub answer: GateAnswer,
    /// Who published the latest run that counts; None for one that took place here.
    pub publisher: Option<String>,
}

/// The format of an answer as data.
const FORMAT: &str = "proofhouse.gate/1";

/// An answer as `proofhouse.gate/1`. Fields may be added, never removed or renamed.
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
    /// The exit code of the command that asks.
    pub exit: u8,
    /// Where the claim stands.
    pub standing: Standing,
    /// Since when.
    pub since: Option<DateTime<Utc>>,
    /// The latest run that counts.
    pub run: Option<String>,
    /// Who published that run; null for one that took place at the registry.
    #[serde(default)]
    pub publisher: Option<String>,
    /// Why, at least one.
    pub reasons: Vec<Finding>,
}

impl GateReport {
    /// The exit code that stands for the answer: 0, 1, and 4 for what is not known.
    pub fn exit_code(&self) -> u8 {
        match self.answer.answer {
            Answer::Yes => 0,
            Answer::No => 1,
            Answer::Unknown => 4,
        }
    }

    /// The answer as data.
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
            reasons: self.answer.findings.clone(),
        }
    }
}

/// Asks the runs that are kept. Where none are, the answer is that nothing is known.
///
/// # Errors
///
/// No such capability is published, or the store cannot be read.
pub fn gate(
    bundle: &Bundle,
    history: Option<&History>,
    asked: &GateRequest,
    now: DateTime<Utc>,
) -> Result<GateReport, AppError> {
    let contract = catalogue::find_first(&bundle.registry, &asked.capability)?;
    let claim = Claim {
        provider: asked.provider.clone(),
        capability: contract.reference.clone(),
    };
    let required = required(bundle, &claim.capability);
    let past = match history {
        Some(history) => claim_history(history.store.as_ref(), &claim, contract)?,
        None => ClaimHistory::without_runs(claim.clone()),
    };
    let answer = standing::ask(&past, &required, &asked.demand, now);
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

fn claim_history(
    store: &dyn RunStore,
    claim: &Claim,
    contract: &Capability,
) -> Result<ClaimHistory, AppError> {
    let of_claim = ResultFilter {
        provider: Some(claim.provider.clone()),
        capability: Some(claim.capability.id.clone()),
        version: Some(claim.capability.version.clone()),
        limit: MOST_RESULTS,
        ..ResultFilter::default()
    };
    // A wrong answer to a set-up call of another tool may be why a test of this one was blocked.
    let of_set_up = ResultFilter {
        provider: Some(claim.provider.clone()),
        test: Some(TestName::set_up()),
        limit: MOST_RESULTS,
        ..ResultFilter::default()
    };
    let mut rows: Vec<_> = store.recent_results(&of_claim)?.into_iter().map(row).collect();
    let runs: BTreeSet<RunId> = rows.iter().map(|row| row.run.clone()).collect();
    rows.retain(|row| !row.is_set_up());
    rows.extend(store.recent_results(&of_set_up)?.into_iter().map(row));
    let heads = runs
        .iter()
        .filter_map(|run| RunHead::read(store, run).transpose())
        .collect::<Result<Vec<_>, _>>()?;
    let facts: Vec<_> = heads.iter().map(|head| head.facts(contract)).collect();
    let mut found: BTreeMap<_, _> = standing::histories(&facts, &rows);
    Ok(found
        .remove(claim)
        .unwrap_or_else(|| ClaimHistory::without_runs(claim.clone())))
}

/// A run without all that it found: its first event and its end.
pub(super) struct RunHead {
    overview: RunOverview,
    header: Box<RunHeader>,
}

impl RunHead {
    /// Reads the head of a run; None where its record has no beginning.
    pub(super) fn read(store: &dyn RunStore, run: &RunId) -> Result<Option<Self>, AppError> {
        let overview = store.overview(run)?;
        let mut first = None;
        store.replay(run, &mut |event| {
            first = Some(event);
            false
        })?;
        Ok(match first.map(|event| event.kind) {
            Some(RunEventKind::RunStarted(header)) => Some(Self { overview, header }),
            _ => None,
        })
    }

    /// Who published it; None for a run that took place here.
    pub(super) fn publisher(&self) -> Option<&str> {
        self.overview.publisher.as_deref()
    }

    /// What must be known of the run to judge a contract by it.
    pub(super) fn facts(&self, contract: &Capability) -> RunFacts {
        let verdict = self.overview.verdict;
        let incomplete = (verdict == Verdict::Incomplete)
            .then(|| "it was interrupted, or its record is incomplete".to_owned());
        let extent = match Extent::of(self.header.why_filtered(verdict), incomplete) {
            Extent::Whole if is_other_text(&self.header, contract) => {
                Extent::Foreign("it proved another text of the contract".to_owned())
            }
            extent => extent,
        };
        RunFacts {
            run: self.overview.run.clone(),
            started_at: self.overview.started_at,
            extent,
        }
    }
}

fn is_other_text(header: &RunHeader, contract: &Capability) -> bool {
    header
        .contracts
        .iter()
        .any(|proven| proven.capability == contract.reference && proven.digest != contract.digest)
}

pub(super) fn row(result: StoredResult) -> ResultRow {
    ResultRow {
        run: result.run,
        claim: Claim {
            provider: result.provider,
            capability: CapabilityRef {
                id: result.capability,
                version: result.version,
            },
        },
        test: result.test,
        level: result.level,
        outcome: result.outcome,
        ms: result.ms,
        when: result.when,
        message: result.message,
    }
}
