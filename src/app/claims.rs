//! The history of a claim, read from the stored runs. Both the gate and the site judge by it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::contract_record::restate_contracts;
use super::run_head::{RunHead, RunHeads};
use super::{AppError, Bundle};
use crate::capability::Capability;
use crate::event::{ClaimRecord, ProviderRecord, RunEvent, RunEventKind};
use crate::model::{About, CapabilityRef, Edition, Endpoint, Level, ProviderId, RunId, TestName, Verdict};
use crate::standing::{self, Claim, ClaimHistory, CurrentStanding, Extent, ResultRow, RunFacts};
use crate::store::{ClaimResults, RunStore, StoredResult, Wait};
use crate::summary::{self, ClaimSummary, Fold, FoldError, RunSummary};

/// Reads the histories of claims. It remembers the heads of runs and failed set-up calls, because one run proves many claims, and a failed
/// set-up call concerns all claims of its provider.
pub(super) struct ClaimReader<'s> {
    store: &'s dyn RunStore,
    /// The contracts and suites of today, which know the tests of older runs by the names that they had.
    bundle: &'s Bundle,
    /// The current time. Runs that started later count for nothing.
    now: DateTime<Utc>,
    /// The largest number of results that are read of one claim, newest first.
    limit: usize,
    known: &'s RunHeads,
    heads: HashMap<RunId, Option<RunHead>>,
    set_up: HashMap<ProviderId, Vec<ResultRow>>,
}

/// The clocks of two machines may differ by this much.
pub(super) const SKEW: TimeDelta = TimeDelta::minutes(1);

/// The largest number of results of runs from the future that are read, to say that they do not count.
const MOST_FUTURE: usize = 50;

impl<'s> ClaimReader<'s> {
    pub(super) fn new(
        store: &'s dyn RunStore,
        known: &'s RunHeads,
        bundle: &'s Bundle,
        limit: usize,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            store,
            known,
            bundle,
            now,
            limit,
            heads: HashMap::new(),
            set_up: HashMap::new(),
        }
    }

    /// Reads the history of a claim, judged by the editions of its contract, oldest first. None if no stored run has tested it.
    pub(super) fn read(
        &mut self,
        claim: &Claim,
        contract: &Capability,
        editions: &[Arc<Edition>],
    ) -> Result<Option<ClaimHistory>, AppError> {
        // What a wrong clock dated into the future must not push the true results out of the limit.
        let horizon = self.now + SKEW;
        let mut found = Vec::new();
        // What others bring must not push the results of the registry itself out of the limit, so it has a limit of its own.
        for own in [true, false] {
            let query = ClaimResults {
                provider: &claim.provider,
                capability: Some(&claim.capability),
                own,
                since: None,
                until: Some(horizon),
                limit: self.limit,
            };
            let mut some = self.store.results_of_claim(&query).wait()?;
            // Some results of the oldest run may be beyond the limit. A part of a run proves nothing, so all its results are left out.
            let cut = (some.len() == self.limit)
                .then(|| some.last().map(|last| last.run.clone()))
                .flatten();
            some.retain(|result| cut.as_ref() != Some(&result.run));
            found.extend(some);
            let future = ClaimResults {
                since: Some(horizon),
                until: None,
                limit: MOST_FUTURE,
                ..query
            };
            found.extend(self.store.results_of_claim(&future).wait()?);
        }
        let suites = &self.bundle.suites;
        let mut rows: Vec<ResultRow> = found
            .into_iter()
            .map(row)
            .map(|row| ResultRow {
                test: suites.current_name(&claim.capability, &row.test).clone(),
                ..row
            })
            .filter(|row| !row.is_set_up())
            .collect();
        let mut planned: BTreeMap<RunId, BTreeSet<TestName>> = BTreeMap::new();
        for row in &rows {
            let must = planned.entry(row.run.clone()).or_default();
            if row.level == Level::Must {
                must.insert(row.test.clone());
            }
        }
        let mut facts = Vec::new();
        for (run, must) in &planned {
            if !self.heads.contains_key(run) {
                self.heads.insert(run.clone(), self.known.read(self.store, run)?);
            }
            let facts_of = |head: &RunHead| head.facts(contract, editions, must, horizon);
            facts.extend(self.head(run).map(facts_of));
        }
        // A failed set-up call of another tool may be the reason why a test of this tool was blocked.
        if !self.set_up.contains_key(&claim.provider) {
            let mut found = Vec::new();
            for own in [true, false] {
                let query = ClaimResults {
                    provider: &claim.provider,
                    capability: None,
                    own,
                    since: None,
                    until: Some(horizon),
                    limit: self.limit,
                };
                let answers = self.store.results_of_claim(&query).wait()?;
                found.extend(answers.into_iter().map(row));
            }
            self.set_up.insert(claim.provider.clone(), found);
        }
        rows.extend(self.set_up.get(&claim.provider).into_iter().flatten().cloned());
        Ok(standing::histories(&facts, &rows).remove(claim))
    }

    /// The rules of a claim as the latest run that counts left them. None if no run counts, or if its record does not name the rules. Of
    /// the run, only the results of the claim are read.
    pub(super) fn proof(
        &mut self,
        claim: &Claim,
        standing: &CurrentStanding,
    ) -> Result<Option<ClaimSummary>, AppError> {
        let Some((run, _)) = &standing.latest else {
            return Ok(None);
        };
        let Some(head) = self.head(run) else {
            return Ok(None);
        };
        let events = self
            .store
            .events_of_claim(run, &claim.provider, &claim.capability)
            .wait()?;
        // A record that contradicts itself has results and no rules. It must not take the pages of others with it.
        let Ok(mut summary) = of_one_claim(head, claim, events) else {
            return Ok(None);
        };
        if !head.overview.origin().is_own() {
            restate_contracts(self.bundle, &mut summary);
        }
        let judged = summary::claims(&summary).into_iter().next();
        Ok(judged.filter(|judged| !judged.rules.is_empty()))
    }

    fn head(&self, run: &RunId) -> Option<&RunHead> {
        self.heads.get(run)?.as_ref()
    }
}

impl RunHead {
    /// The facts about the run by which it counts for a contract, or does not. `must` names the must-level tests that it planned, and
    /// `horizon` is the latest start that a clock of today can show.
    fn facts(
        &self,
        contract: &Capability,
        editions: &[Arc<Edition>],
        must: &BTreeSet<TestName>,
        horizon: DateTime<Utc>,
    ) -> RunFacts {
        let verdict = self.overview.verdict;
        let incomplete = (verdict == Verdict::Incomplete)
            .then(|| "it was interrupted, or its record is incomplete".to_owned());
        let mut extent = Extent::of(self.header.why_filtered(verdict == Verdict::Failed), incomplete);
        let mut edition = None;
        if self.overview.started_at > horizon {
            let at = self.overview.started_at.format("%Y-%m-%d %H:%M UTC");
            extent = Extent::Future(format!(
                "it started in the future, on {at}: the clock of that run was wrong"
            ));
        } else if extent == Extent::Whole {
            match self.edition(contract, editions, must) {
                Ok(held) => edition = held,
                Err(why) => extent = Extent::Foreign(why),
            }
        }
        RunFacts {
            run: self.overview.run.clone(),
            started_at: self.overview.started_at,
            receipt: self.overview.receipt,
            origin: self.overview.origin(),
            extent,
            edition,
        }
    }

    /// The edition that the run was held to: the one that its header names, or for an older record the newest of which it planned every
    /// test. None if it lacks tests of it.
    fn edition(
        &self,
        contract: &Capability,
        editions: &[Arc<Edition>],
        must: &BTreeSet<TestName>,
    ) -> Result<Option<Arc<Edition>>, String> {
        let mut contracts = self.header.contracts.iter();
        let record = contracts.find(|proven| proven.capability == contract.reference);
        if record.is_some_and(|proven| proven.digest != contract.digest) {
            return Err("it proved another text of the contract".to_owned());
        }
        let named = record.and_then(|proven| proven.edition.as_ref());
        let planned = |edition: &&Arc<Edition>| edition.required.is_subset(must);
        let Some(named) = named else {
            return Ok(editions.iter().rev().find(planned).cloned());
        };
        let known = editions
            .iter()
            .find(|edition| edition.record.as_ref() == Some(named));
        match known {
            Some(edition) => Ok(Some(edition).filter(planned).cloned()),
            // A contract without editions takes each run by its tests.
            None if editions.iter().all(|edition| edition.record.is_none()) => {
                Ok(editions.iter().rev().find(planned).cloned())
            }
            None => Err(format!(
                "it was held to edition {}, which is not known here in that form",
                named.name
            )),
        }
    }
}

/// The summary of a run as if it had tested one claim only.
fn of_one_claim(head: &RunHead, claim: &Claim, events: Vec<RunEvent>) -> Result<RunSummary, FoldError> {
    let mut header = (*head.header).clone();
    header.providers = vec![ProviderRecord {
        id: claim.provider.clone(),
        name: None,
        about: About::default(),
        endpoint: Endpoint::Http { url: String::new() },
        auth: None,
        dialect: None,
        claims: vec![ClaimRecord {
            capability: claim.capability.id.clone(),
            version: claim.capability.version.clone(),
        }],
    }];
    let planned = |event: &&RunEvent| match &event.kind {
        RunEventKind::TestFinished(row) => row.planned,
        _ => false,
    };
    header.planned = events.iter().filter(planned).count();
    let first = RunEvent {
        seq: 0,
        at: header.started_at,
        kind: RunEventKind::RunStarted(Box::new(header)),
    };
    let mut fold = Fold::new();
    for (seq, event) in (0..).zip(std::iter::once(first).chain(events)) {
        fold.push(&RunEvent { seq, ..event })?;
    }
    fold.finish()
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
        calls: result.calls,
        when: result.when,
        message: result.message,
    }
}
