//! The standings of many claims at once, judged by the stored runs.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

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
const PATIENCE: Duration = Duration::from_millis(100);
const AT_LEAST: usize = 5;

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
        if found.pending > 0 {
            self.judge_ahead(bundle);
        }
        Ok(found)
    }

    /// Judges every claim by a thread of its own, so that the pages of a site that has just started find them judged.
    pub fn judge_ahead(&self, bundle: &Arc<Bundle>) {
        if !self.standing_cache.begin_filling() {
            return;
        }
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

    /// The standings of the claims of some providers in bounded time, see [`standings_so_far`](Self::standings_so_far).
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn standings_of_so_far(
        &self,
        bundle: &Arc<Bundle>,
        providers: &[ProviderId],
    ) -> Result<Standings, AppError> {
        let mut judging = Judging::new(self, bundle, Some(Instant::now() + PATIENCE));
        let mut found = Standings::default();
        for provider in providers {
            judging.judge_all(None, Some(provider), &mut found)?;
        }
        if found.pending > 0 {
            self.judge_ahead(bundle);
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
        let mut found = Standings::default();
        Judging::new(self, bundle, deadline).judge_all(capability, provider, &mut found)?;
        Ok(found)
    }
}

/// Claims that are judged one after the other, until a deadline.
struct Judging<'s> {
    history: &'s History,
    bundle: &'s Bundle,
    reader: ClaimReader<'s>,
    now: DateTime<Utc>,
    deadline: Option<Instant>,
    judged: usize,
}

impl<'s> Judging<'s> {
    fn new(history: &'s History, bundle: &'s Bundle, deadline: Option<Instant>) -> Self {
        let now = SystemClock.now();
        Self {
            history,
            bundle,
            reader: ClaimReader::new(
                history.store.as_ref(),
                &history.run_heads,
                bundle,
                MOST_RESULTS,
                now,
            ),
            now,
            deadline,
            judged: 0,
        }
    }

    fn judge_all(
        &mut self,
        capability: Option<&CapabilityRef>,
        provider: Option<&ProviderId>,
        found: &mut Standings,
    ) -> Result<(), AppError> {
        let cache = &self.history.standing_cache;
        // The change counts are read before the results: a run stored meanwhile makes an entry old, never wrong for ever.
        for claim in self.history.store.claims(capability, provider).wait()? {
            let late = || self.deadline.is_some_and(|deadline| Instant::now() > deadline);
            let standing = match cache.get(&claim, self.now) {
                Some(known) => known,
                None if self.judged >= AT_LEAST && late() => {
                    found.pending += 1;
                    continue;
                }
                None => {
                    self.judged += 1;
                    let standing = judge(self.bundle, &claim, &mut self.reader)?.map(Arc::new);
                    cache.insert(&claim, standing.clone());
                    standing
                }
            };
            found.claims.extend(standing);
        }
        Ok(())
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
