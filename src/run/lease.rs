//! Spans of time that tests of one provider hold, so that no two of them meet on its calendar.
//!
//! A provider may keep one calendar for all its services, time between bookings that it does not show, and slots whose starts move
//! when one of a day is booked. So two tests at work take different days where there are enough, else keep a margin; a span that
//! was used is used again only when nothing else is left, and one that could not be cleaned never.

use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;

/// A span of time, the end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// Where it begins.
    pub(super) from: DateTime<Utc>,
    /// Where it ends.
    pub(super) to: DateTime<Utc>,
}

impl Span {
    fn meets(self, other: Self, margin: TimeDelta) -> bool {
        self.from < other.to + margin && other.from < self.to + margin
    }

    fn length(self) -> TimeDelta {
        self.to - self.from
    }

    /// From the first to the last of some spans; None where there are none.
    fn around(spans: &[Self]) -> Option<Self> {
        let from = spans.iter().map(|span| span.from).min()?;
        let to = spans.iter().map(|span| span.to).max()?;
        Some(Self { from, to })
    }

    /// Whether one of some spans falls between the first and the last of some candidates, or as close to them as the same day is. They
    /// may be few of the day's slots.
    fn any_on_the_day_of(candidates: &[Self], mut spans: impl Iterator<Item = Self>) -> bool {
        let Some(day) = Self::around(candidates) else {
            return false;
        };
        let margin = Leases::MARGIN.max((TimeDelta::days(1) - day.length()) / 2);
        spans.any(|span| day.meets(span, margin))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Held,
    Released,
    Spoilt,
}

#[derive(Debug)]
struct Entry {
    span: Span,
    holder: usize,
    state: State,
}

#[derive(Debug, Default)]
struct Book {
    entries: Vec<Entry>,
    waiting: Vec<usize>,
}

impl Book {
    /// Whether another test holds a span on the day of some candidates.
    fn others_work_within(&self, candidates: &[Span], holder: usize) -> bool {
        Span::any_on_the_day_of(candidates, self.held_by_others(holder))
    }

    /// The spans that other tests hold.
    fn held_by_others(&self, holder: usize) -> impl Iterator<Item = Span> {
        self.entries
            .iter()
            .filter(move |entry| entry.state == State::Held && entry.holder != holder)
            .map(|entry| entry.span)
    }
}

/// The spans that tests held at some time.
#[derive(Debug, Clone, Default)]
pub(super) struct Work {
    /// Where they stand among the entries.
    places: Vec<usize>,
    /// How many entries there were.
    end: usize,
}

/// The spans of one provider.
#[derive(Debug, Default)]
pub(super) struct Leases {
    book: Mutex<Book>,
    changed: Notify,
}

/// How picky a test is about the span that it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// Never used, and on another day than those that other tests hold.
    Fresh,
    /// Used before perhaps, but on another day than those that other tests hold.
    AnotherDay,
    /// Used before perhaps, but well apart from those that other tests hold.
    Apart,
    /// Whatever is free while nobody else holds anything.
    Any,
}

/// What came of asking for a span.
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

    /// What tests hold now, this one included.
    pub(super) fn work(&self) -> Work {
        let Ok(book) = self.book.lock() else {
            return Work::default();
        };
        let held = |at: &usize| book.entries[*at].state == State::Held;
        Work {
            places: (0..book.entries.len()).filter(held).collect(),
            end: book.entries.len(),
        }
    }

    /// That work and what has been taken since, whether it is held still or not.
    pub(super) fn until_now(&self, mut work: Work) -> Work {
        let end = self.mark();
        work.places.extend(work.end..end);
        Work { end, ..work }
    }

    /// Whether something of that work on the day of these candidates has come to its end: an answer that it shaped is old.
    pub(super) fn has_ended_within(&self, candidates: &[Span], work: &Work) -> bool {
        let Ok(book) = self.book.lock() else {
            return false;
        };
        let entries = work.places.iter().filter_map(|at| book.entries.get(*at));
        let ended = entries.filter(|entry| entry.state != State::Held);
        Span::any_on_the_day_of(candidates, ended.map(|entry| entry.span))
    }

    /// Whether another test works now on the day of these candidates, or close to it.
    pub(super) fn others_work_within(&self, candidates: &[Span], holder: usize) -> bool {
        self.book
            .lock()
            .is_ok_and(|book| book.others_work_within(candidates, holder))
    }

    /// Takes the first candidate that suits. The candidates are those of one answer, a day of the provider.
    pub(super) fn take(&self, candidates: &[Span], holder: usize, care: Care) -> Taken {
        let Ok(mut book) = self.book.lock() else {
            return Taken::No;
        };
        let others_hold = book.held_by_others(holder).next().is_some();
        if care == Care::Any && others_hold {
            let all_wait = book
                .entries
                .iter()
                .filter(|entry| entry.state == State::Held && entry.holder != holder)
                .all(|entry| book.waiting.contains(&entry.holder));
            return if all_wait { Taken::No } else { Taken::Wait };
        }
        if matches!(care, Care::Fresh | Care::AnotherDay) && book.others_work_within(candidates, holder) {
            return Taken::No;
        }
        let Some(day) = Span::around(candidates) else {
            return Taken::No;
        };
        let longest = candidates.iter().map(|span| span.length()).max();
        let reach = Self::MARGIN.max(longest.unwrap_or_default());
        // Of very many entries few lie on the day, and only those are held against each candidate.
        let on_the_day: Vec<&Entry> = book
            .entries
            .iter()
            .filter(|entry| day.meets(entry.span, reach.max(entry.span.length())))
            .collect();
        let free = |span: &Span| {
            on_the_day.iter().all(|entry| {
                // A test may book beside the span that it holds, as much as it holds.
                let longer = span.length().max(entry.span.length());
                let apart = Self::MARGIN.max(longer);
                let margin = match (care, entry.state) {
                    // A test keeps a distance from itself as well, as long as it can: the provider may want one.
                    (Care::AnotherDay | Care::Apart | Care::Any, _) if entry.holder == holder => {
                        TimeDelta::zero()
                    }
                    // What a test could not take back may lie beside the span that it held.
                    (Care::Fresh, _) | (Care::AnotherDay | Care::Apart, State::Held | State::Spoilt) => apart,
                    (Care::AnotherDay | Care::Apart | Care::Any, State::Released) => return true,
                    (Care::Any, State::Held | State::Spoilt) => TimeDelta::zero(),
                };
                !span.meets(entry.span, margin)
            })
        };
        match candidates.iter().position(free) {
            Some(at) => {
                book.entries.push(Entry {
                    span: candidates[at],
                    holder,
                    state: State::Held,
                });
                Taken::Yes(at)
            }
            None => Taken::No,
        }
    }

    /// A point in time: what is taken later can be given back apart from what was taken before.
    pub(super) fn mark(&self) -> usize {
        self.book.lock().map_or(0, |book| book.entries.len())
    }

    /// Gives back what a test holds since a point in time; `spoilt` when something it made there may remain.
    pub(super) fn release(&self, holder: usize, since: usize, spoilt: bool) {
        if let Ok(mut book) = self.book.lock() {
            for entry in book
                .entries
                .iter_mut()
                .skip(since)
                .filter(|entry| entry.holder == holder && entry.state == State::Held)
            {
                entry.state = if spoilt { State::Spoilt } else { State::Released };
            }
        }
        self.changed.notify_waiters();
    }

    /// Waits until some test gives something back.
    pub(super) async fn wait(&self, holder: usize) {
        let mut changed = std::pin::pin!(self.changed.notified());
        changed.as_mut().enable();
        // Between the look that found nothing and this line a span may have come back; a short pause covers that.
        let nap = tokio::time::sleep(std::time::Duration::from_millis(200));
        self.note_waiting(holder, true);
        tokio::select! {
            () = changed => {}
            () = nap => {}
        }
        self.note_waiting(holder, false);
    }

    fn note_waiting(&self, holder: usize, waits: bool) {
        if let Ok(mut book) = self.book.lock() {
            book.waiting.retain(|&known| known != holder);
            if waits {
                book.waiting.push(holder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use proptest::prelude::*;

    use super::*;

    fn span(from: i64, minutes: i64) -> Span {
        let from = Utc.timestamp_opt(from * 60, 0).unwrap();
        Span {
            from,
            to: from + TimeDelta::minutes(minutes),
        }
    }

    #[test]
    fn two_tests_at_work_take_different_days_or_keep_a_margin() {
        let leases = Leases::default();
        assert_eq!(leases.take(&[span(0, 30)], 1, Care::Fresh), Taken::Yes(0));
        assert_eq!(
            leases.take(&[span(-90, 30), span(300, 30)], 2, Care::Fresh),
            Taken::No
        );
        assert_eq!(leases.take(&[span(1500, 30)], 2, Care::Fresh), Taken::Yes(0));
        assert_eq!(
            leases.take(&[span(30, 30), span(60, 30), span(90, 30)], 3, Care::Apart),
            Taken::Yes(2)
        );
    }

    #[test]
    fn a_used_span_comes_back_only_when_nothing_else_is_left() {
        let leases = Leases::default();
        assert_eq!(leases.take(&[span(0, 30)], 1, Care::Fresh), Taken::Yes(0));
        assert_eq!(leases.take(&[span(0, 30)], 2, Care::Any), Taken::Wait);
        leases.release(1, 0, false);
        assert_eq!(leases.take(&[span(0, 30)], 2, Care::Fresh), Taken::No);
        assert_eq!(leases.take(&[span(300, 30)], 3, Care::Fresh), Taken::Yes(0));
        assert_eq!(leases.take(&[span(0, 30)], 2, Care::AnotherDay), Taken::No);
        leases.release(3, 0, false);
        assert_eq!(leases.take(&[span(0, 30)], 4, Care::AnotherDay), Taken::Yes(0));
        leases.release(4, 0, false);
        assert_eq!(leases.take(&[span(0, 30)], 2, Care::Apart), Taken::Yes(0));
    }

    #[test]
    fn a_spoilt_span_never_comes_back() {
        let leases = Leases::default();
        assert_eq!(leases.take(&[span(0, 30)], 1, Care::Fresh), Taken::Yes(0));
        leases.release(1, 0, true);
        for care in [Care::Fresh, Care::AnotherDay, Care::Apart, Care::Any] {
            assert_eq!(leases.take(&[span(0, 30)], 2, care), Taken::No);
        }
    }

    #[test]
    fn what_was_taken_before_a_point_in_time_stays_when_the_rest_is_given_back() {
        let leases = Leases::default();
        assert_eq!(leases.take(&[span(0, 30)], 1, Care::Fresh), Taken::Yes(0));
        let mark = leases.mark();
        assert_eq!(leases.take(&[span(300, 30)], 1, Care::Fresh), Taken::Yes(0));
        leases.release(1, mark, false);
        assert_eq!(leases.take(&[span(300, 30)], 2, Care::Apart), Taken::Yes(0));
        assert_eq!(leases.take(&[span(0, 30)], 2, Care::Apart), Taken::No);
    }

    #[tokio::test(start_paused = true)]
    async fn tests_that_all_wait_for_each_other_do_not_wait_for_ever() {
        let leases = Leases::default();
        assert_eq!(leases.take(&[span(0, 30)], 1, Care::Fresh), Taken::Yes(0));
        assert_eq!(leases.take(&[span(5000, 30)], 2, Care::Fresh), Taken::Yes(0));
        leases.note_waiting(1, true);
        assert_eq!(leases.take(&[span(0, 30)], 2, Care::Any), Taken::No);
        leases.wait(2).await;
    }

    proptest! {
        #[test]
        fn no_two_holders_ever_meet(asks in proptest::collection::vec((0i64..600, 5i64..120, 0usize..4, 0u8..4), 1..60)) {
            let leases = Leases::default();
            let mut held: Vec<(usize, Span)> = Vec::new();
            for (from, minutes, holder, care) in asks {
                let care = [Care::Fresh, Care::AnotherDay, Care::Apart, Care::Any][usize::from(care)];
                let candidate = span(from, minutes);
                if leases.take(&[candidate], holder, care) == Taken::Yes(0) {
                    for (other, taken) in &held {
                        prop_assert!(*other == holder || !candidate.meets(*taken, TimeDelta::zero()));
                    }
                    held.push((holder, candidate));
                } else if from % 7 == 0 {
                    leases.release(holder, 0, false);
                    held.retain(|(other, _)| *other != holder);
                }
            }
        }
    }
}
