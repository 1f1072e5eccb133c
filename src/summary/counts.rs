//! The counts of a run, the one way in which every table, page and report counts its rows.

use super::{ProviderSummary, RunSummary};
use crate::model::{Totals, plural};

/// The rows of a run or of one of its providers, each counted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Tests that passed.
    pub passed: usize,
    /// Failures that decide.
    pub failed: usize,
    /// Failures that would decide and that the baseline knows.
    pub known: usize,
    /// Failures that decide nothing: of a should-level test, or of one that the edition does not hold yet.
    pub warnings: usize,
    /// Tests whose provider could not be asked.
    pub errors: usize,
    /// Tests whose set-up could not be made.
    pub blocked: usize,
    /// Tests that do not apply.
    pub skipped: usize,
}

/// The title of a column, and the count in it.
pub type CountColumn = (&'static str, fn(&Counts) -> usize);

impl Counts {
    /// A count with its column in a table, in the order of the columns. The first one always has a column, the others where there is
    /// something to count.
    pub const COLUMNS: [CountColumn; 7] = [
        ("pass", |counts| counts.passed),
        ("fail", |counts| counts.failed),
        ("known", |counts| counts.known),
        ("warn", |counts| counts.warnings),
        ("error", |counts| counts.errors),
        ("blocked", |counts| counts.blocked),
        ("skip", |counts| counts.skipped),
    ];

    fn of(totals: Totals, known: usize, warnings: usize) -> Self {
        Self {
            passed: totals.pass,
            failed: totals.fail.saturating_sub(known).saturating_sub(warnings),
            known,
            warnings,
            errors: totals.error,
            blocked: totals.blocked,
            skipped: totals.skip,
        }
    }

    /// The number of all rows.
    pub fn sum(self) -> usize {
        let counts = Self::COLUMNS.iter().map(|(_, count)| count(&self));
        counts.sum()
    }

    /// The counts in one line. What the baseline knows and what only warns stand there where there is some.
    pub fn in_words(self) -> String {
        let mut parts = vec![
            format!("{} passed", self.passed),
            format!("{} failed", self.failed),
        ];
        if self.known > 0 {
            parts.push(format!("{} known to fail", self.known));
        }
        if self.warnings > 0 {
            parts.push(plural(self.warnings, "warning"));
        }
        parts.push(plural(self.errors, "error"));
        parts.push(format!("{} blocked", self.blocked));
        parts.push(format!("{} skipped", self.skipped));
        parts.join(", ")
    }
}

impl RunSummary {
    /// The counts of all rows.
    pub fn counts(&self) -> Counts {
        Counts::of(self.totals, self.known_failures(), self.warnings())
    }

    /// The counts of the rows of one provider.
    pub fn counts_of(&self, provider: &ProviderSummary) -> Counts {
        Counts::of(provider.totals, provider.known, self.warnings_of(provider))
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Sample, known, row};
    use super::*;
    use crate::model::{KnownAs, Level, Outcome};

    #[test]
    fn each_row_is_counted_once_and_providers_add_up_to_the_run() {
        let mut should = row("a:b", "ruled").fails("no");
        should.0.level = Level::Should;
        let mut blocked = row("c:d", "blocked").fails("no");
        blocked.0.outcome = Outcome::Blocked;
        let sample = Sample::of([
            row("a:b", "fine"),
            row("a:b", "wrong").fails("no"),
            row("a:b", "borne").fails("no"),
            should,
            blocked,
        ]);
        let summary = sample
            .with_baseline([known(KnownAs::Failing, "a:b", "borne")])
            .fold()
            .unwrap();
        let counts = summary.counts();
        assert_eq!(
            counts.in_words(),
            "1 passed, 1 failed, 1 known to fail, 1 warning, 0 errors, 1 blocked, 0 skipped"
        );
        assert_eq!(counts.sum(), summary.results.len());
        for (title, count) in Counts::COLUMNS {
            let of_providers = summary.providers.iter();
            let sum: usize = of_providers.map(|one| count(&summary.counts_of(one))).sum();
            assert_eq!(sum, count(&counts), "{title}");
        }
    }
}
