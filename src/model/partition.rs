//! One part of several that share a plan.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One part of several, written `2/5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partition {
    /// The number of the part, counted from 1.
    pub number: usize,
    /// The number of parts.
    pub of: usize,
}

/// An error of a text that names no part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a part: `2/5` is expected for the second of five, of at most {most}", most = Partition::MOST)]
pub struct PartitionError(String);

impl Partition {
    /// The most parts of a plan. More are taken for a mistake.
    pub const MOST: usize = 1_000;

    /// Returns true if the number is between 1 and `of`, and `of` is at most [`Self::MOST`].
    pub fn exists(self) -> bool {
        (1..=self.of).contains(&self.number) && self.of <= Self::MOST
    }
}

impl FromStr for Partition {
    type Err = PartitionError;

    fn from_str(text: &str) -> Result<Self, PartitionError> {
        let number = |digits: &str| {
            digits
                .bytes()
                .all(|byte| byte.is_ascii_digit())
                .then(|| digits.parse().ok())
        };
        text.split_once('/')
            .and_then(|(left, right)| {
                Some(Self {
                    number: number(left)??,
                    of: number(right)??,
                })
            })
            .filter(|partition| partition.exists())
            .ok_or_else(|| PartitionError(text.to_owned()))
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_reads_back_as_it_prints() {
        for text in ["1/1", "2/5", "1000/1000"] {
            assert_eq!(text.parse::<Partition>().unwrap().to_string(), text);
        }
        for wrong in [
            "", "2", "0/5", "6/5", "1/0", "+1/2", "1/2/3", "a/b", "1/1001", "/", "1 / 2",
        ] {
            assert!(wrong.parse::<Partition>().is_err(), "{wrong} was taken");
        }
    }
}
