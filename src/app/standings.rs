//! The standings of many claims at once, from the runs that are kept.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::gate::{RunHead, required, row};
use super::{AppError, Bundle, History};
use crate::model::{CapabilityRef, ProviderId, RunId, TestName};
use crate::standing::{self, Claim, ClaimHistory, CurrentStanding, ResultRow};
use crate::store::{KeptClaim, ResultFilter};

/// The most results that the standing of a claim is made of, the newest first.
const MOST_RESULTS: usize = 2_000;

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

/// Standings that were made before, each as long as the store knows nothing new of its claim. None for a claim of which no standing
/// can be told.
#[derive(Debug, Default)]
pub(super) struct Remembered(Mutex<HashMap<Claim, Known>>);

/// How often the claim had changed by then, and its standing.
type Known = (u64, Option<Arc<ClaimStanding>>);

impl Remembered {
    fn get(&self, claim: &KeptClaim) -> Option<Option<Arc<ClaimStanding>>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (changes, standing) = known.get(&claim_of(claim))?;
        (*changes == claim.changes).then(|| standing.clone())
    }

    fn keep(&self, claim: &KeptClaim, standing: Option<Arc<ClaimStanding>>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(claim_of(claim), (claim.changes, standing));
    }
}

fn claim_of(kept: &KeptClaim) -> Claim {
    Claim {
        provider: kept.provider.clone(),
        capability: kept.capability.clone(),
    }
}

/// What the claims of one answer share: one run proves many of them, and a set-up call that goes wrong concerns all of its provider.
#[derive(Default)]
struct Shared {
    heads: HashMap<RunId, Option<RunHead>>,
    set_up: HashMap<ProviderId, Vec<ResultRow>>,
}

impl History {
    /// The standing of every claim of a capability at a version, of a provider, or of all, by the latest results of each; by provider,
    /// then by capability. What was made before is given again as long as nothing new is known; the contracts are those of one bundle.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn standings(
        &self,
        bundle: &Bundle,
        capability: Option<&CapabilityRef>,
        provider: Option<&ProviderId>,
    ) -> Result<Vec<Arc<ClaimStanding>>, AppError> {
        let mut shared = Shared::default();
        let mut standings = Vec::new();
        // Read first: what is kept meanwhile makes an answer old, not wrong for ever.
        for claim in self.store.claims(capability, provider)? {
            let standing = match self.remembered.get(&claim) {
                Some(known) => known,
                None => {
                    let made = self.made_standing(bundle, &claim, &mut shared)?.map(Arc::new);
                    self.remembered.keep(&claim, made.clone());
                    made
                }
            };
            standings.extend(standing);
        }
        Ok(standings)
    }

    /// The standing of a claim. None of a contract that is not published here, of which nothing can be said.
    fn made_standing(
        &self,
        bundle: &Bundle,
        kept: &KeptClaim,
        shared: &mut Shared,
    ) -> Result<Option<ClaimStanding>, AppError> {
        let claim = claim_of(kept);
        let Some(contract) = bundle.registry.at(&claim.capability) else {
            return Ok(None);
        };
        let found = self.recent(&ResultFilter {
            capability: Some(claim.capability.id.clone()),
            version: Some(claim.capability.version.clone()),
            provider: Some(claim.provider.clone()),
            limit: MOST_RESULTS,
            ..ResultFilter::default()
        })?;
        // Of the oldest run some results may be beyond the limit, and a part of a run proves nothing.
        let cut = (found.len() == MOST_RESULTS)
            .then(|| found.last().map(|last| last.run.clone()))
            .flatten();
        let mut rows: Vec<ResultRow> = found
            .into_iter()
            .filter(|result| cut.as_ref() != Some(&result.run))
            .map(row)
            .filter(|row| !row.is_set_up())
            .collect();
        let runs: BTreeSet<RunId> = rows.iter().map(|row| row.run.clone()).collect();
        let mut facts = Vec::new();
        for run in &runs {
            if !shared.heads.contains_key(run) {
                let head = RunHead::read(self.store.as_ref(), run)?;
                shared.heads.insert(run.clone(), head);
            }
            facts.extend(
                shared
                    .heads
                    .get(run)
                    .into_iter()
                    .flatten()
                    .map(|head| head.facts(contract)),
            );
        }
        if !shared.set_up.contains_key(&claim.provider) {
            let found = self.recent(&ResultFilter {
                provider: Some(claim.provider.clone()),
                test: Some(TestName::set_up()),
                limit: MOST_RESULTS,
                ..ResultFilter::default()
            })?;
            let found = found.into_iter().map(row).collect();
            shared.set_up.insert(claim.provider.clone(), found);
        }
        rows.extend(shared.set_up.get(&claim.provider).into_iter().flatten().cloned());
        let Some(history) = standing::histories(&facts, &rows).remove(&claim) else {
            return Ok(None);
        };
        let required = required(bundle, &claim.capability);
        let now = history.standing(&required);
        let latest = now
            .latest
            .as_ref()
            .and_then(|(run, _)| shared.heads.get(run)?.as_ref());
        Ok(Some(ClaimStanding {
            publisher: latest.and_then(|head| head.publisher()).map(str::to_owned),
            now,
            required,
            history,
        }))
    }
}
