//! The standings of many claims at once, from the runs that are kept.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::claims::ClaimReader;
use super::gate::required;
use super::{AppError, Bundle, History};
use crate::model::{CapabilityRef, ProviderId, TestName};
use crate::standing::{Claim, ClaimHistory, CurrentStanding};
use crate::store::KeptClaim;

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
        let mut reader = ClaimReader::new(self.store.as_ref(), &bundle.suites, MOST_RESULTS);
        let mut standings = Vec::new();
        // Read first: what is kept meanwhile makes an answer old, not wrong for ever.
        for claim in self.store.claims(capability, provider)? {
            let standing = match self.remembered.get(&claim) {
                Some(known) => known,
                None => {
                    let made = made_standing(bundle, &claim, &mut reader)?.map(Arc::new);
                    self.remembered.keep(&claim, made.clone());
                    made
                }
            };
            standings.extend(standing);
        }
        Ok(standings)
    }
}

/// The standing of a claim. None of a contract that is not published here, of which nothing can be said.
fn made_standing(
    bundle: &Bundle,
    kept: &KeptClaim,
    reader: &mut ClaimReader<'_>,
) -> Result<Option<ClaimStanding>, AppError> {
    let claim = claim_of(kept);
    let Some(contract) = bundle.registry.at(&claim.capability) else {
        return Ok(None);
    };
    let Some(history) = reader.read(&claim, contract)? else {
        return Ok(None);
    };
    let required = required(bundle, &claim.capability);
    let now = history.standing(&required);
    let latest = now.latest.as_ref().and_then(|(run, _)| reader.publisher(run));
    Ok(Some(ClaimStanding {
        publisher: latest.map(str::to_owned),
        now,
        required,
        history,
    }))
}
