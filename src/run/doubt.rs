//! Looks again before a failure is held against a provider: somebody else may have taken what the test was about to take.

use std::sync::Arc;

use chrono::TimeDelta;

use super::evidence::{Doubt, Look};
use super::executor::TestExecutor;
use super::listings::Listed;
use super::scope::Phase;
use super::span::Span;
use super::step_error::StepError;
use crate::model::Untested;

/// The most days that are looked at again.
const MOST_LOOKS: usize = 4;

/// A span that stands for a start alone.
const A_MOMENT: TimeDelta = TimeDelta::minutes(1);

impl TestExecutor<'_> {
    /// The spans of time that the test has held.
    pub(super) fn held(&self) -> Vec<Span> {
        self.entry().provider().leases().of(self.holder())
    }

    /// The reason for which an error says nothing of the provider yet; None where it does. What the test had taken is given back
    /// already, so that nothing of its own hides what is listed. `held` are the spans that it held.
    pub(super) async fn doubt(&mut self, error: &StepError, held: &[Span]) -> Option<Doubt> {
        let message = error.message();
        let peer_is_late = self.peer().and_then(|peer| peer.evidence().explains(&message));
        let late = self.evidence().explains(&message).or(peer_is_late);
        let peer_is_crowded = self.peer().is_some_and(|peer| peer.evidence().is_crowded());
        let crowded = self.evidence().is_crowded() || peer_is_crowded;
        match error {
            StepError::Blocked(_) | StepError::Skip(Untested::NoWitness, _) if crowded => {
                Some(Doubt::Crowded)
            }
            StepError::Fail { .. } | StepError::Blocked(_) if late.is_none() => {
                // Whoever refuses a slot and books it all the same is no somebody else.
                match self.find_refused().await {
                    true => None,
                    false => self.doubt_by_looking(held).await,
                }
            }
            StepError::Fail { .. } | StepError::Error(_) | StepError::Blocked(_) => late,
            StepError::Skip(Untested::NoPeer, _) if peer_is_late.is_some() => late,
            // Slots that lie too near to each other for this provider say nothing of those that lie apart.
            StepError::Skip(..) if !self.evidence().unexplained().is_empty() => Some(Doubt::Listed),
            StepError::Bug(_)
            | StepError::Skip(..)
            | StepError::Undecided { .. }
            | StepError::Interrupted => None,
        }
    }

    async fn doubt_by_looking(&mut self, held: &[Span]) -> Option<Doubt> {
        let refused = self.evidence().unexplained();
        let mut doubt = None;
        for start in &refused {
            let Some(look) = self.evidence().look_with(*start).cloned() else {
                if self.evidence().was_offered(*start) {
                    doubt = Some(Doubt::Listed);
                }
                continue;
            };
            match self.look_again(&look).await {
                Some(listed) if listed.frees(start) => doubt = Some(Doubt::Listed),
                Some(_) => {
                    self.entry().provider().note_others();
                    return Some(Doubt::Taken);
                }
                None => return self.evidence().lateness(),
            }
        }
        let others = self.entry().provider().has_others();
        if doubt.is_some() {
            return doubt;
        }
        if self.evidence().refused_what_may_be_anybodys() || (!refused.is_empty() && others) {
            return Some(Doubt::Listed);
        }
        let moved = match self.evidence().has_raced() {
            true => Doubt::MovedInRace,
            false => Doubt::Moved,
        };
        if self.evidence().has_moved() {
            return Some(moved);
        }
        for look in self.evidence().looks_of(held).into_iter().take(MOST_LOOKS) {
            if self
                .look_again(&look)
                .await
                .is_some_and(|listed| !listed.frees_the_same(&look.listed))
            {
                return Some(moved);
            }
        }
        None
    }

    /// Looks whether what was booked at the peer is taken here too, while it stands there. Two entries may lead to one calendar by
    /// addresses that do not show it. Nothing is looked at once the two are known to be apart.
    pub(super) async fn look_for_shadows(&mut self) {
        let Some(peer) = self.peer() else { return };
        let id = peer.entry().id().clone();
        if self.entry().is_apart_from(&id) {
            return;
        }
        let evidence = peer.evidence();
        let starts = evidence.own_starts().into_iter();
        let booked: Vec<_> = starts
            .filter_map(|start| Some((evidence.look_with(start)?.clone(), start)))
            .take(MOST_LOOKS)
            .collect();
        for (look, start) in booked {
            // Where another test is at work on that day, what it took itself may be what is not free.
            let around = Span::new(start, start.checked_add_signed(A_MOMENT).unwrap_or(start));
            let leases = self.entry().provider().leases();
            if around.is_none_or(|span| leases.others_work_within(&[span], self.holder())) {
                continue;
            }
            match self.look_again(&look).await {
                Some(listed) if listed.frees(&start) => self.entry().note_apart_from(&id),
                Some(_) => self.keep_shadow(look, start),
                None => {}
            }
        }
    }

    /// Returns true if a start that a call at the peer took from this provider is free again, now that the call is taken back: the two
    /// have one calendar.
    pub(super) async fn shadows_are_gone(&mut self) -> bool {
        for (look, start) in self.take_shadows() {
            if self
                .look_again(&look)
                .await
                .is_some_and(|listed| listed.frees(&start))
            {
                return true;
            }
        }
        false
    }

    /// Asks for the same day again. None where there is no answer.
    async fn look_again(&mut self, look: &Look) -> Option<Listed> {
        let scope = self.scope().in_phase(Phase::SetUp);
        let mut inside = self.enter(scope);
        let input = Arc::clone(&look.input);
        let answered = inside.call_tool(&look.tool, &input, false).await.ok()?;
        Some(Listed::of(answered.output()))
    }
}
