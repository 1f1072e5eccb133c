//! The clock, as an injected source of time.

use chrono::{DateTime, Datelike, Utc};

/// Returns true for an instant that a clock in use can show: from 2000 to the end of 2199. What lies beyond is a mistake or a trap, and
/// no time to calculate with.
pub fn is_sane(instant: DateTime<Utc>) -> bool {
    (2000..2200).contains(&instant.year())
}

/// A source of the current time.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> DateTime<Utc>;
}

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// A clock that stands still, for output that must not change.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub DateTime<Utc>);

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}
