//! The effect of a run's baseline: the failures that it excuses, and its entries that are out of date.

use std::collections::HashMap;

use super::key::{Key, key};
use crate::model::{BaselineEntry, Outcome, TestName, TestResult};

/// The failures of a run that its baseline excuses, and the entries that are out of date.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KnownFailures {
    /// The entry that excuses a failure.
    excused: HashMap<Key, BaselineEntry>,
    /// The entries that make the run red, in the order of the file.
    pub out_of_date: Vec<OutOfDate>,
}

/// An entry of the baseline that makes a run red.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutOfDate {
    /// The entry.
    pub entry: BaselineEntry,
    /// The reason.
    pub why: OutOfDateReason,
}

/// The reasons why an entry makes a run red.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutOfDateReason {
    /// Its last day is over.
    Expired,
    /// The test stands under `failing`, and passed.
    Passed,
    /// The test stands under `failing`, and passed when it was tried again.
    PassedLate,
    /// The provider was proven, and the test is none of those that were planned.
    NotPlanned,
}

impl OutOfDateReason {
    /// The word for the reason: `expired` or `stale`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Passed | Self::PassedLate | Self::NotPlanned => "stale",
        }
    }
}

impl OutOfDate {
    /// The reason as a message, to end a line with.
    pub fn message(&self) -> String {
        match self.why {
            OutOfDateReason::Expired => format!("it expired after {}", self.entry.expires),
            OutOfDateReason::Passed => "the test passed".to_owned(),
            OutOfDateReason::PassedLate => {
                "the test passed on a retry, so it belongs under `flaky`".to_owned()
            }
            OutOfDateReason::NotPlanned if self.entry.test.name == TestName::set_up() => {
                "no set-up call was answered wrongly".to_owned()
            }
            OutOfDateReason::NotPlanned => "no such test was planned".to_owned(),
        }
    }
}

impl KnownFailures {
    /// Lets an entry excuse the failures of its test.
    pub(super) fn excuse_by(&mut self, entry: &BaselineEntry) {
        let key = (entry.provider.clone(), entry.test.clone());
        self.excused.insert(key, entry.clone());
    }

    /// The entry that excuses a failure, also of a failure that decides nothing.
    pub(super) fn excuse(&self, result: &TestResult) -> Option<&BaselineEntry> {
        if self.excused.is_empty() || result.outcome != Outcome::Fail {
            return None;
        }
        self.excused.get(&key(result))
    }
}
