//! The standings of many claims at once, from the runs that are kept.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::gate::{RunHead, required, row};
use super::{AppError, Bundle, History};
use crate::model::{CapabilityRef, ProviderId, RunId, TestName};
use crate::standing::{self, Claim, ClaimHistory, CurrentStanding, ResultRow};
use crate::store::ResultFilter;

/// The most results that standings are made of, the newest first.
const MOST_RESULTS: usize = 20_000;

/// A claim with its history and where it stands now.
#[derive(Debug, Clone)]
pub struct ClaimStanding {
    /// The runs that count.
    pub history: ClaimHistory,
    /// The must-level tests that the claim has to face today.
    pub required: BTreeSet<TestName>,
    /// The standing.
    pub now: CurrentStanding,
    /// Who published the latest run that counts; None for one that took place here.
    pub publisher: Option<String>,
}

/// What was asked for, and the answer at a revision of the store.
type Known = HashMap<(Option<CapabilityRef>, Option<ProviderId>), (i64, Arc<Vec<ClaimStanding>>)>;

/// Standings that were made before, as long as nothing new is kept.
#[derive(Debug, Default)]
pub(super) struct Remembered(Mutex<Known>);

impl Remembered {
    /// More than this is forgotten, all at once.
    const MOST: usize = 1_000;

    fn get(
        &self,
        asked: &(Option<CapabilityRef>, Option<ProviderId>),
        revision: i64,
    ) -> Option<Arc<Vec<ClaimStanding>>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(asked)
            .filter(|(at, _)| *at == revision)
            .map(|(_, standings)| Arc::clone(standings))
    }

    fn keep(
        &self,
        asked: (Option<CapabilityRef>, Option<ProviderId>),
        revision: i64,
        standings: &Arc<Vec<ClaimStanding>>,
    ) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= Self::MOST {
            known.clear();
        }
        known.insert(asked, (revision, Arc::clone(standings)));
    }
}

impl History {
    /// The standing of every claim of a capability at a version, of a provider, or of all, by the latest results. What was made before
    /// is given again as long as nothing new is kept; the contracts are those of one bundle.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn standings(
        &self,
        bundle: &Bundle,
        capability: Option<&CapabilityRef>,
        provider: Option<&ProviderId>,
    ) -> Result<Arc<Vec<ClaimStanding>>, AppError> {
        // Read first: what is kept meanwhile makes the answer old, not wrong for ever.
        let revision = self.store.revision()?;
        let asked = (capability.cloned(), provider.cloned());
        if let Some(known) = self.remembered.get(&asked, revision) {
            return Ok(known);
        }
        let made = Arc::new(self.made_standings(bundle, capability, provider)?);
        // Of whom nothing is kept, anybody may ask by any name.
        if !made.is_empty() {
            self.remembered.keep(asked, revision, &made);
        }
        Ok(made)
    }

    fn made_standings(
        &self,
        bundle: &Bundle,
        capability: Option<&CapabilityRef>,
        provider: Option<&ProviderId>,
    ) -> Result<Vec<ClaimStanding>, AppError> {
        let found = self.recent(&ResultFilter {
            capability: capability.map(|capability| capability.id.clone()),
            version: capability.map(|capability| capability.version.clone()),
            provider: provider.cloned(),
            limit: MOST_RESULTS,
            ..ResultFilter::default()
        })?;
        let set_up = self.recent(&ResultFilter {
            provider: provider.cloned(),
            test: Some(TestName::set_up()),
            limit: MOST_RESULTS,
            ..ResultFilter::default()
        })?;
        // Of the oldest run some results may be beyond the limit, and a part of a run proves nothing.
        let cut = (found.len() == MOST_RESULTS)
            .then(|| found.last().map(|last| last.run.clone()))
            .flatten();
        let set_up: Vec<ResultRow> = set_up.into_iter().map(row).collect();
        let mut claims: BTreeMap<Claim, Vec<ResultRow>> = BTreeMap::new();
        for result in found
            .into_iter()
            .filter(|result| cut.as_ref() != Some(&result.run))
            .map(row)
            .filter(|row| !row.is_set_up())
        {
            claims.entry(result.claim.clone()).or_default().push(result);
        }
        // One run proves many claims: its head is read once.
        let runs: BTreeSet<&RunId> = claims.values().flatten().map(|row| &row.run).collect();
        let mut heads = BTreeMap::new();
        for run in runs {
            if let Some(head) = RunHead::read(self.store.as_ref(), run)? {
                heads.insert(run.clone(), head);
            }
        }
        let mut standings = Vec::new();
        for (claim, mut rows) in claims {
            // Nothing can be said of a contract that is not published here.
            let Some(contract) = bundle.registry.at(&claim.capability) else {
                continue;
            };
            let runs: BTreeSet<&RunId> = rows.iter().map(|row| &row.run).collect();
            let known: Vec<_> = runs
                .into_iter()
                .filter_map(|run| Some(heads.get(run)?.facts(contract)))
                .collect();
            rows.extend(
                set_up
                    .iter()
                    .filter(|row| row.claim.provider == claim.provider)
                    .cloned(),
            );
            let Some(history) = standing::histories(&known, &rows).remove(&claim) else {
                continue;
            };
            let required = required(bundle, &claim.capability);
            let now = history.standing(&required);
            let latest = now.latest.as_ref().and_then(|(run, _)| heads.get(run));
            standings.push(ClaimStanding {
                publisher: latest.and_then(|head| head.publisher()).map(str::to_owned),
                now,
                required,
                history,
            });
        }
        Ok(standings)
    }
}
