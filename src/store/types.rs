//! What stores are asked, and what they answer.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};

use crate::model::{
    CapabilityId, CapabilityRef, Level, Outcome, ProviderId, RunId, RunOrigin, TestName, Totals, Verdict,
    Version,
};

/// A page of the list of runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The largest number of runs.
    pub limit: usize,
    /// The last run of the page before. None for the first page.
    pub before: Option<RunId>,
}

/// The overview of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOverview {
    /// The run.
    pub run: RunId,
    /// The start.
    pub started_at: DateTime<Utc>,
    /// The end. None for a run that is in progress or was killed.
    pub finished_at: Option<DateTime<Utc>>,
    /// The harness and its version.
    pub harness: String,
    /// The seed.
    pub seed: u64,
    /// The number of planned tests.
    pub planned: usize,
    /// The number of providers.
    pub providers: usize,
    /// The number of stored results of each outcome.
    pub totals: Totals,
    /// The verdict. Incomplete until the run has ended and its verdict is stored.
    pub verdict: Verdict,
    /// The publisher; None for a run of this registry.
    pub publisher: Option<String>,
    /// True for a run that was merged here, and of which a part was read from a file.
    pub from_files: bool,
    /// The place of the run in the order in which runs were received.
    pub receipt: u64,
}

impl RunOverview {
    /// Who made the run.
    pub fn origin(&self) -> RunOrigin {
        match (&self.publisher, self.from_files) {
            (Some(publisher), _) => RunOrigin::Publisher(publisher.clone()),
            (None, true) => RunOrigin::Files,
            (None, false) => RunOrigin::Own,
        }
    }
}

/// The results of one claim that are asked for.
#[derive(Debug, Clone, Copy)]
pub struct ClaimResults<'a> {
    /// The provider.
    pub provider: &'a ProviderId,
    /// The capability at its version. None for the wrong answers to set-up calls of all its tools.
    pub capability: Option<&'a CapabilityRef>,
    /// True for runs of the registry itself, false for those that others brought.
    pub own: bool,
    /// Only those that started at this instant or later.
    pub since: Option<DateTime<Utc>>,
    /// Only those that started before this instant.
    pub until: Option<DateTime<Utc>>,
    /// The largest number of results.
    pub limit: usize,
}

/// Where a run that is imported came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportedFrom<'a> {
    /// This publisher sent it.
    Publisher(&'a str),
    /// It was merged here, and a part of it was read from a file.
    Files,
}

/// A filter of results. A field that is None filters nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResultFilter {
    /// Of this capability.
    pub capability: Option<CapabilityId>,
    /// Of this version of it.
    pub version: Option<Version>,
    /// Of this provider.
    pub provider: Option<ProviderId>,
    /// Of this test.
    pub test: Option<TestName>,
    /// That ended so.
    pub outcome: Option<Outcome>,
    /// That started at this instant or later.
    pub since: Option<DateTime<Utc>>,
    /// That started before this instant.
    pub until: Option<DateTime<Utc>>,
    /// Only results that come after this one, to go on where the last page ended. One that is not kept is followed by nothing.
    pub before: Option<ResultCursor>,
    /// The largest number of results; 0 returns none.
    pub limit: usize,
}

/// A place in the list of results, written `run.seq`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultCursor {
    /// The run of the last result that was seen.
    pub run: RunId,
    /// Its number within the run.
    pub seq: u64,
}

impl fmt::Display for ResultCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.run, self.seq)
    }
}

/// A text that names no place in the list of results.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no place in a list of results")]
pub struct ResultCursorError(String);

impl FromStr for ResultCursor {
    type Err = ResultCursorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ResultCursorError(text.to_owned());
        let (run, seq) = text.split_once('.').ok_or_else(wrong)?;
        Ok(Self {
            run: run.parse().map_err(|_| wrong())?,
            seq: seq.parse().map_err(|_| wrong())?,
        })
    }
}

/// A claim that some run has tested: a provider, and a capability at a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredClaim {
    /// The provider.
    pub provider: ProviderId,
    /// The capability at its version.
    pub capability: CapabilityRef,
    /// A counter that grows when another run tests the claim, and when such a run gets its verdict.
    pub changes: u64,
}

/// The result of a test in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredResult {
    /// The run.
    pub run: RunId,
    /// The sequence number of its event.
    pub seq: u64,
    /// The provider.
    pub provider: ProviderId,
    /// The capability.
    pub capability: CapabilityId,
    /// Its version.
    pub version: Version,
    /// The test.
    pub test: TestName,
    /// The level of the test.
    pub level: Level,
    /// The outcome.
    pub outcome: Outcome,
    /// Milliseconds spent waiting for the provider.
    pub ms: u64,
    /// Calls made.
    pub calls: u32,
    /// The start, to the microsecond.
    pub when: DateTime<Utc>,
    /// The error, or the reason why nothing was judged.
    pub message: Option<String>,
    /// True if the run is one of the registry itself.
    pub own: bool,
}

impl StoredResult {
    /// Its position in the list of results.
    pub fn cursor(&self) -> ResultCursor {
        ResultCursor {
            run: self.run.clone(),
            seq: self.seq,
        }
    }
}
