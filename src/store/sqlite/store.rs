//! The SQLite store: one connection that writes, and a few that read.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use parking_lot::Mutex;
use rusqlite::Connection;

use super::{open, pages, read, tokens, upkeep, write};
use crate::event::{OwedUndo, RunEvent};
use crate::model::{CapabilityRef, ProviderId, RunId, Verdict};
use crate::publish::{TokenHash, TokenRecord, TokenUse};
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
                path,
                busy,
                writer: Mutex::new(writer),
                readers: Mutex::default(),
            }),
            Err(kind) => Err(StoreError::new(path.display().to_string(), kind)),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn writing<T>(
        &self,
        act: impl FnOnce(&mut Connection) -> Result<T, StoreErrorKind>,
    ) -> Result<T, StoreError> {
        let mut writer = self.writer.lock();
        act(&mut writer).map_err(|kind| self.error(kind))
    }

    /// Reads on a connection of its own, so that `act` may call the store again.
    fn reading<T>(
        &self,
        act: impl FnOnce(&Connection) -> Result<T, StoreErrorKind>,
    ) -> Result<T, StoreError> {
        let idle = self.readers.lock().pop();
        let reader = match idle {
            Some(reader) => reader,
            None => open::reader(&self.path, self.busy).map_err(|kind| self.error(kind))?,
        };
        let answer = act(&reader).map_err(|kind| self.error(kind));
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

impl TokenStore for SqliteStore {
    fn insert_token(&self, hash: &TokenHash, token: &TokenRecord) -> Result<(), StoreError> {
        self.writing(|writer| tokens::insert(writer, hash, token))
    }

    fn tokens(&self) -> Result<Vec<TokenRecord>, StoreError> {
        self.reading(tokens::list)
    }

    fn find_token(&self, hash: &TokenHash) -> Result<Option<TokenRecord>, StoreError> {
        self.reading(|reader| tokens::find(reader, hash))
    }

    fn revoke_token(&self, id: &str, at: DateTime<Utc>) -> Result<bool, StoreError> {
        self.writing(|writer| tokens::revoke(writer, id, at))
    }

    fn token_use(&self, id: &str, day: Option<NaiveDate>) -> Result<TokenUse, StoreError> {
        self.reading(|reader| tokens::token_use(reader, id, day))
    }

    fn count_token_use(&self, id: &str, at: DateTime<Utc>, runs: u64, bytes: u64) -> Result<(), StoreError> {
        self.writing(|writer| tokens::count_use(writer, id, at, runs, bytes))
    }
}

impl RunStore for SqliteStore {
    fn append(&self, run: &RunId, events: &[RunEvent]) -> Result<(), StoreError> {
        self.writing(|writer| write::append(writer, run, events))
    }

    fn finish(&self, run: &RunId, verdict: Verdict) -> Result<(), StoreError> {
        self.writing(|writer| write::finish(writer, run, verdict))
    }

    fn import(
        &self,
        run: &RunId,
        events: &[RunEvent],
        verdict: Verdict,
        from: ImportedFrom<'_>,
    ) -> Result<(), StoreError> {
        self.writing(|writer| write::import(writer, run, events, verdict, from))
    }

    fn remove(&self, runs: &[RunId]) -> Result<(), StoreError> {
        self.writing(|writer| upkeep::remove(writer, runs))
    }

    fn back_up(&self, to: &Path) -> Result<(), StoreError> {
        let copied = self.reading(|reader| Ok(upkeep::back_up(reader, to)))?;
        copied.map_err(|kind| StoreError::new(to.display().to_string(), kind))
    }

    fn check(&self) -> Result<Vec<String>, StoreError> {
        self.reading(upkeep::check)
    }

    fn list(&self, page: &Page) -> Result<Vec<RunOverview>, StoreError> {
        self.reading(|reader| read::list(reader, page))
    }

    fn overview(&self, run: &RunId) -> Result<RunOverview, StoreError> {
        self.reading(|reader| read::overview(reader, run))
    }

    fn replay(&self, run: &RunId, each: &mut dyn FnMut(RunEvent) -> bool) -> Result<(), StoreError> {
        self.reading(|reader| read::replay(reader, run, each))
    }

    fn event(&self, run: &RunId, seq: u64) -> Result<Option<RunEvent>, StoreError> {
        self.reading(|reader| read::event(reader, run, seq))
    }

    fn claims(
        &self,
        capability: Option<&CapabilityRef>,
        provider: Option<&ProviderId>,
    ) -> Result<Vec<StoredClaim>, StoreError> {
        self.reading(|reader| read::claims(reader, capability, provider))
    }

    fn providers(
        &self,
        capability: Option<&CapabilityRef>,
        after: Option<&ProviderId>,
        limit: usize,
    ) -> Result<Vec<ProviderId>, StoreError> {
        self.reading(|reader| pages::providers(reader, capability, after, limit))
    }

    fn results_of_run(
        &self,
        run: &RunId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<StoredResult>, StoreError> {
        self.reading(|reader| pages::results_of_run(reader, run, after, limit))
    }

    fn events_of_claim(
        &self,
        run: &RunId,
        provider: &ProviderId,
        capability: &CapabilityRef,
    ) -> Result<Vec<RunEvent>, StoreError> {
        self.reading(|reader| pages::events_of_claim(reader, run, provider, capability))
    }

    fn find(&self, text: &str) -> Result<RunId, StoreError> {
        self.reading(|reader| read::find(reader, text))
    }

    fn results_of_claim(&self, query: &ClaimResults<'_>) -> Result<Vec<StoredResult>, StoreError> {
        self.reading(|reader| read::results_of_claim(reader, query))
    }

    fn recent_results(&self, filter: &ResultFilter) -> Result<Vec<StoredResult>, StoreError> {
        self.reading(|reader| read::recent_results(reader, filter))
    }

    fn owed(&self, run: &RunId) -> Result<Vec<OwedUndo>, StoreError> {
        self.reading(|reader| read::owed(reader, run))
    }

    fn settled(&self, run: &RunId) -> Result<BTreeSet<u64>, StoreError> {
        self.reading(|reader| read::settled(reader, run))
    }

    fn settle(&self, run: &RunId, owed: u64, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.writing(|writer| write::settle(writer, run, owed, at))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::event::decode;
    use crate::store::Recorder;

    const EVENTS: &str = include_str!("../../../tests/fixtures/runs/events-v1.jsonl");

    /// A full disk, as SQLite sees one: the file may not grow.
    #[test]
    fn a_full_disk_ends_the_record_and_not_the_run() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(folder.path()).unwrap());
        let pages = "PRAGMA max_page_count = 1";
        store.writer.lock().query_row(pages, [], |_| Ok(())).unwrap();
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
        let error = recorder.finish().unwrap_err();
        assert!(matches!(error.kind, StoreErrorKind::Full), "{error:?}");
        if let Ok(kept) = store.overview(&run) {
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
