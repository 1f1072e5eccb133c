//! The rules of time zones that an evaluation goes by, and the zones of which two releases of the database say different things.
//!
//! A provider may be right by the rules of yesterday. A test that fails where releases differ is judged by both.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use parking_lot::Mutex;
use time_zones::Zone;

/// The rules for the expressions of one test, and what they met.
#[derive(Debug, Default)]
pub struct ZoneRules {
    earlier: bool,
    disputed: Mutex<BTreeSet<&'static str>>,
}

impl ZoneRules {
    /// The current rules.
    pub fn current() -> Self {
        Self::default()
    }

    /// The rules of the earlier release, where they differ.
    pub fn earlier() -> Self {
        Self {
            earlier: true,
            ..Self::default()
        }
    }

    /// The zones that expressions used and of which the releases say different things, in order.
    pub fn disputed(&self) -> Vec<&'static str> {
        self.disputed.lock().iter().copied().collect()
    }

    /// Begins an evaluation by these rules.
    pub(super) fn begin(rules: Option<&Self>) {
        EARLIER.set(rules.is_some_and(|rules| rules.earlier));
        MET.with_borrow_mut(BTreeSet::clear);
    }

    /// Ends it: keeps the zones that it met.
    pub(super) fn end(rules: Option<&Self>) {
        let Some(rules) = rules else { return };
        MET.with_borrow_mut(|met| {
            if !met.is_empty() {
                rules.disputed.lock().append(met);
            }
        });
    }
}

thread_local! {
    static EARLIER: Cell<bool> = const { Cell::new(false) };
    static MET: RefCell<BTreeSet<&'static str>> = const { RefCell::new(BTreeSet::new()) };
}

/// The zone by the rules of the evaluation at work.
pub(super) fn by_rules(zone: Zone) -> Zone {
    let Some(earlier) = zone.by_earlier_rules() else {
        return zone;
    };
    MET.with_borrow_mut(|met| met.insert(zone.name()));
    if EARLIER.get() { earlier } else { zone }
}
