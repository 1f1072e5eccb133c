//! Several runs of one plan, as `proofhouse.report/1` has them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Level, RunId, Totals};
use crate::summary::Repetitions;

/// Several runs of one plan.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Repeated")]
pub(super) struct RepeatedView<'a> {
    /// The number of runs that were asked for.
    asked: usize,
    /// The number of runs that took place, an interrupted one among them.
    done: usize,
    /// Every test of any run.
    tests: Vec<RepeatedTestView<'a>>,
}

/// One test in several runs.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RepeatedTest")]
struct RepeatedTestView<'a> {
    /// The provider, `platform:tenant`.
    provider: &'a str,
    /// The test, `capability@version/test`.
    test: String,
    /// Its level.
    level: Level,
    /// The number of runs by outcome.
    totals: Totals,
    /// The number of runs in which it passed only on a retry. They are counted among its failures.
    late: usize,
    /// True if it had different outcomes in the runs.
    flaky: bool,
    /// The first run in which it did not pass. Null where it always did.
    first_missed: Option<&'a str>,
}

impl<'a> RepeatedView<'a> {
    pub(super) fn of(repetitions: &'a Repetitions) -> Self {
        let tests = repetitions.tests.iter();
        Self {
            asked: repetitions.asked,
            done: repetitions.done,
            tests: tests
                .map(|((provider, test), repeated)| RepeatedTestView {
                    provider: provider.as_str(),
                    test: test.to_string(),
                    level: repeated.level,
                    totals: repeated.totals,
                    late: repeated.late,
                    flaky: repeated.differs(),
                    first_missed: repeated.first_missed.as_ref().map(RunId::as_str),
                })
                .collect(),
        }
    }
}
