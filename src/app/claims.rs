//! The history of a claim, read from the stored runs. Both the gate and the site judge by it.

use std::collections::{BTreeSet, HashMap};

use super::AppError;
use crate::capability::Capability;
use crate::event::{RunEventKind, RunHeader};
use crate::model::{CapabilityRef, ProviderId, RunId, TestName, Verdict};
use crate::standing::{self, Claim, ClaimHistory, Extent, ResultRow, RunFacts};
use crate::store::{ResultFilter, RunOverview, RunStore, StoredResult};
use crate::suite::Suites;

/// Reads the histories of claims. It caches the heads of runs and failed set-up calls, because one run proves many claims, and a failed
/// set-up call concerns all claims of its provider.
pub(super) struct ClaimReader<'s> {
    store: &'s dyn RunStore,
    /// The suites of today, which know the tests of older runs by the names that they had.
    suites: &'s Suites,
    /// The largest number of results that are read of one claim, newest first.
    limit: usize,
    heads: HashMap<RunId, Option<RunHead>>,
    set_up: HashMap<ProviderId, Vec<ResultRow>>,
}

impl<'s> ClaimReader<'s> {
    pub(super) fn new(store: &'s dyn RunStore, suites: &'s Suites, limit: usize) -> Self {
        Self {
            store,
            suites,
            limit,
            heads: HashMap::new(),
            set_up: HashMap::new(),
        }
    }

    /// Reads the history of a claim. None if no stored run has tested it.
    pub(super) fn read(
        &mut self,
        claim: &Claim,
        contract: &Capability,
    ) -> Result<Option<ClaimHistory>, AppError> {
        let found = self.store.recent_results(&ResultFilter {
            capability: Some(claim.capability.id.clone()),
            version: Some(claim.capability.version.clone()),
            provider: Some(claim.provider.clone()),
            limit: self.limit,
            ..ResultFilter::default()
        })?;
        // Some results of the oldest run may be beyond the limit. A part of a run proves nothing, so all its results are left out.
        let cut = (found.len() == self.limit)
            .then(|| found.last().map(|last| last.run.clone()))
            .flatten();
        let mut rows: Vec<ResultRow> = found
            .into_iter()
            .filter(|result| cut.as_ref() != Some(&result.run))
            .map(row)
            .map(|row| ResultRow {
                test: self.suites.current_name(&claim.capability, &row.test).clone(),
                ..row
            })
            .filter(|row| !row.is_set_up())
            .collect();
        let runs: BTreeSet<RunId> = rows.iter().map(|row| row.run.clone()).collect();
        let mut facts = Vec::new();
        for run in &runs {
            if !self.heads.contains_key(run) {
                self.heads.insert(run.clone(), RunHead::read(self.store, run)?);
            }
            facts.extend(self.head(run).map(|head| head.facts(contract)));
        }
        // A failed set-up call of another tool may be the reason why a test of this tool was blocked.
        if !self.set_up.contains_key(&claim.provider) {
            let found = self.store.recent_results(&ResultFilter {
                provider: Some(claim.provider.clone()),
                test: Some(TestName::set_up()),
                limit: self.limit,
                ..ResultFilter::default()
            })?;
            let found = found.into_iter().map(row).collect();
            self.set_up.insert(claim.provider.clone(), found);
        }
        rows.extend(self.set_up.get(&claim.provider).into_iter().flatten().cloned());
        Ok(standing::histories(&facts, &rows).remove(claim))
    }

    /// The publisher of a run that was read; None for a run of this registry.
    pub(super) fn publisher(&self, run: &RunId) -> Option<&str> {
        self.head(run)?.publisher()
    }

    fn head(&self, run: &RunId) -> Option<&RunHead> {
        self.heads.get(run)?.as_ref()
    }
}

/// The head of a run: its overview and its first event.
struct RunHead {
    overview: RunOverview,
    header: Box<RunHeader>,
}

impl RunHead {
    /// Reads the head of a run. None if its record has no first event.
    fn read(store: &dyn RunStore, run: &RunId) -> Result<Option<Self>, AppError> {
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

    /// The publisher; None for a run of this registry.
    fn publisher(&self) -> Option<&str> {
        self.overview.publisher.as_deref()
    }

    /// The facts about the run by which it counts for a contract, or does not.
    fn facts(&self, contract: &Capability) -> RunFacts {
        let verdict = self.overview.verdict;
        let incomplete = (verdict == Verdict::Incomplete)
            .then(|| "it was interrupted, or its record is incomplete".to_owned());
        let extent = match Extent::of(self.header.why_filtered(verdict == Verdict::Failed), incomplete) {
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

fn row(result: StoredResult) -> ResultRow {
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
