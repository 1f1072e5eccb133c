//! The leases of tests: spans of time that they hold, so that no two of them meet on the calendar of a provider.
//!
//! A provider may keep one calendar for all its services, time between what is taken that it does not show, and slots whose starts move
//! when one of a day is booked. So two tests at work take different days where there are enough, else keep a margin; a span that
//! was used is used again only when nothing else is left, and one that could not be cleaned never.

use chrono::TimeDelta;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::span::Span;

/// The state of a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Held,
    Released,
    Tainted,
}

#[derive(Debug)]
struct Entry {
    span: Span,
    holder: usize,
    state: State,
}

/// All leases of one provider, in the order in which they were taken.
#[derive(Debug, Default)]
struct Book {
    entries: Vec<Entry>,
    /// The holders that wait for others.
    waiting: Vec<usize>,
    /// How often something that was held was given back.
    releases: u64,
    /// The length of the longest span that was ever held.
    longest: TimeDelta,
}

impl Book {
    /// Returns true if another test holds a span on the day of some candidates.
    fn others_work_within(&self, candidates: &[Span], holder: usize) -> bool {
        Span::any_on_the_day_of(candidates, Leases::MARGIN, self.held_by_others(holder))
    }

    /// The spans that other tests hold.
    fn held_by_others(&self, holder: usize) -> impl Iterator<Item = Span> {
        self.entries
            .iter()
            .filter(move |entry| entry.state == State::Held && entry.holder != holder)
            .map(|entry| entry.span)
    }

    /// Whether a test that finds nothing waits for what others hold. Where all of them wait too, it gives up if it holds something
    /// itself: it releases that, and whoever looks next waits for it.
    fn hope(&mut self, holder: usize) -> Taken {
        let held = self.entries.iter().filter(|entry| entry.state == State::Held);
        let (own, others): (Vec<_>, Vec<_>) = held.partition(|entry| entry.holder == holder);
        let all_wait = others.iter().all(|entry| self.waiting.contains(&entry.holder));
        // What gives nothing back keeps nobody waiting.
        if others.is_empty() || (all_wait && !own.is_empty()) {
            self.waiting.retain(|&known| known != holder);
            return Taken::No;
        }
        Taken::Wait
    }

    /// The same for a test to which these candidates are listed: where none of them would suit once the others have given back what they
    /// hold, it waits for nobody.
    fn hope_for(&mut self, candidates: &[Span], holder: usize, preference: SlotPreference) -> Taken {
        let later = |entry: &Entry| match entry.state {
            State::Held if entry.holder != holder => State::Released,
            state => state,
        };
        match self.place(candidates, holder, preference, &later) {
            Some(_) => self.hope(holder),
            None => Taken::No,
        }
    }

    /// The place of the first candidate that suits, where every lease is in the state that `state` says.
    fn place(
        &self,
        candidates: &[Span],
        holder: usize,
        preference: SlotPreference,
        state: &dyn Fn(&Entry) -> State,
    ) -> Option<usize> {
        let day = Span::around(candidates)?;
        let longest = candidates.iter().map(|span| span.length()).max();
        let reach = Leases::MARGIN.max(longest.unwrap_or_default());
        // Of very many entries few lie on the day, and only those are held against each candidate.
        let around = day.widened(reach.max(self.longest));
        let on_the_day: Vec<&Entry> = self
            .entries
            .iter()
            .filter(|entry| around.meets(entry.span, TimeDelta::zero()))
            .collect();
        let free = |span: &Span| {
            on_the_day.iter().all(|entry| {
                // A test may book beside the span that it holds, as much as it holds.
                let longer = span.length().max(entry.span.length());
                let apart = Leases::MARGIN.max(longer);
                let margin = match (preference, state(entry)) {
                    // A test keeps a distance from itself as well, as long as it can: the provider may want one.
                    // What an earlier row of its table gave back is as free for it as for others.
                    (
                        SlotPreference::AnotherDay | SlotPreference::Apart | SlotPreference::Any,
                        State::Held | State::Tainted,
                    ) if entry.holder == holder => TimeDelta::zero(),
                    // What a test could not take back may lie beside the span that it held.
                    (SlotPreference::Fresh, _)
                    | (SlotPreference::AnotherDay | SlotPreference::Apart, State::Held | State::Tainted) => {
                        apart
                    }
                    (
                        SlotPreference::AnotherDay | SlotPreference::Apart | SlotPreference::Any,
                        State::Released,
                    ) => return true,
                    (SlotPreference::Any, State::Held | State::Tainted) => TimeDelta::zero(),
                };
                !span.meets(entry.span, margin)
            })
        };
        candidates.iter().position(free)
    }
}

/// The leases that tests held at some time.
#[derive(Debug, Clone, Default)]
pub(super) struct LeaseSnapshot {
    /// Their places among the entries.
    places: Vec<usize>,
    /// The number of entries that there were.
    end: usize,
}

/// The leases of one provider.
#[derive(Debug, Default)]
pub(super) struct Leases {
    book: Mutex<Book>,
    changed: Notify,
}

/// The demands of a test on the span that it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SlotPreference {
    /// Never used, and on another day than those that other tests hold.
    Fresh,
    /// Used before perhaps, but on another day than those that other tests hold.
    AnotherDay,
    /// Used before perhaps, but well apart from those that other tests hold.
    Apart,
    /// Used before perhaps, and close to others, but only while no other test holds anything.
    Any,
}

/// The answer to a test that asks for a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// The candidate at this place is held now.
    Yes(usize),
    /// Nothing suits, but other tests hold spans that they will give back.
    Wait,
    /// Nothing suits, and waiting does not help.
    No,
}

impl Leases {
    /// The least distance between the spans of two tests at work.
    const MARGIN: TimeDelta = TimeDelta::hours(1);

    /// The leases that tests hold now, those of the asking test included.
    pub(super) fn snapshot(&self) -> LeaseSnapshot {
        let book = self.book.lock();
        let held = |at: &usize| book.entries[*at].state == State::Held;
        LeaseSnapshot {
            places: (0..book.entries.len()).filter(held).collect(),
            end: book.entries.len(),
        }
    }

    /// The leases of a snapshot, and those taken since, held still or not.
    pub(super) fn until_now(&self, mut snapshot: LeaseSnapshot) -> LeaseSnapshot {
        let end = self.mark();
        snapshot.places.extend(snapshot.end..end);
        LeaseSnapshot { end, ..snapshot }
    }

    /// Returns true if a lease of the snapshot on the day of these candidates has ended: an answer that it shaped is old.
    pub(super) fn has_ended_within(&self, candidates: &[Span], snapshot: &LeaseSnapshot) -> bool {
        let book = self.book.lock();
        let entries = snapshot.places.iter().filter_map(|at| book.entries.get(*at));
        let ended = entries.filter(|entry| entry.state != State::Held);
        Span::any_on_the_day_of(candidates, Self::MARGIN, ended.map(|entry| entry.span))
    }

    /// Returns true if another test holds a span on the day of these candidates, or close to it.
    pub(super) fn others_work_within(&self, candidates: &[Span], holder: usize) -> bool {
        self.book.lock().others_work_within(candidates, holder)
    }

    /// Returns true if a lease of the snapshot has ended: an answer that lists nothing may be old.
    pub(super) fn has_any_ended(&self, snapshot: &LeaseSnapshot) -> bool {
        let book = self.book.lock();
        let mut entries = snapshot.places.iter().filter_map(|at| book.entries.get(*at));
        entries.any(|entry| entry.state != State::Held)
    }

    /// How often something that was held was given back, so far.
    pub(super) fn releases(&self) -> u64 {
        self.book.lock().releases
    }

    /// The number of spans that other tests hold.
    pub(super) fn held_by_others(&self, holder: usize) -> usize {
        self.book.lock().held_by_others(holder).count()
    }

    /// Whether a test to which nothing is listed waits for what others hold: [`Taken::Wait`], or [`Taken::No`] where that does not help.
    pub(super) fn hope(&self, holder: usize) -> Taken {
        self.book.lock().hope(holder)
    }

    /// Whether a test to which these candidates are listed, of which none suits, waits for what others hold.
    pub(super) fn hope_for(&self, candidates: &[Span], holder: usize, preference: SlotPreference) -> Taken {
        self.book.lock().hope_for(candidates, holder, preference)
    }

    /// Takes the first candidate that suits. The candidates are those of one answer, a day of the provider.
    pub(super) fn take(&self, candidates: &[Span], holder: usize, preference: SlotPreference) -> Taken {
        let mut book = self.book.lock();
        let others_hold = book.held_by_others(holder).next().is_some();
        if preference == SlotPreference::Any && others_hold {
            return book.hope_for(candidates, holder, preference);
        }
        if matches!(preference, SlotPreference::Fresh | SlotPreference::AnotherDay)
            && book.others_work_within(candidates, holder)
        {
            return Taken::No;
        }
        match book.place(candidates, holder, preference, &|entry| entry.state) {
            Some(at) => {
                book.longest = book.longest.max(candidates[at].length());
                book.entries.push(Entry {
                    span: candidates[at],
                    holder,
                    state: State::Held,
                });
                book.waiting.retain(|&known| known != holder);
                Taken::Yes(at)
            }
            None => Taken::No,
        }
    }

    /// The spans that a test holds or has held.
    pub(super) fn of(&self, holder: usize) -> Vec<Span> {
        let book = self.book.lock();
        let own = book.entries.iter().filter(|entry| entry.holder == holder);
        own.map(|entry| entry.span).collect()
    }

    /// A point in time: leases that are taken later can be released apart from those that were taken before.
    pub(super) fn mark(&self) -> usize {
        self.book.lock().entries.len()
    }

    /// Releases what a test holds since a point in time. `tainted` leases, where something that the test made may remain, are never
    /// given to another test.
    pub(super) fn release(&self, holder: usize, since: usize, tainted: bool) {
        let mut book = self.book.lock();
        let mut released = false;
        let held = |entry: &&mut Entry| entry.holder == holder && entry.state == State::Held;
        for entry in book.entries.iter_mut().skip(since).filter(held) {
            entry.state = if tainted { State::Tainted } else { State::Released };
            released = true;
        }
        book.releases += u64::from(released);
        drop(book);
        self.changed.notify_waiters();
    }

    /// A future that ends at the next release, or when another test begins to wait. Enable it before looking for a span, so that no
    /// change between the look and the wait is missed.
    pub(super) fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    /// Notes that a test waits for others, until the guard is dropped. Tests that wait already look again: if all wait, one gives up.
    pub(super) fn wait(&self, holder: usize) -> Waiting<'_> {
        self.book.lock().waiting.push(holder);
        self.changed.notify_waiters();
        Waiting { leases: self, holder }
    }
}

/// A test that waits for others to release what they hold.
#[derive(Debug)]
pub(super) struct Waiting<'l> {
    leases: &'l Leases,
    holder: usize,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut book = self.leases.book.lock();
        book.waiting.retain(|&known| known != self.holder);
    }
}

#[cfg(test)]
mod tests;
