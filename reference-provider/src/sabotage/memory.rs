//! The state that faults keep from one call to the next.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use serde_json::Value;

use crate::version::Version;

/// More than this is forgotten, all at once.
const MOST: usize = 10_000;

/// A request as far as a refusal is remembered: tenant, service, customer, start.
pub(crate) type RequestKey = (String, String, String, DateTime<Utc>);

/// Refusals to be repeated, how often somebody looked at a day, which bookings somebody has seen, and the calls under way.
#[derive(Default)]
pub(crate) struct Memory {
    refused: Mutex<HashMap<RequestKey, Value>>,
    looks: Mutex<HashMap<Day, i64>>,
    shown: Mutex<HashSet<String>>,
    under_way: Mutex<HashSet<String>>,
    calls: AtomicU64,
}

/// A date of a service, as callers of one version see it. Those of another version are in their way by bookings only.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Day {
    pub(crate) tenant: String,
    pub(crate) version: Version,
    pub(crate) service_id: String,
    pub(crate) date: String,
}

impl Memory {
    /// The alternatives with which a request was refused before.
    pub(crate) fn refused(&self, key: &RequestKey) -> Option<Value> {
        let refused = self.refused.lock();
        refused.get(key).cloned()
    }

    /// Remembers a refusal.
    pub(crate) fn refuse(&self, key: RequestKey, alternatives: Value) {
        let mut refused = self.refused.lock();
        if refused.len() >= MOST {
            refused.clear();
        }
        refused.insert(key, alternatives);
    }

    /// The number of earlier looks at a day.
    pub(crate) fn look(&self, day: Day) -> i64 {
        let mut looks = self.looks.lock();
        if looks.len() >= MOST {
            looks.clear();
        }
        let count = looks.entry(day).or_default();
        let before = *count;
        *count = before.wrapping_add(1);
        before
    }

    /// Returns true if something is answered for the first time.
    pub(crate) fn is_first(&self, id: &str) -> bool {
        let mut shown = self.shown.lock();
        if shown.len() >= MOST {
            shown.clear();
        }
        shown.insert(id.to_owned())
    }

    /// Begins a call; false if the same one is under way.
    pub(crate) fn begin(&self, call: &str) -> bool {
        let mut under_way = self.under_way.lock();
        if under_way.len() >= MOST {
            under_way.clear();
        }
        under_way.insert(call.to_owned())
    }

    /// Ends a call.
    pub(crate) fn end(&self, call: &str) {
        self.under_way.lock().remove(call);
    }

    /// A number that no other call gets.
    pub(crate) fn next_call(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::Relaxed)
    }
}
