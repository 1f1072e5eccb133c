//! The limits of a budget, and the words for what ran out.

use std::fmt;
use std::time::Duration;

use crate::model::plural;

/// The most steps that the expressions of one turn may take: some ten times what a correct provider with a long catalogue needs.
const STEPS: u64 = 100_000_000;

/// The most bytes of results that are kept of one turn.
const BYTES: u64 = 32 * 1024 * 1024;

/// The longest that the provider may have one test pause.
const TEST_PAUSES: Duration = Duration::from_secs(120);

/// The limits of a provider's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetLimits {
    /// The time in which a test of the provider is at work. Waiting for tests of others is not in it.
    pub time: Duration,
    /// The pauses that the provider asks for by `Retry-After`, over the whole turn. Calls that wait side by side pause once.
    pub pauses: Duration,
    /// The same within one test.
    pub test_pauses: Duration,
    /// The steps of all expressions over its answers.
    pub steps: u64,
    /// The bytes of what is kept of its answers: messages, notes and recorded calls.
    pub bytes: u64,
}

impl BudgetLimits {
    /// The time that a turn has where nobody says otherwise.
    pub const TIME: Duration = Duration::from_secs(15 * 60);

    /// The time of a turn on a schedule.
    pub const SCHEDULED_TIME: Duration = Duration::from_secs(5 * 60);

    /// The longest that the reading of a provider's listing of tools may take, all pages and pauses of it.
    pub const LISTING_TIME: Duration = Duration::from_secs(60);

    /// The limits of a turn that may take so long. A third of it may be pauses.
    pub fn within(time: Duration) -> Self {
        let pauses = time.checked_div(3).unwrap_or_default();
        Self {
            time,
            pauses,
            test_pauses: pauses.min(TEST_PAUSES),
            steps: STEPS,
            bytes: BYTES,
        }
    }

    /// The words for what has run out.
    pub(super) fn exceeded(&self, resource: Resource) -> String {
        match resource {
            Resource::Time => format!(
                "the provider's turn took longer than {} (--provider-timeout)",
                humane(self.time)
            ),
            Resource::Pauses => format!(
                "the provider asked for more than {} of pauses (Retry-After) in its turn",
                humane(self.pauses)
            ),
            Resource::Steps => format!(
                "expressions over the provider's answers took more than {} steps in its turn",
                self.steps
            ),
            Resource::Bytes => format!(
                "the record of the provider's turn is larger than {} KiB",
                self.bytes / 1024
            ),
        }
    }
}

impl Default for BudgetLimits {
    fn default() -> Self {
        Self::within(Self::TIME)
    }
}

/// One of the things that a turn may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// Time in which its tests are at work.
    Time,
    /// Pauses that the provider asks for.
    Pauses,
    /// Steps of expressions.
    Steps,
    /// Bytes of its record.
    Bytes,
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Time => "time",
            Self::Pauses => "pauses",
            Self::Steps => "steps",
            Self::Bytes => "bytes",
        })
    }
}

/// A time in words: `15 minutes`, `90 seconds`.
pub(super) fn humane(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{} ms", time.as_millis()),
        seconds if seconds.is_multiple_of(60) => plural(seconds / 60, "minute"),
        seconds => plural(seconds, "second"),
    }
}
