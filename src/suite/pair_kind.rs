//! The ways in which two spans of time can meet: each is a case of its own for a provider that compares them.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Deserialize;

/// The way in which a second span of time meets a first one. Two spans that overlap or touch are of exactly one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PairKind {
    /// Both begin at one time.
    SameStart,
    /// The second begins inside the first and ends after it.
    BeginsInside,
    /// The second begins before the first and ends inside it.
    EndsInside,
    /// The second begins before the first, and ends with it or after it.
    Contains,
    /// The second begins inside the first, and ends with it or before it.
    Contained,
    /// The second ends where the first begins.
    Precedes,
    /// The second begins where the first ends.
    Follows,
}

impl PairKind {
    /// The kind of two spans, each with its start and its end, the end not included. None where they do not meet.
    pub fn between(
        first: (DateTime<Utc>, DateTime<Utc>),
        second: (DateTime<Utc>, DateTime<Utc>),
    ) -> Option<Self> {
        if second.0 > first.1 || second.1 < first.0 {
            return None;
        }
        Some(if second.0 == first.1 {
            Self::Follows
        } else if second.1 == first.0 {
            Self::Precedes
        } else if second.0 == first.0 {
            Self::SameStart
        } else if second.0 > first.0 {
            if second.1 > first.1 {
                Self::BeginsInside
            } else {
                Self::Contained
            }
        } else if second.1 < first.1 {
            Self::EndsInside
        } else {
            Self::Contains
        })
    }

    /// The word for it in a suite; the id of its row.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SameStart => "same_start",
            Self::BeginsInside => "begins_inside",
            Self::EndsInside => "ends_inside",
            Self::Contains => "contains",
            Self::Contained => "contained",
            Self::Precedes => "precedes",
            Self::Follows => "follows",
        }
    }

    /// The second span as a noun phrase, where the first one is a booking.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::SameStart => "a slot that begins with a booking",
            Self::BeginsInside => "a slot that begins inside a booking and ends after it",
            Self::EndsInside => "a slot that begins before a booking and ends inside it",
            Self::Contains => "a slot that contains a booking",
            Self::Contained => "a slot that lies within a booking",
            Self::Precedes => "a slot that ends where a booking begins",
            Self::Follows => "a slot that begins where a booking ends",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i64, to: i64) -> (DateTime<Utc>, DateTime<Utc>) {
        let at = |minutes: i64| DateTime::from_timestamp(minutes * 60, 0).unwrap();
        (at(from), at(to))
    }

    #[test]
    fn two_spans_that_meet_are_of_one_kind_and_others_of_none() {
        let first = span(60, 120);
        let told = |from, to| PairKind::between(first, span(from, to)).map(PairKind::as_str);
        assert_eq!(told(0, 59), None);
        assert_eq!(told(121, 180), None);
        assert_eq!(told(0, 60), Some("precedes"));
        assert_eq!(told(120, 180), Some("follows"));
        for to in [90, 120, 150] {
            assert_eq!(told(60, to), Some("same_start"));
        }
        assert_eq!(told(90, 150), Some("begins_inside"));
        assert_eq!(told(90, 120), Some("contained"));
        assert_eq!(told(75, 90), Some("contained"));
        assert_eq!(told(30, 90), Some("ends_inside"));
        assert_eq!(told(30, 120), Some("contains"));
        assert_eq!(told(30, 150), Some("contains"));
    }
}
