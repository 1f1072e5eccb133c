//! What a database must do to be a store.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};

use super::{
    ClaimResults, ImportedFrom, Page, ResultFilter, RunOverview, StoreError, StoreErrorKind, StoredClaim,
    StoredResult, UploadStore,
};
use crate::event::{OwedUndo, RunEvent};
use crate::model::{CapabilityRef, ProviderId, RunId, Verdict};
use crate::publish::{TokenHash, TokenRecord, TokenUse};
use crate::summary::{Fold, RunSummary};

/// The number of events that are read at once where all of a run are.
const EVENTS_AT_ONCE: usize = 256;

/// A store of runs. Several processes may use it at the same time.
#[async_trait]
pub trait RunStore: Send + Sync {
    /// Appends events to a run, all or none. The first event of a run is its header; sequence numbers have no gaps.
    async fn append(&self, run: &RunId, events: &[RunEvent]) -> Result<(), StoreError>;

    /// Ends a run: appends its last events, up to its end, and stores its verdict, all or nothing. `events` is empty where the end is
    /// stored already.
    async fn finish(&self, run: &RunId, events: &[RunEvent], verdict: Verdict) -> Result<(), StoreError>;

    /// Stores a complete run that came from outside, with its verdict, all or nothing.
    async fn import(
        &self,
        run: &RunId,
        events: &[RunEvent],
        verdict: Verdict,
        from: ImportedFrom<'_>,
    ) -> Result<(), StoreError>;

    /// Removes runs with everything that is stored of them, all or none. An id that is not stored is passed over.
    async fn remove(&self, runs: &[RunId]) -> Result<(), StoreError>;

    /// Writes a copy of the whole store to a new file, while others go on to use the store.
    async fn back_up(&self, to: &Path) -> Result<(), StoreError>;

    /// Checks the database itself: its pages, its indexes, and the rows that name other rows. Returns what is wrong, a line each.
    async fn check(&self) -> Result<Vec<String>, StoreError>;

    /// A page of the list of runs, newest first.
    async fn list(&self, page: &Page) -> Result<Vec<RunOverview>, StoreError>;

    /// The overview of one run.
    async fn overview(&self, run: &RunId) -> Result<RunOverview, StoreError>;

    /// The events of a run in order, from its first on, or after the one with the number `after`.
    async fn events_after(
        &self,
        run: &RunId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<RunEvent>, StoreError>;

    /// Every event of a run in order.
    async fn events(&self, run: &RunId) -> Result<Vec<RunEvent>, StoreError> {
        let mut all: Vec<RunEvent> = Vec::new();
        loop {
            let after = all.last().map(|last| last.seq);
            let some = self.events_after(run, after, EVENTS_AT_ONCE).await?;
            let ended = some.len() < EVENTS_AT_ONCE;
            all.extend(some);
            if ended {
                return Ok(all);
            }
        }
    }

    /// One event of a run. None where there is no event of this number.
    async fn event(&self, run: &RunId, seq: u64) -> Result<Option<RunEvent>, StoreError> {
        let found = self.events_after(run, seq.checked_sub(1), 1).await?;
        Ok(found.into_iter().find(|event| event.seq == seq))
    }

    /// Finds a run by its id, by a beginning of its id that no other run has, or by `latest`.
    async fn find(&self, text: &str) -> Result<RunId, StoreError>;

    /// The results of all runs that pass a filter, newest first.
    async fn recent_results(&self, filter: &ResultFilter) -> Result<Vec<StoredResult>, StoreError>;

    /// The results of one claim in the runs of the registry itself, or in those that others brought: the run that was received last
    /// first.
    async fn results_of_claim(&self, query: &ClaimResults<'_>) -> Result<Vec<StoredResult>, StoreError>;

    /// The claims that some run has tested, sorted by provider and capability; `capability` and `provider` narrow the list.
    async fn claims(
        &self,
        capability: Option<&CapabilityRef>,
        provider: Option<&ProviderId>,
    ) -> Result<Vec<StoredClaim>, StoreError>;

    /// The providers that some run has tested, sorted, after `after`; `capability` narrows the list.
    async fn providers(
        &self,
        capability: Option<&CapabilityRef>,
        after: Option<&ProviderId>,
        limit: usize,
    ) -> Result<Vec<ProviderId>, StoreError>;

    /// The results of a run in order, after the one with the number `after`.
    async fn results_of_run(
        &self,
        run: &RunId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<StoredResult>, StoreError>;

    /// The events of a run that are results of one claim, and the end of the run if it has one.
    async fn events_of_claim(
        &self,
        run: &RunId,
        provider: &ProviderId,
        capability: &CapabilityRef,
    ) -> Result<Vec<RunEvent>, StoreError>;

    /// The undos that a run still owes to its providers: neither its events nor a later cleanup settled them.
    async fn owed(&self, run: &RunId) -> Result<Vec<OwedUndo>, StoreError>;

    /// The undos that were settled after the run, by their ids, and when.
    async fn settlements(&self, run: &RunId) -> Result<BTreeMap<u64, DateTime<Utc>>, StoreError>;

    /// The ids of the undos that were settled after the run.
    async fn settled(&self, run: &RunId) -> Result<BTreeSet<u64>, StoreError> {
        Ok(self.settlements(run).await?.into_keys().collect())
    }

    /// Records that an owed undo was settled after the run. Settling it twice changes nothing.
    async fn settle(&self, run: &RunId, owed: u64, at: DateTime<Utc>) -> Result<(), StoreError>;
}

/// A store of the tokens of publishers. It holds their hashes only.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// Stores a token, revoked or not.
    async fn insert_token(&self, hash: &TokenHash, token: &TokenRecord) -> Result<(), StoreError>;

    /// All tokens, oldest first, with the revoked ones.
    async fn tokens(&self) -> Result<Vec<TokenRecord>, StoreError>;

    /// All tokens with their hashes, oldest first, to copy them.
    async fn hashed_tokens(&self) -> Result<Vec<(TokenHash, TokenRecord)>, StoreError>;

    /// The token with this hash, unless it is revoked. It may have expired.
    async fn find_token(&self, hash: &TokenHash) -> Result<Option<TokenRecord>, StoreError>;

    /// Revokes a token. Returns true if there was a valid token with this id.
    async fn revoke_token(&self, id: &str, at: DateTime<Utc>) -> Result<bool, StoreError>;

    /// The use of a token: on a day in UTC, or on all days.
    async fn token_use(&self, id: &str, day: Option<NaiveDate>) -> Result<TokenUse, StoreError>;

    /// The use of a token on each day of use.
    async fn days_of_token(&self, id: &str) -> Result<Vec<TokenUse>, StoreError>;

    /// Counts a use of a token: stored runs and received bytes.
    async fn count_token_use(
        &self,
        id: &str,
        at: DateTime<Utc>,
        runs: u64,
        bytes: u64,
    ) -> Result<(), StoreError>;
}

/// A store of everything that a registry keeps.
pub trait Store: RunStore + TokenStore + UploadStore {}

impl<S: RunStore + TokenStore + UploadStore> Store for S {}

/// Passes the events of a run to `each`, in order, until it returns false. Few of them are in memory at once.
pub async fn replay(
    store: &dyn RunStore,
    run: &RunId,
    mut each: impl FnMut(RunEvent) -> bool + Send,
) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let some = store.events_after(run, after, EVENTS_AT_ONCE).await?;
        let ended = some.len() < EVENTS_AT_ONCE;
        for event in some {
            after = Some(event.seq);
            if !each(event) {
                return Ok(());
            }
        }
        if ended {
            return Ok(());
        }
    }
}

/// The summary of a stored run, without the leftovers that were settled since.
pub async fn load(store: &dyn RunStore, run: &RunId) -> Result<RunSummary, StoreError> {
    let mut fold = Fold::new();
    let mut refused = None;
    replay(store, run, |event| {
        refused = fold.take(event).err();
        refused.is_none()
    })
    .await?;
    let folded = match refused {
        Some(error) => Err(error),
        None => fold.finish(),
    };
    let place = || format!("run {run}");
    let mut summary =
        folded.map_err(|error| StoreError::new(place(), StoreErrorKind::Contradiction(error)))?;
    summary.take_back(&store.settled(run).await?);
    Ok(summary)
}
