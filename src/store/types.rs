//! The traits of stores, and the types of their answers.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};

use super::{StoreError, StoreErrorKind};
use crate::event::{OwedUndo, RunEvent};
use crate::model::{
    CapabilityId, CapabilityRef, Level, Outcome, ProviderId, RunId, RunOrigin, TestName, Totals, Verdict,
    Version,
};
use crate::publish::{TokenHash, TokenRecord, TokenUse};
use crate::summary::{Fold, RunSummary};

/// A store of runs. Several processes may use it at the same time. All methods block.
pub trait RunStore: Send + Sync {
    /// Appends events to a run, all or none. The first event of a run is its header; sequence numbers have no gaps.
    fn append(&self, run: &RunId, events: &[RunEvent]) -> Result<(), StoreError>;

    /// Stores the verdict of a run whose last event is stored.
    fn finish(&self, run: &RunId, verdict: Verdict) -> Result<(), StoreError>;

    /// Stores a complete run that came from outside, with its verdict, all or nothing.
    fn import(
        &self,
        run: &RunId,
        events: &[RunEvent],
        verdict: Verdict,
        from: ImportedFrom<'_>,
    ) -> Result<(), StoreError>;

    /// Removes runs with everything that is stored of them, all or none. An id that is not stored is passed over.
    fn remove(&self, runs: &[RunId]) -> Result<(), StoreError>;

    /// Writes a copy of the whole store to a new file, while others go on to use the store.
    fn back_up(&self, to: &Path) -> Result<(), StoreError>;

    /// Checks the database itself: its pages, its indexes, and the rows that name other rows. Returns what is wrong, a line each.
    fn check(&self) -> Result<Vec<String>, StoreError>;

    /// A page of the list of runs, newest first.
    fn list(&self, page: &Page) -> Result<Vec<RunOverview>, StoreError>;

    /// The overview of one run.
    fn overview(&self, run: &RunId) -> Result<RunOverview, StoreError>;

    /// Passes the events of a run to `each`, in order, until it returns false.
    fn replay(&self, run: &RunId, each: &mut dyn FnMut(RunEvent) -> bool) -> Result<(), StoreError>;

    /// Every event of a run in order.
    fn events(&self, run: &RunId) -> Result<Vec<RunEvent>, StoreError> {
        let mut events = Vec::new();
        self.replay(run, &mut |event| {
            events.push(event);
            true
        })?;
        Ok(events)
    }

    /// One event of a run. None where there is no event of this number.
    fn event(&self, run: &RunId, seq: u64) -> Result<Option<RunEvent>, StoreError> {
        let mut found = None;
        self.replay(run, &mut |event| {
            let wanted = event.seq == seq;
            found = wanted.then_some(event);
            !wanted
        })?;
        Ok(found)
    }

    /// Finds a run by its id, by a beginning of its id that no other run has, or by `latest`.
    fn find(&self, text: &str) -> Result<RunId, StoreError>;

    /// The results of all runs that pass a filter, newest first.
    fn recent_results(&self, filter: &ResultFilter) -> Result<Vec<StoredResult>, StoreError>;

    /// The results of one claim in the runs of the registry itself, or in those that others brought: the run that was received last
    /// first.
    fn results_of_claim(&self, query: &ClaimResults<'_>) -> Result<Vec<StoredResult>, StoreError>;

    /// The claims that some run has tested, sorted by provider and capability; `capability` and `provider` narrow the list.
    fn claims(
        &self,
        capability: Option<&CapabilityRef>,
        provider: Option<&ProviderId>,
    ) -> Result<Vec<StoredClaim>, StoreError>;

    /// The providers that some run has tested, sorted, after `after`; `capability` narrows the list.
    fn providers(
        &self,
        capability: Option<&CapabilityRef>,
        after: Option<&ProviderId>,
        limit: usize,
    ) -> Result<Vec<ProviderId>, StoreError>;

    /// The results of a run in order, after the one with the number `after`.
    fn results_of_run(
        &self,
        run: &RunId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<StoredResult>, StoreError>;

    /// The events of a run that are results of one claim, and the end of the run if it has one.
    fn events_of_claim(
        &self,
        run: &RunId,
        provider: &ProviderId,
        capability: &CapabilityRef,
    ) -> Result<Vec<RunEvent>, StoreError>;

    /// The undos that a run still owes to its providers: neither its events nor a later cleanup settled them.
    fn owed(&self, run: &RunId) -> Result<Vec<OwedUndo>, StoreError>;

    /// The ids of the undos that were settled after the run.
    fn settled(&self, run: &RunId) -> Result<BTreeSet<u64>, StoreError>;

    /// Records that an owed undo was settled after the run. Settling it twice changes nothing.
    fn settle(&self, run: &RunId, owed: u64, at: DateTime<Utc>) -> Result<(), StoreError>;
}

/// A store of the tokens of publishers. It holds their hashes only.
pub trait TokenStore: Send + Sync {
    /// Stores a token.
    fn insert_token(&self, hash: &TokenHash, token: &TokenRecord) -> Result<(), StoreError>;

    /// All tokens, oldest first, with the revoked ones.
    fn tokens(&self) -> Result<Vec<TokenRecord>, StoreError>;

    /// The token with this hash, unless it is revoked. It may have expired.
    fn find_token(&self, hash: &TokenHash) -> Result<Option<TokenRecord>, StoreError>;

    /// Revokes a token. Returns true if there was a valid token with this id.
    fn revoke_token(&self, id: &str, at: DateTime<Utc>) -> Result<bool, StoreError>;

    /// The use of a token: on a day in UTC, or on all days.
    fn token_use(&self, id: &str, day: Option<NaiveDate>) -> Result<TokenUse, StoreError>;

    /// Counts a use of a token: stored runs and received bytes.
    fn count_token_use(&self, id: &str, at: DateTime<Utc>, runs: u64, bytes: u64) -> Result<(), StoreError>;
}

/// The summary of a stored run, without the leftovers that were settled since.
pub fn load(store: &dyn RunStore, run: &RunId) -> Result<RunSummary, StoreError> {
    let mut fold = Fold::new();
    let mut refused = None;
    store.replay(run, &mut |event| {
        refused = fold.take(event).err();
        refused.is_none()
    })?;
    let folded = match refused {
        Some(error) => Err(error),
        None => fold.finish(),
    };
    let place = || format!("run {run}");
    let mut summary =
        folded.map_err(|error| StoreError::new(place(), StoreErrorKind::Contradiction(error)))?;
    summary.take_back(&store.settled(run)?);
    Ok(summary)
}

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
