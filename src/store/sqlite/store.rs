//! The SQLite store: one connection that writes, and a few that read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use parking_lot::Mutex;
use rusqlite::Connection;

use super::{open, pages, read, tokens, upkeep, write};
use crate::event::{OwedUndo, RunEvent};
use crate::model::{CapabilityRef, ProviderId, RunId, Verdict};
use crate::publish::{TokenHash, TokenRecord, TokenUse};
use crate::store::batch::{Batch, MadeBy};
use crate::store::wait::blocking;
use crate::store::{
    ClaimResults, ImportedFrom, Page, ResultFilter, RunOverview, RunStore, StoreError, StoreErrorKind,
    StoredClaim, StoredResult, TokenStore,
};

/// The time that a writer waits for another process.
const BUSY: Duration = Duration::from_secs(10);
/// The largest number of idle readers that stay open.
const IDLE_READERS: usize = 4;

/// A store in one SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    file: Arc<File>,
}

/// The file, with its open connections.
#[derive(Debug)]
struct File {
    path: PathBuf,
    busy: Duration,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

impl SqliteStore {
    /// Opens the database in a data folder, and creates both if they do not exist.
    pub fn open(data: &Path) -> Result<Self, StoreError> {
        Self::open_waiting(data, BUSY)
    }

    /// Opens the database like [`open`](Self::open); a call waits up to `busy` while another process holds it.
    pub fn open_waiting(data: &Path, busy: Duration) -> Result<Self, StoreError> {
        let path = data.join(open::DATABASE_FILE);
        match open::writer(data, &path, busy) {
            Ok(writer) => Ok(Self {
                file: Arc::new(File {
                    path,
                    busy,
                    writer: Mutex::new(writer),
                    readers: Mutex::default(),
                }),
            }),
            Err(kind) => Err(StoreError::new(path.display().to_string(), kind)),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.file.path
    }

    pub(super) async fn writing<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Connection) -> Result<T, StoreErrorKind> + Send + 'static,
    ) -> Result<T, StoreError> {
        let file = Arc::clone(&self.file);
        let written = blocking(move || act(&mut file.writer.lock())).await;
        written
            .unwrap_or(Err(StoreErrorKind::Stopped))
            .map_err(|kind| self.file.error(kind))
    }

    pub(super) async fn reading<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Connection) -> Result<T, StoreErrorKind> + Send + 'static,
    ) -> Result<T, StoreError> {
        let file = Arc::clone(&self.file);
        let read = blocking(move || file.reading(act)).await;
        read.unwrap_or(Err(StoreErrorKind::Stopped))
            .map_err(|kind| self.file.error(kind))
    }

    async fn add(
        &self,
        run: &RunId,
        events: &[RunEvent],
        verdict: Option<Verdict>,
        by: MadeBy,
    ) -> Result<(), StoreError> {
        let batch = Batch::of(run, events).map_err(|kind| self.file.error(kind))?;
        let run = run.clone();
        self.writing(move |writer| write::append(writer, &run, batch.as_ref(), verdict, &by))
            .await
    }
}

impl File {
    /// Reads on a connection of its own.
    fn reading<T>(
        &self,
        act: impl FnOnce(&Connection) -> Result<T, StoreErrorKind>,
    ) -> Result<T, StoreErrorKind> {
        let idle = self.readers.lock().pop();
        let reader = match idle {
            Some(reader) => reader,
            None => open::reader(&self.path, self.busy)?,
        };
        let answer = act(&reader);
        let mut readers = self.readers.lock();
        if readers.len() < IDLE_READERS {
            readers.push(reader);
        }
        answer
    }

    fn error(&self, kind: StoreErrorKind) -> StoreError {
        StoreError::new(self.path.display().to_string(), kind)
    }
}

#[async_trait]
impl TokenStore for SqliteStore {
    async fn insert_token(&self, hash: &TokenHash, token: &TokenRecord) -> Result<(), StoreError> {
        let (hash, token) = (hash.clone(), token.clone());
        self.writing(move |writer| tokens::insert(writer, &hash, &token))
            .await
    }

    async fn tokens(&self) -> Result<Vec<TokenRecord>, StoreError> {
        self.reading(tokens::list).await
    }

    async fn hashed_tokens(&self) -> Result<Vec<(TokenHash, TokenRecord)>, StoreError> {
        self.reading(tokens::hashed).await
    }

    async fn find_token(&self, hash: &TokenHash) -> Result<Option<TokenRecord>, StoreError> {
        let hash = hash.clone();
        self.reading(move |reader| tokens::find(reader, &hash)).await
    }

    async fn revoke_token(&self, id: &str, at: DateTime<Utc>) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.writing(move |writer| tokens::revoke(writer, &id, at)).await
    }

    async fn token_use(&self, id: &str, day: Option<NaiveDate>) -> Result<TokenUse, StoreError> {
        let id = id.to_owned();
        self.reading(move |reader| tokens::token_use(reader, &id, day))
            .await
    }

    async fn days_of_token(&self, id: &str) -> Result<Vec<TokenUse>, StoreError> {
        let id = id.to_owned();
        self.reading(move |reader| tokens::days(reader, &id)).await
    }

    async fn count_token_use(
        &self,
        id: &str,
        at: DateTime<Utc>,
        runs: u64,
        bytes: u64,
    ) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.writing(move |writer| tokens::count_use(writer, &id, at, runs, bytes))
            .await
    }
}

#[async_trait]
impl RunStore for SqliteStore {
    async fn append(&self, run: &RunId, events: &[RunEvent]) -> Result<(), StoreError> {
        self.add(run, events, None, MadeBy::default()).await
    }

    async fn finish(&self, run: &RunId, events: &[RunEvent], verdict: Verdict) -> Result<(), StoreError> {
        self.add(run, events, Some(verdict), MadeBy::default()).await
    }

    async fn import(
        &self,
        run: &RunId,
        events: &[RunEvent],
        verdict: Verdict,
        from: ImportedFrom<'_>,
    ) -> Result<(), StoreError> {
        self.add(run, events, Some(verdict), from.into()).await
    }

    async fn remove(&self, runs: &[RunId]) -> Result<(), StoreError> {
        let runs = runs.to_vec();
        self.writing(move |writer| upkeep::remove(writer, &runs)).await
    }

    async fn back_up(&self, to: &Path) -> Result<(), StoreError> {
        let path = to.to_owned();
        let copied = self
            .reading(move |reader| Ok(upkeep::back_up(reader, &path)))
            .await?;
        copied.map_err(|kind| StoreError::new(to.display().to_string(), kind))
    }

    async fn check(&self) -> Result<Vec<String>, StoreError> {
        self.reading(upkeep::check).await
    }

    async fn list(&self, page: &Page) -> Result<Vec<RunOverview>, StoreError> {
        let page = page.clone();
        self.reading(move |reader| read::list(reader, &page)).await
    }

    async fn overview(&self, run: &RunId) -> Result<RunOverview, StoreError> {
        let run = run.clone();
        self.reading(move |reader| read::overview(reader, &run)).await
    }

    async fn events_after(
        &self,
        run: &RunId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<RunEvent>, StoreError> {
        let run = run.clone();
        self.reading(move |reader| read::events_after(reader, &run, after, limit))
            .await
    }

    async fn event(&self, run: &RunId, seq: u64) -> Result<Option<RunEvent>, StoreError> {
        let run = run.clone();
        self.reading(move |reader| read::event(reader, &run, seq)).await
    }

    async fn claims(
        &self,
        capability: Option<&CapabilityRef>,
        provider: Option<&ProviderId>,
    ) -> Result<Vec<StoredClaim>, StoreError> {
        let (capability, provider) = (capability.cloned(), provider.cloned());
        self.reading(move |reader| read::claims(reader, capability.as_ref(), provider.as_ref()))
            .await
    }

    async fn providers(
        &self,
        capability: Option<&CapabilityRef>,
        after: Option<&ProviderId>,
        limit: usize,
    ) -> Result<Vec<ProviderId>, StoreError> {
        let (capability, after) = (capability.cloned(), after.cloned());
        self.reading(move |reader| pages::providers(reader, capability.as_ref(), after.as_ref(), limit))
            .await
    }

    async fn results_of_run(
        &self,
        run: &RunId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<StoredResult>, StoreError> {
        let run = run.clone();
        self.reading(move |reader| pages::results_of_run(reader, &run, after, limit))
            .await
    }

    async fn events_of_claim(
        &self,
        run: &RunId,
        provider: &ProviderId,
        capability: &CapabilityRef,
    ) -> Result<Vec<RunEvent>, StoreError> {
        let (run, provider, capability) = (run.clone(), provider.clone(), capability.clone());
        self.reading(move |reader| pages::events_of_claim(reader, &run, &provider, &capability))
            .await
    }

    async fn find(&self, text: &str) -> Result<RunId, StoreError> {
        let text = text.to_owned();
        self.reading(move |reader| read::find(reader, &text)).await
    }

    async fn results_of_claim(&self, query: &ClaimResults<'_>) -> Result<Vec<StoredResult>, StoreError> {
        let ClaimResults {
            own,
            since,
            until,
            limit,
            ..
        } = *query;
        let (provider, capability) = (query.provider.clone(), query.capability.cloned());
        self.reading(move |reader| {
            let query = ClaimResults {
                provider: &provider,
                capability: capability.as_ref(),
                own,
                since,
                until,
                limit,
            };
            read::results_of_claim(reader, &query)
        })
        .await
    }

    async fn recent_results(&self, filter: &ResultFilter) -> Result<Vec<StoredResult>, StoreError> {
        let filter = filter.clone();
        self.reading(move |reader| read::recent_results(reader, &filter))
            .await
    }

    async fn owed(&self, run: &RunId) -> Result<Vec<OwedUndo>, StoreError> {
        let run = run.clone();
        self.reading(move |reader| read::owed(reader, &run)).await
    }

    async fn settlements(&self, run: &RunId) -> Result<BTreeMap<u64, DateTime<Utc>>, StoreError> {
        let run = run.clone();
        self.reading(move |reader| read::settlements(reader, &run)).await
    }

    async fn settle(&self, run: &RunId, owed: u64, at: DateTime<Utc>) -> Result<(), StoreError> {
        let run = run.clone();
        self.writing(move |writer| write::settle(writer, &run, owed, at))
            .await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::event::decode;
    use crate::store::{Recorder, Wait};

    const EVENTS: &str = include_str!("../../../tests/fixtures/runs/events-v1.jsonl");

    /// A full disk, as SQLite sees one: the file may not grow.
    #[test]
    fn a_full_disk_ends_the_record_and_not_the_run() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(folder.path()).unwrap());
        let pages = "PRAGMA max_page_count = 1";
        store.file.writer.lock().query_row(pages, [], |_| Ok(())).unwrap();
        let mut events: Vec<RunEvent> = EVENTS.lines().map(|line| decode(line).unwrap()).collect();
        events.retain(|event| event.kind.recorded());
        let run = store_run(&events);
        let footer = events.pop().unwrap();
        let recorder = Recorder::start(Arc::clone(&store) as Arc<dyn RunStore>, run.clone()).unwrap();
        for event in &events {
            recorder.push(event);
        }
        let mut note = events
            .iter()
            .find(|event| event.kind.name() == "noted")
            .unwrap()
            .clone();
        for seq in footer.seq..footer.seq + 3_000 {
            note.seq = seq;
            recorder.push(&note);
        }
        recorder.flush();
        assert!(recorder.failure().is_some());
        let error = recorder.finish(Verdict::Conformant).unwrap_err();
        assert!(matches!(error.kind, StoreErrorKind::Full), "{error:?}");
        if let Ok(kept) = store.overview(&run).wait() {
            assert_eq!((kept.finished_at, kept.verdict), (None, Verdict::Incomplete));
        }
    }

    fn store_run(events: &[RunEvent]) -> RunId {
        match &events[0].kind {
            crate::event::RunEventKind::RunStarted(header) => header.run.clone(),
            other => panic!("{other:?}"),
        }
    }
}
