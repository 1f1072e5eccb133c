//! How far the provider's clock is from ours.

use std::sync::Mutex;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// The distance of a provider's clock, from the `Date` headers that it sends.
#[derive(Debug, Default)]
pub(super) struct Skew(Mutex<Option<TimeDelta>>);

impl Skew {
    /// A `Date` has no fractions and an answer takes time to arrive: a smaller distance than this says nothing.
    const NOISE: TimeDelta = TimeDelta::seconds(2);

    /// Learns from an answer: the provider's clock, and ours at the same moment.
    pub(super) fn learn(&self, theirs: DateTime<Utc>, ours: DateTime<Utc>) {
        let skew = theirs.signed_duration_since(ours);
        let skew = if skew.abs() <= Self::NOISE {
            TimeDelta::zero()
        } else {
            skew
        };
        if let Ok(mut known) = self.0.lock() {
            *known = Some(skew);
        }
    }

    /// The provider's present, in whole seconds.
    pub(super) fn now(&self, ours: DateTime<Utc>) -> DateTime<Utc> {
        let skew = self.0.lock().ok().and_then(|known| *known).unwrap_or_default();
        (ours + skew).trunc_subsecs(0)
    }
}
