//! The standings of many claims at once, judged by the stored runs.

use std::sync::Arc;

use super::claims::ClaimReader;
use super::editions::editions;
use super::standing_cache::{ClaimStanding, claim_of};
use super::{AppError, Bundle, History};
use crate::model::{CapabilityRef, Clock, ProviderId, SystemClock};
use crate::store::StoredClaim;

/// The number of results, newest first, that the standing of a claim is judged by at most.
const MOST_RESULTS: usize = 2_000;

impl History {
    /// The standing of every claim, sorted by provider and capability; `capability` and `provider` narrow the list.
    ///
    /// Standings are cached until the store has news of a claim, so every call must pass the same bundle.
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
        let now = SystemClock.now();
        let mut reader = ClaimReader::new(self.store.as_ref(), bundle, MOST_RESULTS, now);
        let mut standings = Vec::new();
        // The change counts are read before the results: a run stored meanwhile makes an entry old, never wrong for ever.
        for claim in self.store.claims(capability, provider)? {
            let standing = match self.standing_cache.get(&claim, now) {
                Some(known) => known,
                None => {
                    let judged = judge(bundle, &claim, &mut reader)?.map(Arc::new);
                    self.standing_cache.insert(&claim, judged.clone());
                    judged
                }
            };
            standings.extend(standing);
        }
        Ok(standings)
    }
}

/// Judges a claim by its stored runs. None for a contract that is not published here, or without runs that count.
fn judge(
    bundle: &Bundle,
    stored: &StoredClaim,
    reader: &mut ClaimReader<'_>,
) -> Result<Option<ClaimStanding>, AppError> {
    let claim = claim_of(stored);
    let Some(contract) = bundle.registry.at(&claim.capability) else {
        return Ok(None);
    };
    let editions = editions(bundle, &claim.capability);
    let Some(history) = reader.read(&claim, contract, &editions)? else {
        return Ok(None);
    };
    let now = history.standing(&editions);
    let proof = reader.proof(&claim, &now)?;
    Ok(Some(ClaimStanding { now, proof, history }))
}
