//! One pass of a search over everything that it may ask: what it has seen so far.

use std::sync::Arc;

use super::candidates::{Candidate, Chosen};
use super::lease::SlotPreference;
use crate::expr::Bound;
use crate::suite::SearchStep;

/// The values chosen on the way to an answer, and what can be taken there.
pub(super) struct Look {
    /// The values.
    pub(super) chosen: Chosen,
    /// The input and the output of the call. None for pairs, of which the two may come from two calls.
    pub(super) call: Option<[Arc<Bound>; 2]>,
    /// The place of the candidate that is tried first; those after it follow, and at last those before it.
    pub(super) first: usize,
    /// What can be taken.
    pub(super) candidates: Arc<[Candidate]>,
}

impl Look {
    /// The value to which the step's id is bound when the candidate at this place is taken.
    pub(super) fn bound(&self, at: usize) -> Arc<Bound> {
        let candidate = &self.candidates[at];
        let chosen = self
            .chosen
            .iter()
            .map(|(name, value)| (name.as_str(), Arc::clone(value)));
        let call = self
            .call
            .iter()
            .flat_map(|[input, output]| [("input", Arc::clone(input)), ("output", Arc::clone(output))]);
        Bound::parts(candidate.parts().into_iter().chain(call).chain(chosen))
    }
}

/// Where a search looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Where the suite says, and what was answered to other tests counts.
    Near,
    /// The same, but answers that list nothing are asked for anew where what others held may have been why.
    Again,
    /// On the days after those that the suite names, as many again. A provider need not say anything there, and nothing is wrong with
    /// whatever it says.
    Further,
}

/// One pass over everything that a search may ask.
pub(super) struct Scan<'p> {
    /// The search.
    pub(super) search: &'p SearchStep,
    /// The demands on what is taken.
    pub(super) preference: SlotPreference,
    /// Where it looks.
    pub(super) reach: Reach,
    /// The values chosen by the loops around the call.
    pub(super) chosen: Vec<(String, Arc<Bound>)>,
    /// The answers without a candidate that suits.
    pub(super) seen: Vec<Look>,
    /// The answers that are looked at together, for a pair.
    pub(super) together: Option<Vec<Look>>,
    /// True if an answer had anything to take, be it part of a pair or not.
    pub(super) found_any: bool,
    /// The number of starts that the answers list as free.
    pub(super) listed: usize,
    /// The number of candidates that are enough: they are only looked at. None where the first that suits is taken.
    pub(super) enough: Option<usize>,
    /// The calls so far, made or spared.
    pub(super) calls: usize,
    /// The bytes of what it keeps.
    pub(super) kept: usize,
}

impl<'p> Scan<'p> {
    /// A pass that has seen nothing yet.
    pub(super) fn new(search: &'p SearchStep, preference: SlotPreference, reach: Reach) -> Self {
        Self {
            search,
            preference,
            reach,
            chosen: Vec::new(),
            seen: Vec::new(),
            together: None,
            found_any: false,
            listed: 0,
            enough: None,
            calls: 0,
            kept: 0,
        }
    }

    /// Returns true if there is nothing more to look at.
    pub(super) fn has_enough(&self) -> bool {
        let seen = self.seen.iter().map(|look| look.candidates.len()).sum::<usize>();
        self.enough.is_some_and(|enough| seen >= enough)
    }
}
