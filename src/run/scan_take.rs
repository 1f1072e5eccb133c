//! The choice among what a search has seen: the first that suits, the soonest, and what is left where little is free.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::candidates::{Candidate, spans};
use super::executor::TestExecutor;
use super::lease::{SlotPreference, Taken};
use super::scan::{Look, Reach, Scan};
use super::step_error::StepError;
use crate::expr::Bound;
use crate::model::Untested;
use crate::suite::SearchStep;

/// The time for which a test with a peer waits for a slot.
pub(super) const PEER_TIME_LIMIT: Duration = Duration::from_secs(15);

/// What came of looking once.
pub(super) enum Sought {
    /// The test holds it.
    Took(Arc<Bound>),
    /// Nothing that suits is listed.
    Nothing {
        /// The end of a test that finds no more.
        error: StepError,
        /// The number of starts that are listed as free, whether they suit or not.
        listed: usize,
    },
}

impl Sought {
    /// What is listed can all not be taken: as good as nothing.
    pub(super) fn unfit(error: StepError) -> Self {
        Self::Nothing { error, listed: 0 }
    }
}

impl TestExecutor<'_> {
    /// Takes the soonest candidate, and for each time that the test was tried before the one after it; waits for whoever holds it. With a
    /// later one in its place the test would tell nothing.
    pub(super) async fn soonest(&mut self, search: &SearchStep, reach: Reach) -> Result<Sought, StepError> {
        let mut scan = Scan::new(search, SlotPreference::Apart, reach);
        scan.enough = Some(self.tries() + 1);
        self.scan(&mut scan, 0).await?;
        let listed = scan
            .seen
            .iter()
            .flat_map(|look| (0..look.candidates.len()).map(move |at| (look, at)))
            .take(self.tries() + 1);
        let Some((look, at)) = listed.last() else {
            return Ok(self.nothing_free(&scan));
        };
        let candidate = &look.candidates[at];
        let late = "the soonest free slot was held by other tests for too long";
        let limit = self.entry().context().options().test_limit;
        let found = self
            .wait_for(limit, late, || {
                let taken = self
                    .take([candidate], SlotPreference::Apart)
                    .or_else(|_| self.take([candidate], SlotPreference::Any));
                match taken {
                    Ok(_) => Some(Ok(look.bound(at))),
                    Err(Taken::No) => Some(Err(StepError::Skip(Untested::NoWitness, late.to_owned()))),
                    Err(_) => None,
                }
            })
            .await;
        if matches!(found, Err(StepError::Skip(..))) {
            self.evidence_mut().note_crowded();
        }
        found.map(Sought::Took)
    }

    /// Takes one of the candidates, and holds its span of time. Returns its place among them.
    pub(super) fn take<'o>(
        &self,
        candidates: impl IntoIterator<Item = &'o Candidate> + Clone,
        preference: SlotPreference,
    ) -> Result<usize, Taken> {
        // What needs no span of time is free for everyone.
        let mut free = candidates.clone().into_iter();
        if let Some(at) = free.position(|candidate| candidate.span().is_none()) {
            return Ok(at);
        }
        let leases = self.entry().provider().leases();
        match leases.take(&spans(candidates), self.holder(), preference) {
            Taken::Yes(at) => Ok(at),
            other => Err(other),
        }
    }

    /// Nothing is fresh: takes what was used before, on a day of its own, so that a test at a peer is in nobody's way. Whoever holds
    /// something at two providers gives up soon: tests that wait for each other there would wait for ever.
    pub(super) async fn another_day(&mut self, seen: &[Look]) -> Result<Arc<Bound>, StepError> {
        let late = "too few free slots: other tests hold the others";
        let preference = SlotPreference::AnotherDay;
        let (leases, holder) = (self.entry().provider().leases(), self.holder());
        self.wait_for(PEER_TIME_LIMIT, late, || {
            let taken = seen.iter().find_map(|look| {
                let at = self.take(look.candidates.iter(), preference).ok()?;
                Some(Ok(look.bound(at)))
            });
            taken.or_else(|| {
                let mut days = seen.iter().map(|look| spans(look.candidates.iter()));
                let hope = days.any(|day| leases.hope_for(&day, holder, preference) == Taken::Wait);
                (!hope).then(|| Err(no_slot_left()))
            })
        })
        .await
    }

    /// Nothing is fresh: takes what was used before, or what another test releases.
    pub(super) async fn second_choice(&mut self, seen: &[Look]) -> Result<Arc<Bound>, StepError> {
        let late = "too few free slots: the others were held by other tests for too long";
        let limit = self.entry().context().options().test_limit;
        let all = || seen.iter().flat_map(|look| look.candidates.iter());
        self.wait_for(limit, late, || {
            if let Ok(at) = self.take(all(), SlotPreference::Apart) {
                return Some(Ok(bound_at(seen, at)));
            }
            match self.take(all(), SlotPreference::Any) {
                Ok(at) => Some(Ok(bound_at(seen, at))),
                Err(Taken::No) => Some(Err(no_slot_left())),
                Err(_) => None,
            }
        })
        .await
    }
}

/// The end of a test to which only what it holds itself is listed, or what nobody will give back.
fn no_slot_left() -> StepError {
    let why = "too few free slots: every one is held by this or another test";
    StepError::Skip(Untested::NoWitness, why.to_owned())
}

/// The candidate at a place of all looks together.
fn bound_at(seen: &[Look], mut at: usize) -> Arc<Bound> {
    for look in seen {
        if at < look.candidates.len() {
            return look.bound(at);
        }
        at -= look.candidates.len();
    }
    Bound::json(Value::Null)
}
