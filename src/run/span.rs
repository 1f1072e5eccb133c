//! A span of time on the calendar of a provider.

use chrono::{DateTime, TimeDelta, Utc};

/// A span of time, the end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl Span {
    /// A span; None where it does not end after it begins.
    pub(super) fn new(from: DateTime<Utc>, to: DateTime<Utc>) -> Option<Self> {
        (from < to).then_some(Self { from, to })
    }

    /// Its beginning and its end.
    pub(super) fn ends(self) -> (DateTime<Utc>, DateTime<Utc>) {
        (self.from, self.to)
    }

    /// Returns true if two spans overlap, or come closer to each other than the margin.
    pub(super) fn meets(self, other: Self, margin: TimeDelta) -> bool {
        match margin.is_zero() {
            true => self.from < other.to && other.from < self.to,
            false => self.from < other.to + margin && other.from < self.to + margin,
        }
    }

    /// The span that reaches further by the margin on both sides.
    pub(super) fn widened(self, margin: TimeDelta) -> Self {
        Self {
            from: self.from - margin,
            to: self.to + margin,
        }
    }

    /// Its beginning.
    pub(super) fn from(self) -> DateTime<Utc> {
        self.from
    }

    /// The time from its beginning to its end.
    pub(super) fn length(self) -> TimeDelta {
        self.to - self.from
    }

    /// The span from the first to the last of some spans; None where there are none.
    pub(super) fn around(spans: &[Self]) -> Option<Self> {
        let from = spans.iter().map(|span| span.from).min()?;
        let to = spans.iter().map(|span| span.to).max()?;
        Some(Self { from, to })
    }

    /// Returns true if one of some spans falls between the first and the last of some candidates, or as close to them as the same day
    /// is, and at least `margin`. The candidates may be few of the day's slots.
    pub(super) fn any_on_the_day_of(
        candidates: &[Self],
        margin: TimeDelta,
        mut spans: impl Iterator<Item = Self>,
    ) -> bool {
        let Some(day) = Self::around(candidates) else {
            return false;
        };
        let margin = margin.max((TimeDelta::days(1) - day.length()) / 2);
        spans.any(|span| day.meets(span, margin))
    }
}
