//! Two runs side by side.

use indexmap::IndexMap;

use super::RunSummary;
use super::key::{Key, key};
use crate::model::{Level, Outcome, ProviderId, RunId, TestId, TestResult};

/// Two runs, test by test.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The first run.
    pub before: RunId,
    /// The second run.
    pub after: RunId,
    /// Every test of either run: those of the first in its order, then those that only the second has.
    pub rows: Vec<Compared>,
}

/// One test against one provider, in both runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The provider.
    pub provider: ProviderId,
    /// The test.
    pub test: TestId,
    /// The result in the first run. None if it did not have the test.
    pub before: Option<Side>,
    /// The result in the second run. None if it did not have the test.
    pub after: Option<Side>,
}

/// The result of one test in one of the two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Side {
    /// The level that the test had.
    pub level: Level,
    /// Its outcome.
    pub outcome: Outcome,
    /// Milliseconds spent waiting for the provider.
    pub ms: u64,
}

impl Compared {
    /// Returns true if both runs had the test, with different outcomes.
    pub fn changed(&self) -> bool {
        matches!((self.before, self.after), (Some(before), Some(after)) if before.outcome != after.outcome)
    }

    /// The milliseconds that the second run waited longer, negative if shorter. None unless both runs executed the test.
    pub fn slower_by(&self) -> Option<i64> {
        let (before, after) = (self.before?, self.after?);
        let executed = before.outcome.executed() && after.outcome.executed();
        executed.then(|| i64::try_from(i128::from(after.ms) - i128::from(before.ms)).unwrap_or(i64::MAX))
    }
}

impl Comparison {
    /// Puts two runs side by side.
    pub fn between(before: &RunSummary, after: &RunSummary) -> Self {
        let mut rows: IndexMap<Key, (Option<Side>, Option<Side>)> = IndexMap::new();
        for result in &before.results {
            rows.entry(key(result)).or_default().0 = Some(side(result));
        }
        for result in &after.results {
            rows.entry(key(result)).or_default().1 = Some(side(result));
        }
        Self {
            before: before.header.run.clone(),
            after: after.header.run.clone(),
            rows: rows
                .into_iter()
                .map(|((provider, test), (before, after))| Compared {
                    provider,
                    test,
                    before,
                    after,
                })
                .collect(),
        }
    }

    /// The tests with different outcomes.
    pub fn changes(&self) -> impl Iterator<Item = &Compared> {
        self.rows.iter().filter(|row| row.changed())
    }

    /// The tests that only the first run had.
    pub fn only_before(&self) -> impl Iterator<Item = &Compared> {
        self.rows.iter().filter(|row| row.after.is_none())
    }

    /// The tests that only the second run had.
    pub fn only_after(&self) -> impl Iterator<Item = &Compared> {
        self.rows.iter().filter(|row| row.before.is_none())
    }
}

fn side(result: &TestResult) -> Side {
    Side {
        level: result.level,
        outcome: result.outcome,
        ms: result.ms,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Sample, row};
    use super::*;

    #[test]
    fn two_runs_stand_side_by_side() {
        let before = Sample::of([row("a:b", "one").ms(10), row("a:b", "two"), row("a:b", "gone")])
            .fold()
            .unwrap();
        let after = Sample::of([
            row("a:b", "one").ms(7),
            row("a:b", "two").fails("no"),
            row("a:b", "new"),
        ]);
        let comparison = Comparison::between(&before, &after.fold().unwrap());
        let names = |rows: Vec<&Compared>| {
            rows.into_iter()
                .map(|row| row.test.name.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            names(comparison.rows.iter().collect()),
            ["gone", "one", "two", "new"]
        );
        assert_eq!(names(comparison.changes().collect()), ["two"]);
        assert_eq!(names(comparison.only_before().collect()), ["gone"]);
        assert_eq!(names(comparison.only_after().collect()), ["new"]);
        assert_eq!(comparison.rows[1].slower_by(), Some(-3));
        assert_eq!(comparison.rows[0].slower_by(), None);
    }
}
