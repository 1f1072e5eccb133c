//! The share of must-level tests that passed, as an exact fraction.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::model::Outcome;

/// The tests that passed, of those that were executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rate {
    /// The number of tests that passed.
    pub passed: u64,
    /// The number of executed tests: passed or failed.
    pub executed: u64,
}

impl Rate {
    /// Counts one more test. One that was not executed changes nothing.
    pub fn add(&mut self, outcome: Outcome) {
        self.executed += u64::from(outcome.executed());
        self.passed += u64::from(outcome == Outcome::Pass);
    }

    /// The sum of both.
    pub fn and(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            executed: self.executed + other.executed,
        }
    }

    /// The rate as a number between 0 and 1. None if nothing was executed.
    pub fn share(self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "nobody runs 2^53 tests")]
        let share = |passed: u64, executed: u64| passed as f64 / executed as f64;
        (self.executed > 0).then(|| share(self.passed, self.executed))
    }

    /// Returns true if it is at least this share. None if nothing was executed.
    pub fn reaches(self, least: Share) -> Option<bool> {
        let (passed, executed) = (u128::from(self.passed), u128::from(self.executed));
        (executed > 0).then(|| passed * u128::from(Share::WHOLE) >= executed * u128::from(least.millionths))
    }

    /// Compares by share. A rate without executed tests is the least.
    pub fn compare(self, other: Self) -> Ordering {
        match (self.executed, other.executed) {
            (0, 0) => Ordering::Equal,
            (0, _) => Ordering::Less,
            (_, 0) => Ordering::Greater,
            (mine, its) => {
                let (mine, its) = (u128::from(mine), u128::from(its));
                (u128::from(self.passed) * its).cmp(&(u128::from(other.passed) * mine))
            }
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.passed, self.executed)
    }
}

/// A share between 0 and 1, to the millionth, so that a comparison with it is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share {
    millionths: u32,
}

impl Share {
    const WHOLE: u32 = 1_000_000;
    const DIGITS: usize = 6;
}

/// An error of a text that is no share.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a share between 0 and 1 is expected, such as `0.99`, with at most six digits after the point")]
pub struct ShareError;

impl FromStr for Share {
    type Err = ShareError;

    fn from_str(text: &str) -> Result<Self, ShareError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > Self::DIGITS {
            return Err(ShareError);
        }
        let whole: u32 = whole.parse().map_err(|_| ShareError)?;
        let fraction: u32 = format!("{fraction:0<width$}", width = Self::DIGITS)
            .parse()
            .map_err(|_| ShareError)?;
        let millionths = whole
            .checked_mul(Self::WHOLE)
            .and_then(|whole| whole.checked_add(fraction))
            .filter(|millionths| *millionths <= Self::WHOLE);
        millionths.map(|millionths| Self { millionths }).ok_or(ShareError)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.millionths / Self::WHOLE;
        let fraction = format!("{:06}", self.millionths % Self::WHOLE);
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{whole}"),
            fraction => write!(f, "{whole}.{fraction}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rate(passed: u64, executed: u64) -> Rate {
        Rate { passed, executed }
    }

    #[test]
    fn a_share_is_read_exactly_and_nothing_else_is() {
        for (text, shown) in [
            ("0.99", "0.99"),
            ("1", "1"),
            ("1.0", "1"),
            ("0", "0"),
            ("0.000001", "0.000001"),
        ] {
            assert_eq!(text.parse::<Share>().unwrap().to_string(), shown);
        }
        for wrong in [
            "",
            ".5",
            "1.",
            "1.000001",
            "-0.5",
            "99%",
            "0.0000001",
            "1e-2",
            "9999999999",
            "NaN",
        ] {
            assert!(wrong.parse::<Share>().is_err(), "{wrong} was taken");
        }
    }

    #[test]
    fn a_rate_that_is_exactly_the_least_reaches_it() {
        let least: Share = "0.99".parse().unwrap();
        assert_eq!(rate(99, 100).reaches(least), Some(true));
        assert_eq!(rate(98_999, 100_000).reaches(least), Some(false));
        assert_eq!(rate(0, 0).reaches(least), None);
    }

    #[test]
    fn what_was_not_executed_is_in_no_rate() {
        let mut counted = Rate::default();
        Outcome::ALL.into_iter().for_each(|outcome| counted.add(outcome));
        assert_eq!((counted, counted.to_string().as_str()), (rate(1, 2), "1 of 2"));
        assert_eq!((counted.share(), Rate::default().share()), (Some(0.5), None));
    }

    proptest! {
        #[test]
        fn rates_are_ordered_as_their_shares(a in 0u64..40, b in 1u64..40, c in 0u64..40, d in 1u64..40) {
            let (left, right) = (rate(a.min(b), b), rate(c.min(d), d));
            prop_assert_eq!(left.compare(right), left.share().partial_cmp(&right.share()).unwrap());
            prop_assert_eq!(left.compare(right), right.compare(left).reverse());
            prop_assert_eq!(Rate::default().compare(left), Ordering::Less);
        }
    }
}
