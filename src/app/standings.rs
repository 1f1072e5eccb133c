//! The standings of many claims at once, judged by the stored runs.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::claims::ClaimReader;
use super::editions::editions;
use super::standing_cache::{ClaimStanding, claim_of};
use super::{AppError, Bundle, History};
use crate::model::{CapabilityRef, Clock, ProviderId, SystemClock};
use crate::store::{StoredClaim, Wait};

/// The number of results, newest first, that the standing of a claim is judged by at most.
const MOST_RESULTS: usize = 2_000;
/// The time after which a page leaves the claims that are not judged yet to a thread of their own, and the number of claims that it
/// judges in any case.
const PATIENCE: Duration = Duration::from_millis(250);
const AT_LEAST: usize = 50;

/// The standings of many claims.
#[derive(Debug, Clone, Default)]
pub struct Standings {
    /// Those that are judged, sorted by provider and capability.
    pub claims: Vec<Arc<ClaimStanding>>,
    /// The number of claims that are being judged and will be there soon.
    pub pending: usize,
}

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
        Ok(self.judge_until(bundle, capability, provider, None)?.claims)
    }

    /// The standings of the claims to one capability, or of all, in bounded time: what is not judged by then is judged by a thread of
    /// its own, for a later call.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn standings_so_far(
        &self,
        bundle: &Arc<Bundle>,
        capability: Option<&CapabilityRef>,
    ) -> Result<Standings, AppError> {
        let found = self.judge_until(bundle, capability, None, Some(Instant::now() + PATIENCE))?;
        if found.pending > 0 && self.standing_cache.begin_filling() {
            let (history, bundle) = (self.clone(), Arc::clone(bundle));
            let filling = thread::Builder::new().name("standings".to_owned());
            let started = filling.spawn(move || {
                let history = Filling(history);
                // An error here is one of the store, which the next page meets too.
                let _ = history.0.standings(&bundle, None, None);
            });
            if started.is_err() {
                self.standing_cache.end_filling();
            }
        }
        Ok(found)
    }

    fn judge_until(
        &self,
        bundle: &Bundle,
        capability: Option<&CapabilityRef>,
        provider: Option<&ProviderId>,
        deadline: Option<Instant>,
    ) -> Result<Standings, AppError> {
        let now = SystemClock.now();
        let mut reader = ClaimReader::new(self.store.as_ref(), &self.run_heads, bundle, MOST_RESULTS, now);
        let mut found = Standings::default();
        let mut judged = 0;
        // The change counts are read before the results: a run stored meanwhile makes an entry old, never wrong for ever.
        for claim in self.store.claims(capability, provider).wait()? {
            let standing = match self.standing_cache.get(&claim, now) {
                Some(known) => known,
                None if judged >= AT_LEAST && deadline.is_some_and(|deadline| Instant::now() > deadline) => {
                    found.pending += 1;
                    continue;
                }
                None => {
                    judged += 1;
                    let standing = judge(bundle, &claim, &mut reader)?.map(Arc::new);
                    self.standing_cache.insert(&claim, standing.clone());
                    standing
                }
            };
            found.claims.extend(standing);
        }
        Ok(found)
    }
}

/// A thread that judges; whatever ends it, another may begin.
struct Filling(History);

impl Drop for Filling {
    fn drop(&mut self) {
        self.0.standing_cache.end_filling();
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
