//! Repetitions of one plan: the outcomes of each test over all runs, and the runs to look at.
//!
//! It keeps counts, so that many runs need no more memory than one.

use indexmap::IndexMap;

use super::RunSummary;
use super::key::{Key, key};
use crate::model::{Level, Outcome, ProviderId, RunId, TestId, TestResult, Totals, Verdict};

/// The results of several runs of one plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Repetitions {
    /// The number of runs that were asked for.
    pub asked: usize,
    /// The number of runs that took place, an interrupted one among them.
    pub done: usize,
    /// Those that took place, in their order.
    pub runs: Vec<RunId>,
    /// Every test of any run, in the order in which the first run had them.
    pub tests: IndexMap<Key, Repeated>,
    /// The run that ended worst, the first of several.
    worst: Option<RunSummary>,
}

/// The outcomes of one test over all runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    /// Its level.
    pub level: Level,
    /// The number of runs by outcome.
    pub totals: Totals,
    /// The number of runs in which it passed only on a retry. They are counted among its failures.
    pub late: usize,
    /// The first run in which it did not pass.
    pub first_missed: Option<RunId>,
}

impl Repeated {
    /// Returns true if the test had different outcomes in the runs.
    pub fn differs(&self) -> bool {
        let totals = self.totals;
        let ways = [
            totals.pass,
            totals.fail,
            totals.error,
            totals.blocked,
            totals.skip,
        ];
        self.late > 0 || ways.iter().filter(|&&count| count > 0).count() > 1
    }
}

impl Repetitions {
    /// No run yet, of `asked`.
    pub fn new(asked: usize) -> Self {
        Self {
            asked,
            done: 0,
            runs: Vec::new(),
            tests: IndexMap::new(),
            worst: None,
        }
    }

    /// Counts the next run.
    pub fn add(&mut self, summary: RunSummary) {
        self.done += 1;
        self.runs.push(summary.header.run.clone());
        // Of a single run there is nothing to count.
        let counted = if self.asked > 1 {
            summary.results.as_slice()
        } else {
            &[]
        };
        for result in counted {
            let test = self.tests.entry(key(result)).or_insert_with(|| Repeated {
                level: result.level,
                totals: Totals::default(),
                late: 0,
                first_missed: None,
            });
            test.totals.add(result.outcome);
            test.late += usize::from(result.flaky);
            if result.outcome != Outcome::Pass && test.first_missed.is_none() {
                test.first_missed = Some(summary.header.run.clone());
            }
        }
        let verdict = summary.verdict();
        if self.worst().is_none_or(|worst| verdict < worst.verdict()) {
            self.worst = Some(summary);
        }
    }

    /// The run with the worst verdict, the first of several. Its exit code is that of the whole.
    pub fn worst(&self) -> Option<&RunSummary> {
        self.worst.as_ref()
    }

    /// The verdict on the worst run. `incomplete` if no run took place.
    pub fn verdict(&self) -> Verdict {
        self.worst().map_or(Verdict::Incomplete, RunSummary::verdict)
    }

    /// Returns true if a result is flaky: it passed on a retry, or had another outcome in another run.
    pub fn is_flaky(&self, result: &TestResult) -> bool {
        result.flaky || self.tests.get(&key(result)).is_some_and(Repeated::differs)
    }

    /// The tests that did not end alike in all runs.
    pub fn differing(&self) -> impl Iterator<Item = (&ProviderId, &TestId, &Repeated)> {
        self.tests
            .iter()
            .filter(|(_, repeated)| repeated.differs())
            .map(|((provider, test), repeated)| (provider, test, repeated))
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Row, Sample, row};
    use super::*;

    fn counted(runs: Vec<Vec<Row>>) -> Repetitions {
        let mut repetitions = Repetitions::new(runs.len());
        for (rows, seed) in runs.into_iter().zip(0..) {
            let mut sample = Sample::of(rows);
            sample.header.seed = seed;
            repetitions.add(sample.fold().unwrap());
        }
        repetitions
    }

    #[test]
    fn a_test_that_ends_now_so_and_now_so_differs() {
        let repetitions = counted(vec![
            vec![row("a:b", "firm"), row("a:b", "loose")],
            vec![row("a:b", "firm"), row("a:b", "loose").fails("no")],
            vec![row("a:b", "firm"), row("a:b", "loose")],
        ]);
        let differing: Vec<_> = repetitions.differing().collect();
        let [(_, test, repeated)] = differing.as_slice() else {
            panic!("{differing:?}")
        };
        assert_eq!(test.name.as_str(), "loose");
        assert_eq!((repeated.totals.pass, repeated.totals.fail), (2, 1));
        assert!(repeated.first_missed.is_some());
    }

    #[test]
    fn a_test_that_always_fails_does_not_differ_and_a_late_pass_does() {
        let fails = || vec![row("a:b", "one").fails("no")];
        assert_eq!(counted(vec![fails(), fails()]).differing().count(), 0);
        let late = || vec![row("a:b", "one").fails("no").flaky()];
        assert_eq!(counted(vec![late(), late()]).differing().count(), 1);
    }

    #[test]
    fn the_first_of_the_worst_runs_stands_for_all() {
        let pass = || vec![row("a:b", "one")];
        let fails = || vec![row("a:b", "one").fails("no")];
        let repetitions = counted(vec![pass(), fails(), pass(), fails()]);
        assert_eq!(repetitions.verdict(), Verdict::Failed);
        assert_eq!(repetitions.worst().unwrap().header.seed, 1);
        assert_eq!(counted(vec![pass(), pass()]).verdict(), Verdict::Conformant);
        assert_eq!(counted(vec![]).verdict(), Verdict::Incomplete);
    }
}
