//! The clocks: that of the provider, and one of its own for each tenant.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use parking_lot::Mutex;

/// A source of the current time. Everything that depends on "now" asks it, the `Date` header included.
pub trait Clock: Send + Sync + 'static {
    /// The current instant.
    fn now(&self) -> DateTime<Utc>;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        // Milliseconds are what the store keeps: a finer "now" could not be compared with it.
        Utc::now().trunc_subsecs(3)
    }
}

/// A clock that stands still until it is told to move.
#[derive(Debug)]
pub struct ManualClock {
    now: Mutex<DateTime<Utc>>,
}

impl ManualClock {
    /// A clock that shows `now`.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self { now: Mutex::new(now) }
    }

    /// Sets the clock, forwards or back.
    pub fn set(&self, now: DateTime<Utc>) {
        *self.now.lock() = now;
    }

    /// Moves the clock by `by`, which may be negative.
    pub fn advance(&self, by: TimeDelta) {
        *self.now.lock() += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.now.lock()
    }
}

/// The clock of one tenant: the provider's, until the sandbox moves it or makes it stand still.
pub(crate) struct TenantClock {
    base: Arc<dyn Clock>,
    setting: Mutex<Setting>,
}

/// The difference of a tenant's clock from the provider's.
#[derive(Debug, Clone, Copy)]
enum Setting {
    /// It runs, this far ahead.
    Ahead(TimeDelta),
    /// It stands still at this instant.
    Frozen(DateTime<Utc>),
}

/// A change of a tenant's clock, in the order in which it is done.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Turn {
    /// Return to the provider's clock.
    pub(crate) reset: bool,
    /// Stand still, or run on; None leaves it as it is.
    pub(crate) freeze: Option<bool>,
    /// Move forward.
    pub(crate) by: TimeDelta,
}

impl TenantClock {
    /// A clock that shows what the provider's shows.
    pub(crate) fn new(base: Arc<dyn Clock>) -> Self {
        Self {
            base,
            setting: Mutex::new(Setting::Ahead(TimeDelta::zero())),
        }
    }

    /// Turns the clock; what it shows now, and whether it stands still. None where no calendar goes as far.
    pub(crate) fn turn(&self, turn: Turn) -> Option<(DateTime<Utc>, bool)> {
        let mut setting = self.setting.lock();
        let real = self.base.now();
        let shown = match (turn.reset, *setting) {
            (true, _) => real,
            (false, Setting::Ahead(by)) => real.checked_add_signed(by)?,
            (false, Setting::Frozen(at)) => at,
        };
        let was_frozen = !turn.reset && matches!(*setting, Setting::Frozen(_));
        let frozen = turn.freeze.unwrap_or(was_frozen);
        let now = shown.checked_add_signed(turn.by)?;
        *setting = if frozen {
            Setting::Frozen(now)
        } else {
            Setting::Ahead(now - real)
        };
        Some((now, frozen))
    }
}

impl Clock for TenantClock {
    fn now(&self) -> DateTime<Utc> {
        match *self.setting.lock() {
            Setting::Ahead(by) => self.base.now() + by,
            Setting::Frozen(at) => at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = ManualClock::at(DateTime::UNIX_EPOCH);
        assert_eq!(clock.now(), clock.now());
        clock.advance(TimeDelta::seconds(60));
        assert_eq!(clock.now().timestamp(), 60);
        clock.set(DateTime::UNIX_EPOCH);
        assert_eq!(clock.now().timestamp(), 0);
    }

    #[test]
    fn a_tenants_clock_moves_stands_still_runs_on_and_returns() {
        let base = Arc::new(ManualClock::at(DateTime::UNIX_EPOCH));
        let clock = TenantClock::new(Arc::clone(&base) as _);
        let shown = |turn| {
            let (now, frozen) = clock.turn(turn).unwrap();
            assert_eq!(now, clock.now());
            (now.timestamp(), frozen)
        };
        let ahead = |seconds| Turn {
            by: TimeDelta::seconds(seconds),
            ..Turn::default()
        };
        let freeze = |freeze| Turn {
            freeze: Some(freeze),
            ..Turn::default()
        };
        assert_eq!(shown(ahead(60)), (60, false));
        base.advance(TimeDelta::seconds(5));
        assert_eq!(shown(freeze(true)), (65, true));
        base.advance(TimeDelta::seconds(5));
        assert_eq!(shown(ahead(10)), (75, true));
        assert_eq!(shown(freeze(false)), (75, false));
        base.advance(TimeDelta::seconds(5));
        assert_eq!(shown(Turn::default()), (80, false));
        let back = Turn {
            reset: true,
            ..ahead(1)
        };
        assert_eq!(shown(back), (16, false));
    }
}
