//! What an answer offers to searches: picked once for all tests of a provider.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::lease::{Span, Work};
use crate::expr::Bound;
use crate::suite::SearchStep;

/// How long what was picked stays picked. The answer itself is kept longer, and a younger `now` would make it no younger.
const KEPT: TimeDelta = TimeDelta::minutes(1);

/// Something that an answer offers.
#[derive(Debug)]
pub(super) struct Offered {
    pub(super) value: Arc<Bound>,
    pub(super) span: Option<Span>,
}

/// An answer that searches share.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) output: Arc<Bound>,
    /// What tests held while it was asked for: their bookings may have shaped it.
    pub(super) work: Work,
    picks: Mutex<Vec<Pick>>,
}

/// What a search picked, and when.
#[derive(Debug)]
struct Pick {
    words: [Option<String>; 3],
    now: DateTime<Utc>,
    offered: Arc<[Offered]>,
}

impl Listed {
    pub(super) fn new(output: Arc<Bound>, work: Work) -> Self {
        Self {
            output,
            work,
            picks: Mutex::default(),
        }
    }

    /// What a search picks from the answer: what the same words picked a little before, where they read nothing else.
    pub(super) fn picked<E>(
        &self,
        search: &SearchStep,
        now: DateTime<Utc>,
        pick: impl FnOnce() -> Result<Arc<[Offered]>, E>,
    ) -> Result<Arc<[Offered]>, E> {
        if !reads_the_answer_alone(search) {
            return pick();
        }
        let words = words(search);
        let fresh = |pick: &Pick| now.signed_duration_since(pick.now).abs() < KEPT;
        let same = |pick: &&Pick| fresh(pick) && pick.words.iter().map(Option::as_deref).eq(words);
        let known = self
            .picks()
            .iter()
            .find(same)
            .map(|pick| Arc::clone(&pick.offered));
        if let Some(offered) = known {
            return Ok(offered);
        }
        let offered = pick()?;
        let mut picks = self.picks();
        picks.retain(fresh);
        picks.push(Pick {
            words: words.map(|words| words.map(str::to_owned)),
            now,
            offered: Arc::clone(&offered),
        });
        Ok(offered)
    }

    fn picks(&self) -> MutexGuard<'_, Vec<Pick>> {
        self.picks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn words(search: &SearchStep) -> [Option<&str>; 3] {
    let lease = search.lease.as_ref();
    [
        Some(search.pick.text()),
        lease.map(|(from, _)| from.text()),
        lease.map(|(_, to)| to.text()),
    ]
}

fn reads_the_answer_alone(search: &SearchStep) -> bool {
    let lease = search.lease.iter().flat_map(|(from, to)| [from, to]);
    search.pick.reads_only(&["input", "output", "now"])
        && lease
            .into_iter()
            .all(|end| end.reads_only(&["candidate", "input", "output", "now"]))
}
