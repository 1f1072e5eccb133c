//! The input of standings: runs and their results, independent of the store that kept them.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::model::{
    CapabilityRef, Edition, Level, Outcome, ProviderId, RunId, RunOrigin, TestName, ms_of_call,
};
use crate::summary::RunSummary;

/// A capability at a version that a provider claims to keep. A standing is always of one claim.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim {
    /// The provider.
    pub provider: ProviderId,
    /// The capability at its version.
    pub capability: CapabilityRef,
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.provider, self.capability)
    }
}

/// The result of one test of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultRow {
    /// The run.
    pub run: RunId,
    /// The claim that the test belongs to.
    pub claim: Claim,
    /// The test. [`TestName::set_up`] stands for a wrong answer to a set-up call, which no plan asked for.
    pub test: TestName,
    /// The level of the test.
    pub level: Level,
    /// Its outcome.
    pub outcome: Outcome,
    /// Milliseconds spent waiting for the provider.
    pub ms: u64,
    /// Calls made, retries included.
    pub calls: u32,
    /// The time at which it started.
    pub when: DateTime<Utc>,
    /// The failure, or the reason why nothing was judged. It may hold text of the provider.
    pub message: Option<String>,
}

impl ResultRow {
    /// Milliseconds a call: a test that makes more calls is not slower for it.
    pub fn ms_of_call(&self) -> u64 {
        ms_of_call(self.ms, self.calls)
    }

    /// Returns true if this row is a wrong answer to a set-up call.
    pub fn is_set_up(&self) -> bool {
        self.test == TestName::set_up()
    }

    /// Returns true if this row may decide: its test is at must level, and not pending in the edition.
    pub(super) fn is_binding(&self, edition: &Edition) -> bool {
        self.level == Level::Must && !edition.is_pending(&self.test)
    }
}

/// The facts of a run that decide if its results may change a standing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFacts {
    /// The run.
    pub run: RunId,
    /// The time at which it started, as its record says.
    pub started_at: DateTime<Utc>,
    /// The place of the run in the order in which the registry received runs. A later one is judged later, whatever its record says.
    pub receipt: u64,
    /// Who made it.
    pub origin: RunOrigin,
    /// The extent to which it proved the claims of its providers.
    pub extent: Extent,
    /// The edition that the claim was held to. None if the run lacks tests of every edition that is known.
    pub edition: Option<Arc<Edition>>,
}

/// The extent to which a run proved the claims of its providers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extent {
    /// Every test of every claim was planned, and the run went to its end.
    Whole,
    /// Tests were left out on purpose. Holds the reason.
    Filtered(String),
    /// It was interrupted, killed, or could not be recorded. Holds the reason.
    Incomplete(String),
    /// It proved something else, such as another text of the contract. Holds a description of it.
    Foreign(String),
    /// It started later than now. Holds a description of it.
    Future(String),
}

/// A run that does not count for a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// The run.
    pub run: RunId,
    /// The time at which it started.
    pub at: DateTime<Utc>,
    /// The reason why it does not count.
    pub why: String,
    /// True if it started later than now.
    pub future: bool,
}

impl Extent {
    /// The extent of a run that left out something on purpose, or that did not go to its end, each with its reason.
    pub fn of(filtered: Option<String>, incomplete: Option<String>) -> Self {
        match (incomplete, filtered) {
            (Some(why), _) => Self::Incomplete(why),
            (None, Some(why)) => Self::Filtered(why),
            (None, None) => Self::Whole,
        }
    }
}

impl RunFacts {
    /// Reads these facts from the summary of a run of one's own.
    pub fn of(summary: &RunSummary) -> Self {
        Self {
            run: summary.header.run.clone(),
            started_at: summary.header.started_at,
            receipt: 0,
            origin: RunOrigin::Own,
            extent: Extent::of(summary.why_filtered(), summary.why_incomplete()),
            edition: None,
        }
    }

    /// The rows of a run.
    pub fn rows(summary: &RunSummary) -> impl Iterator<Item = ResultRow> + '_ {
        summary.results.iter().map(|result| ResultRow {
            run: summary.header.run.clone(),
            claim: Claim {
                provider: result.provider.clone(),
                capability: result.id().capability,
            },
            test: result.test.clone(),
            level: result.level,
            outcome: result.outcome,
            ms: result.ms,
            calls: result.calls,
            when: result.when,
            message: result.message.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::sample::{Sample, row};

    fn extent(sample: &Sample) -> Extent {
        RunFacts::of(&sample.fold().unwrap()).extent
    }

    #[test]
    fn a_run_is_whole_only_when_nothing_of_its_claims_was_left_out() {
        let sample = || Sample::of([row("a:b", "one")]);
        let mut narrowed = sample();
        narrowed.header.selection.capabilities = vec!["booking.*".to_owned()];
        narrowed.header.selection.providers = vec!["a:*".to_owned()];
        assert_eq!(
            (extent(&sample()), extent(&narrowed)),
            (Extent::Whole, Extent::Whole)
        );
        let mut filtered = sample();
        filtered.header.selection.tests = vec!["one".to_owned()];
        let mut reading = sample();
        reading.header.selection.read_only = true;
        let mut stopped = Sample::of([row("a:b", "one").fails("no")]);
        stopped.header.selection.fail_fast = true;
        let part = sample().part(1, 2);
        for part in [filtered, reading, stopped, part] {
            assert!(matches!(extent(&part), Extent::Filtered(_)), "{part:?}");
        }
        for broken in [sample().killed(), sample().interrupted()] {
            assert!(matches!(extent(&broken), Extent::Incomplete(_)), "{broken:?}");
        }
    }

    #[test]
    fn the_rows_of_a_run_keep_what_the_rules_read() {
        let summary = Sample::of([row("a:b", "one").fails("no").ms(7)]).fold().unwrap();
        let rows: Vec<_> = RunFacts::rows(&summary).collect();
        let [only] = rows.as_slice() else {
            panic!("{rows:?}")
        };
        assert_eq!(only.claim.to_string(), "a:b booking.create_booking@0.1.0");
        assert_eq!(
            (only.outcome, only.ms, only.message.as_deref()),
            (Outcome::Fail, 7, Some("no"))
        );
        assert!(!only.is_set_up());
    }
}
