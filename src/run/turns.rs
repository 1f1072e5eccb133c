//! Keeps the tests of entries apart that turn out to have one calendar, although nothing in the manifest says so.
//!
//! Each test is counted while it is at work. Once two entries are known to have one calendar, a test of the one begins only while none
//! of the other is at work, so the two are proven one after the other.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::model::ProviderId;

/// The tests at work, by provider, and the providers that have one calendar.
#[derive(Debug, Default)]
pub(super) struct Turns {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    at_work: BTreeMap<ProviderId, usize>,
    /// Pairs with one calendar, both ways.
    same: Vec<(ProviderId, ProviderId)>,
}

impl State {
    fn same(&self, one: &ProviderId, other: &ProviderId) -> bool {
        self.same
            .iter()
            .any(|(left, right)| left == one && right == other)
    }

    fn must_wait(&self, id: &ProviderId) -> bool {
        let mut others = self.same.iter().filter(|(one, _)| one == id);
        others.any(|(_, other)| self.at_work.get(other).is_some_and(|count| *count > 0))
    }
}

/// The turn of a test, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'t> {
    turns: &'t Turns,
    id: &'t ProviderId,
}

impl Turns {
    /// Waits until no test of another provider with the same calendar is at work. Take it before a place on the origin: whoever waits
    /// here must keep nobody waiting there.
    pub(super) async fn enter<'t>(&'t self, id: &'t ProviderId) -> Turn<'t> {
        loop {
            // Registered before the look, so that no change falls between the look and the wait.
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            {
                let mut state = self.state.lock();
                if !state.must_wait(id) {
                    *state.at_work.entry(id.clone()).or_default() += 1;
                    return Turn { turns: self, id };
                }
            }
            changed.await;
        }
    }

    /// Notes that two providers have one calendar. Returns true if that was not known.
    pub(super) fn note_same(&self, one: &ProviderId, other: &ProviderId) -> bool {
        let mut state = self.state.lock();
        if state.same(one, other) {
            return false;
        }
        state.same.push((one.clone(), other.clone()));
        state.same.push((other.clone(), one.clone()));
        true
    }

    /// Returns true if two providers are known to have one calendar.
    pub(super) fn are_same(&self, one: &ProviderId, other: &ProviderId) -> bool {
        self.state.lock().same(one, other)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(count) = self.turns.state.lock().at_work.get_mut(self.id) {
            *count = count.saturating_sub(1);
        }
        self.turns.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn tests_of_one_calendar_take_turns_once_that_is_known() {
        let (one, other): (ProviderId, ProviderId) = ("a:one".parse().unwrap(), "a:two".parse().unwrap());
        let turns = Arc::new(Turns::default());
        let first = turns.enter(&one).await;
        let second = turns.enter(&other).await;
        assert!(turns.note_same(&one, &other) && !turns.note_same(&other, &one));
        assert!(turns.are_same(&other, &one));
        let waiting = tokio::spawn({
            let (turns, one) = (Arc::clone(&turns), one.clone());
            async move { drop(turns.enter(&one).await) }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished(), "a test of the other is at work");
        drop(first);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished(), "its own tests keep nobody waiting");
        drop(second);
        waiting.await.unwrap();
    }
}
