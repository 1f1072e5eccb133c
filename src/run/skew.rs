//! The distance between the clock of a provider and ours.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use parking_lot::Mutex;

use crate::model::is_sane;

/// The distance of a provider's clock: from the `Date` headers that it sends, or from what its test clock says.
#[derive(Debug, Default)]
pub(super) struct Skew(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// The distance that `Date` headers show.
    from_headers: TimeDelta,
    /// The setting of the test clock, while it is not as it was found.
    moved: Option<Moved>,
}

/// A test clock that was moved. What it says is exact, and the headers add nothing to it.
#[derive(Debug, Clone, Copy)]
enum Moved {
    /// It runs, this far ahead of ours.
    Ahead(TimeDelta),
    /// It stands still at this instant.
    Frozen(DateTime<Utc>),
}

impl Skew {
    /// A `Date` has no fractions and an answer takes time to arrive: a smaller distance than this says nothing.
    const NOISE: TimeDelta = TimeDelta::seconds(2);

    /// Learns from an answer: the provider's clock, and ours at the same moment.
    pub(super) fn learn(&self, theirs: DateTime<Utc>, ours: DateTime<Utc>) {
        let mut known = self.0.lock();
        if known.moved.is_some() || !is_sane(theirs) {
            return;
        }
        let skew = theirs.signed_duration_since(ours);
        known.from_headers = if skew.abs() <= Self::NOISE {
            TimeDelta::zero()
        } else {
            skew
        };
    }

    /// The provider's test clock is about to be moved: from now on the headers say nothing new.
    pub(super) fn hold(&self) {
        let mut known = self.0.lock();
        known.moved = known.moved.or(Some(Moved::Ahead(known.from_headers)));
    }

    /// Follows the provider's test clock: what it shows, whether it stands still, and our clock at the same moment.
    pub(super) fn follow(&self, theirs: DateTime<Utc>, frozen: bool, ours: DateTime<Utc>) {
        if !is_sane(theirs) {
            return;
        }
        self.0.lock().moved = Some(if frozen {
            Moved::Frozen(theirs)
        } else {
            Moved::Ahead(theirs.signed_duration_since(ours))
        });
    }

    /// The provider's test clock is as it was found.
    pub(super) fn put_back(&self) {
        self.0.lock().moved = None;
    }

    /// The provider's present, in whole seconds.
    pub(super) fn now(&self, ours: DateTime<Utc>) -> DateTime<Utc> {
        let known = self.0.lock();
        let now = match known.moved {
            None => ours.checked_add_signed(known.from_headers),
            Some(Moved::Ahead(by)) => ours.checked_add_signed(by),
            Some(Moved::Frozen(at)) => Some(at),
        };
        // A clock beyond every calendar is none: it is not learned, and this keeps what was from being carried there.
        let now = now.filter(|now| is_sane(*now)).unwrap_or(ours);
        now.trunc_subsecs(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(1_700_000_000 + seconds)
    }

    #[test]
    fn a_clock_that_no_calendar_has_is_not_followed() {
        let skew = Skew::default();
        let ours = at(0);
        for theirs in [
            DateTime::<Utc>::MAX_UTC,
            DateTime::<Utc>::MIN_UTC,
            at(-1_700_000_000),
        ] {
            skew.learn(theirs, ours);
            assert_eq!(skew.now(ours), ours);
            skew.follow(theirs, false, ours);
            assert_eq!(skew.now(ours), ours);
            skew.follow(theirs, true, ours);
            assert_eq!(skew.now(ours), ours);
        }
    }

    #[test]
    fn a_moved_clock_is_followed_and_headers_count_again_when_it_is_put_back() {
        let skew = Skew::default();
        skew.learn(at(101), at(100));
        assert_eq!(skew.now(at(100)), at(100));
        skew.learn(at(130), at(100));
        assert_eq!(skew.now(at(100)), at(130));
        skew.hold();
        skew.learn(at(1000), at(100));
        skew.follow(at(1000), false, at(100));
        assert_eq!(skew.now(at(110)), at(1010));
        skew.follow(at(2000), true, at(110));
        assert_eq!(skew.now(at(120)), at(2000));
        skew.put_back();
        assert_eq!(skew.now(at(120)), at(150));
    }
}
