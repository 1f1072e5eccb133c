//! Standings that were judged before, so that a page does not judge every claim anew.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use parking_lot::Mutex;

use crate::model::RunOrigin;
use crate::standing::{Claim, ClaimHistory, CurrentStanding};
use crate::store::StoredClaim;
use crate::summary::ClaimSummary;

/// A claim with its history and its present standing.
#[derive(Debug, Clone)]
pub struct ClaimStanding {
    /// The runs that count.
    pub history: ClaimHistory,
    /// The standing.
    pub now: CurrentStanding,
    /// The rules of the claim as the latest run that counts left them. None if no run counts, or if its record does not name the rules.
    pub proof: Option<ClaimSummary>,
}

/// The standing of each claim, valid until the store has news of the claim. None for a claim that cannot be judged.
#[derive(Debug, Default)]
pub(super) struct StandingCache {
    entries: Mutex<HashMap<Claim, Entry>>,
    /// True while a thread judges what is not judged yet.
    filling: AtomicBool,
}

/// A standing and the change count of its claim when it was judged.
#[derive(Debug)]
struct Entry {
    changes: u64,
    standing: Option<Arc<ClaimStanding>>,
}

impl StandingCache {
    /// The standing of a claim, unless the claim has changed since, or a run that was in the future begins to count.
    pub(super) fn get(&self, claim: &StoredClaim, now: DateTime<Utc>) -> Option<Option<Arc<ClaimStanding>>> {
        let entries = self.entries.lock();
        let entry = entries.get(&claim_of(claim))?;
        let mut future = entry
            .standing
            .iter()
            .flat_map(|standing| standing.history.from_the_future());
        (entry.changes == claim.changes && future.all(|run| run.at > now)).then(|| entry.standing.clone())
    }

    /// Returns true if nobody else judges what is not judged yet; then the caller does, until [`end_filling`](Self::end_filling).
    pub(super) fn begin_filling(&self) -> bool {
        !self.filling.swap(true, Ordering::AcqRel)
    }

    /// Says that the caller judges no more.
    pub(super) fn end_filling(&self) {
        self.filling.store(false, Ordering::Release);
    }

    /// Remembers the standing of a claim as of its present change count.
    pub(super) fn insert(&self, claim: &StoredClaim, standing: Option<Arc<ClaimStanding>>) {
        let entry = Entry {
            changes: claim.changes,
            standing,
        };
        self.entries.lock().insert(claim_of(claim), entry);
    }
}

/// The claim without its change count.
pub(super) fn claim_of(stored: &StoredClaim) -> Claim {
    Claim {
        provider: stored.provider.clone(),
        capability: stored.capability.clone(),
    }
}

impl ClaimStanding {
    /// The publisher of the latest run that counts; None for a run that nobody published.
    pub fn publisher(&self) -> Option<&str> {
        match &self.now.origin {
            Some(RunOrigin::Publisher(publisher)) => Some(publisher),
            Some(RunOrigin::Own | RunOrigin::Files) | None => None,
        }
    }

    /// The short mark of a standing that no run of the registry itself decided.
    pub fn mark(&self) -> Option<&'static str> {
        self.now.origin.as_ref().and_then(RunOrigin::mark)
    }

    /// How much was proven: `27 of 32 rules, basic, edition 2026-11`. What the record does not name is left out; None if it names nothing.
    pub fn proof_in_words(&self) -> Option<String> {
        let proof = self.proof.as_ref();
        let rules = proof.map(|proof| format!("{} of {} rules", proof.proven_rules(), proof.total_rules()));
        let level = proof.and_then(|proof| proof.level).map(|level| level.to_string());
        let edition = self.now.edition.as_ref().and_then(|edition| edition.name());
        let edition = edition.map(|name| format!("edition {name}"));
        let parts: Vec<_> = [rules, level, edition].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// The standing in one line, with how much was proven: `conformant, self-attested, 27 of 32 rules, basic, edition 2026-11`.
    pub fn in_words(&self) -> String {
        let parts = [
            Some(self.now.standing.to_string()),
            self.mark().map(str::to_owned),
            self.proof_in_words(),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// The newest edition, where no run was held to it yet, in words: `edition 2027-02: no run yet`.
    pub fn awaited_in_words(&self) -> Option<String> {
        let awaited = self.now.awaited.as_ref()?.name()?;
        Some(format!("edition {awaited}: no run yet"))
    }
}
