//! The clock, as an injected source of time.

use std::time::Duration;

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use parking_lot::Mutex;

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

/// The clock of runs, which nobody sets while one is at work.
///
/// It is set by the clock of this machine when a run begins, and counts by itself from then on: whoever sets that of the machine meanwhile
/// moves neither the times of a run nor what it takes for now. All runs of a process share it, with what their transports note.
#[derive(Debug, Clone, Copy)]
pub struct SteadyClock(());

/// The time at which the steady clock was set, and for how long this machine had been up then.
static SET: Mutex<Option<(DateTime<Utc>, Duration)>> = Mutex::new(None);

impl SteadyClock {
    /// Sets the clock by that of this machine.
    pub fn set() -> Self {
        *SET.lock() = Some((Utc::now(), uptime()));
        Self(())
    }

    /// The clock as it was set last.
    pub fn as_set() -> Self {
        SET.lock().get_or_insert_with(|| (Utc::now(), uptime()));
        Self(())
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> DateTime<Utc> {
        let up = uptime();
        let (at, before) = *SET.lock().get_or_insert_with(|| (Utc::now(), up));
        let since = TimeDelta::from_std(up.saturating_sub(before)).unwrap_or_default();
        at.checked_add_signed(since).unwrap_or(at)
    }
}

/// For how long this machine has been up, its sleep included.
#[cfg(target_os = "linux")]
fn uptime() -> Duration {
    let up = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::try_from(up).unwrap_or_default()
}

/// For how long this process has been running.
#[cfg(not(target_os = "linux"))]
fn uptime() -> Duration {
    static BEGAN: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    BEGAN.elapsed()
}

/// A clock that stands still, for output that must not change.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub DateTime<Utc>);

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steady_clock_begins_with_that_of_this_machine_and_goes_on() {
        let before = Utc::now();
        let clock = SteadyClock::set();
        let first = clock.now();
        assert!(
            first >= before && first <= Utc::now() + TimeDelta::seconds(1),
            "{first}"
        );
        std::thread::sleep(Duration::from_millis(20));
        assert!(SteadyClock::as_set().now() - first >= TimeDelta::milliseconds(20));
    }
}
