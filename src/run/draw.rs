//! The order in which a run takes days and slots. Runs and parts of runs that work on one calendar at one time each draw an order of
//! their own, so that they seldom meet.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::suite::SearchStep;

/// The first day, counted from today, that is as good as any later one. Today and tomorrow stay where a suite has put them.
const FIRST_LIKE_ANY: i64 = 2;

/// The number by which an entry of a run draws.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draw(u64);

impl Draw {
    /// The draw of an entry in a run, or in a part of one. `number` is that of the run.
    pub(super) fn new(number: u64, part: impl Hash, entry: impl Hash) -> Self {
        Self(hash((number, part, entry)))
    }

    /// Puts the days of a search in the order that is drawn. A list of whole numbers counts days from today; those that are alike are
    /// drawn, and the others keep their places.
    pub(super) fn days(self, search: &SearchStep, items: &mut [Value]) {
        if search.soonest || !items.iter().all(Value::is_i64) {
            return;
        }
        let alike = |item: &Value| item.as_i64().is_some_and(|day| day >= FIRST_LIKE_ANY);
        let mut drawn: Vec<Value> = items.iter().filter(|item| alike(item)).cloned().collect();
        drawn.sort_by_cached_key(|item| hash((self.0, item.as_i64())));
        let places = items.iter_mut().filter(|item| alike(item));
        for (place, item) in places.zip(drawn) {
            *place = item;
        }
    }

    /// The place of the candidate that is tried first of so many; those after it follow, and at last those before it. `day` tells the
    /// answers apart.
    pub(super) fn first_of(self, search: &SearchStep, day: impl Hash, count: usize) -> usize {
        if search.soonest {
            return 0;
        }
        let count = u64::try_from(count).unwrap_or(u64::MAX).max(1);
        usize::try_from(hash((self.0, day)) % count).unwrap_or_default()
    }
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
