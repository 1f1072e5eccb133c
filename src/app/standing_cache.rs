//! Standings that were judged before, so that a page does not judge every claim anew.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::model::TestName;
use crate::standing::{Claim, ClaimHistory, CurrentStanding};
use crate::store::StoredClaim;

/// A claim with its history and its present standing.
#[derive(Debug, Clone)]
pub struct ClaimStanding {
    /// The runs that count.
    pub history: ClaimHistory,
    /// The must-level tests that the claim has to face today.
    pub required: BTreeSet<TestName>,
    /// The standing.
    pub now: CurrentStanding,
    /// The publisher of the latest run that counts; None for a run of this registry.
    pub publisher: Option<String>,
}

/// The standing of each claim, valid until the store has news of the claim. None for a claim that cannot be judged.
#[derive(Debug, Default)]
pub(super) struct StandingCache(Mutex<HashMap<Claim, Entry>>);

/// A standing and the change count of its claim when it was judged.
#[derive(Debug)]
struct Entry {
    changes: u64,
    standing: Option<Arc<ClaimStanding>>,
}

impl StandingCache {
    /// The standing of a claim, unless the claim has changed since.
    pub(super) fn get(&self, claim: &StoredClaim) -> Option<Option<Arc<ClaimStanding>>> {
        let entries = self.0.lock();
        let entry = entries.get(&claim_of(claim))?;
        (entry.changes == claim.changes).then(|| entry.standing.clone())
    }

    /// Remembers the standing of a claim as of its present change count.
    pub(super) fn insert(&self, claim: &StoredClaim, standing: Option<Arc<ClaimStanding>>) {
        let entry = Entry {
            changes: claim.changes,
            standing,
        };
        self.0.lock().insert(claim_of(claim), entry);
    }
}

/// The claim without its change count.
pub(super) fn claim_of(stored: &StoredClaim) -> Claim {
    Claim {
        provider: stored.provider.clone(),
        capability: stored.capability.clone(),
    }
}
