//! The pace at which a provider is called.

use std::time::Duration;

/// The longest distance between two calls, against a rate so small that it is a slip of the pen.
const LONGEST: Duration = Duration::from_secs(3600);

/// A limit on calls. They are made at even distances, but for bursts that the limit bears.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    apart: Duration,
    at_once: usize,
}

impl Pace {
    /// A limit of so many calls in a second. None where the number means nothing.
    pub fn per_second(rate: f64) -> Option<Self> {
        Self::of(rate, rate)
    }

    /// A limit of so many calls in so many seconds.
    pub fn within(calls: u32, seconds: u32) -> Option<Self> {
        Self::of(f64::from(calls) / f64::from(seconds), f64::from(calls))
    }

    fn of(rate: f64, at_once: f64) -> Option<Self> {
        (rate > 0.0).then(|| Self {
            apart: Duration::try_from_secs_f64(rate.recip())
                .unwrap_or(LONGEST)
                .min(LONGEST),
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a positive number, and one that is too large for the type is the largest there"
            )]
            at_once: at_once as usize,
        })
    }

    /// The distance between two calls.
    pub(super) fn apart(self) -> Duration {
        self.apart
    }

    /// The most calls that may go out at one time, after and before a pause in which they would have gone out one by one.
    pub(super) fn at_once(self) -> usize {
        self.at_once
    }
}
