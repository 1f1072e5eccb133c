//! Uploads: a publisher sends the record of a run in pieces, and the registry stores the run once it is complete and accepted.
//!
//! Pieces are kept in the store, for each token and run. Nothing of a run is shown before all of it was checked.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;

use super::contract_record::restate_contracts;
use super::expected::expected;
use super::sent_record::{SentRecord, Unread};
use super::{AppError, Bundle, History};
use crate::event::{self, RunEvent, RunEventKind};
use crate::model::{CapabilityRef, RunId, Verdict};
use crate::publish::{self, PublishedContract, Refusal, TokenRecord};
use crate::store::{AddedPiece, ImportedFrom, StoreErrorKind, UploadBounds, UploadPiece, Wait};
use crate::summary::RunSummary;

/// The longest record of a run, in bytes.
pub const LARGEST_RECORD: u64 = 64 * 1024 * 1024;
/// The largest number of providers of a run.
const MOST_PROVIDERS: usize = 500;
/// The largest number of results of a run.
const MOST_RESULTS: usize = 50_000;
/// The longest event of a run, in bytes.
const LONGEST_EVENT: usize = 4 * 1024 * 1024;
/// The largest number of values of an event and of a run, counted by their commas: small ones take many times their length in memory.
const MOST_VALUES_OF_AN_EVENT: usize = 200_000;
const MOST_VALUES: usize = 6_000_000;
/// The longest message or note of a result, in bytes.
const LONGEST_TEXT: usize = 64 * 1024;
/// The largest number of cases of a result, and of its notes.
const MOST_PARTS: usize = 2_000;
/// The largest number of unfinished uploads of one token.
const MOST_OPEN: u64 = 8;
/// The time after which an unfinished upload is deleted.
const PATIENCE: TimeDelta = TimeDelta::hours(24);

/// The reason why a piece or a run is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The offset of the piece is not the number of bytes received so far.
    #[error("{kept} bytes of the run are here, and the piece does not begin there")]
    Offset {
        /// The number of bytes received so far.
        kept: u64,
    },
    /// The run is longer than a registry keeps, or too many are under way.
    #[error("{0}")]
    TooMuch(String),
    /// The upload is not the record of a run.
    #[error("what was sent is no record of the run: {0}")]
    Malformed(String),
    /// Another run with this id is stored.
    #[error("another run of this id is kept here")]
    Conflict,
    /// The run breaks rules.
    #[error("the run is not taken")]
    Refused(Vec<Refusal>),
    /// The registry has failed.
    #[error(transparent)]
    App(#[from] AppError),
}

/// The state of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadState {
    /// The number of bytes received so far.
    pub bytes: u64,
    /// True if the run is stored.
    pub kept: bool,
}

/// A run that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedRun {
    /// The verdict.
    pub verdict: Verdict,
    /// True if the run was stored before.
    pub known: bool,
}

/// Receives runs for a registry. Several of them, in one process or in many, may receive one upload in turns.
pub struct UploadReceiver {
    /// Where earlier versions kept uploads.
    old_folder: PathBuf,
    history: History,
    /// Held while a run is read and stored, so that few of them are in memory at once.
    finishing: Mutex<()>,
}

impl UploadReceiver {
    /// A receiver that stores uploads and runs in `history`. Outdated uploads that an earlier version has left below `folder` are deleted.
    pub fn new(folder: &Path, history: History) -> Self {
        Self {
            old_folder: folder.join("uploads"),
            history,
            finishing: Mutex::default(),
        }
    }

    /// Returns the state of an upload.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn received(&self, token: &TokenRecord, run: &RunId) -> Result<UploadState, UploadError> {
        let bytes = self.size(token, run)?;
        let kept = self.is_stored(run)?;
        Ok(UploadState { bytes, kept })
    }

    /// Appends a piece that begins at `offset`. Returns the number of bytes received so far.
    ///
    /// # Errors
    ///
    /// The piece does not begin at the end of the last one, the record gets too long, the token has too many unfinished uploads, or the
    /// store cannot be written.
    pub fn add(
        &self,
        token: &TokenRecord,
        run: &RunId,
        offset: u64,
        piece: &str,
        now: DateTime<Utc>,
    ) -> Result<u64, UploadError> {
        if offset == 0 {
            remove_old_files(&self.old_folder);
        }
        let piece = UploadPiece {
            token: token.id.clone(),
            run: run.clone(),
            offset,
            text: piece.to_owned(),
            at: now,
        };
        let bounds = UploadBounds {
            bytes: LARGEST_RECORD,
            open: MOST_OPEN,
            outdated: now - PATIENCE,
        };
        let added = self.history.uploads.add_piece(piece, bounds).wait();
        match added.map_err(AppError::from)? {
            AddedPiece::Stored(bytes) => Ok(bytes),
            AddedPiece::Elsewhere(kept) => Err(UploadError::Offset { kept }),
            AddedPiece::TooLong => {
                let most = LARGEST_RECORD / 1024 / 1024;
                Err(UploadError::TooMuch(format!("a run may have at most {most} MiB")))
            }
            AddedPiece::TooMany(open) => Err(UploadError::TooMuch(format!(
                "{open} runs of this token are under way already"
            ))),
        }
    }

    /// Accepts the complete run if the SHA-256 of its record, in hex, is `digest`. Accepting the same run again changes nothing.
    ///
    /// # Errors
    ///
    /// The upload is not the record of the run, or the run breaks a rule; the upload is then deleted. Or the store fails, and the upload is
    /// kept, so that this can be asked again.
    pub fn finish(
        &self,
        bundle: &Bundle,
        token: &TokenRecord,
        run: &RunId,
        digest: &str,
        now: DateTime<Utc>,
    ) -> Result<AcceptedRun, UploadError> {
        let _guard = self.finishing.lock();
        if self.is_stored(run)? {
            self.remove(token, run);
            return self.accept_again(token, run, digest);
        }
        let length = self.size(token, run)?;
        if length == 0 {
            return Err(nothing_here());
        }
        let mut record = SentRecord::new(self.history.uploads.as_ref(), token, run, length);
        let events = events(BufReader::new(&mut record));
        match record.digest() {
            Err(Unread::Failed(error)) => return Err(AppError::from(error).into()),
            // Another site has accepted or refused it meanwhile.
            Err(Unread::Gone) if self.is_stored(run)? => return self.accept_again(token, run, digest),
            Err(Unread::Gone) => return Err(nothing_here()),
            // A piece may be missing, so the upload is not deleted.
            Ok(sent) if sent != digest => {
                return Err(UploadError::Malformed("its digest is another one".to_owned()));
            }
            Ok(_) => {}
        }
        let accepted = events.and_then(|events| self.accept(bundle, token, run, &events, now));
        let accepted = match accepted {
            // Another site may have stored it meanwhile.
            Err(UploadError::Malformed(_)) if self.is_stored(run)? => self.accept_again(token, run, digest),
            accepted => accepted,
        };
        if !matches!(accepted, Err(UploadError::App(_))) {
            self.remove(token, run);
        }
        accepted
    }

    /// Checks the record of a run and stores it.
    fn accept(
        &self,
        bundle: &Bundle,
        token: &TokenRecord,
        run: &RunId,
        events: &[RunEvent],
        now: DateTime<Utc>,
    ) -> Result<AcceptedRun, UploadError> {
        let malformed = |error: &dyn std::fmt::Display| UploadError::Malformed(error.to_string());
        let summary = RunSummary::fold(events).map_err(|error| malformed(&error))?;
        if summary.header.run != *run {
            return Err(malformed(&"it is of another run"));
        }
        let published = |capability: &CapabilityRef| {
            let expected = expected(bundle, capability)?;
            let tests = bundle.suites.tests(capability).iter();
            let editions = bundle.registry.editions(capability).iter();
            Some(PublishedContract {
                contract_digest: expected.contract_digest,
                suite_digest: expected.suite_digest,
                tests: tests.map(|test| (test.id.name.clone(), test.level)).collect(),
                editions: editions
                    .filter_map(|published| published.edition.record.clone())
                    .collect(),
            })
        };
        let refusals = publish::check(&summary, token, &published, now);
        if !refusals.is_empty() {
            return Err(UploadError::Refused(refusals));
        }
        let mut judged = summary;
        restate_contracts(bundle, &mut judged);
        let verdict = judged.verdict();
        let from = ImportedFrom::Publisher(&token.publisher);
        match self.history.store.import(run, events, verdict, from).wait() {
            Ok(()) => Ok(AcceptedRun {
                verdict,
                known: false,
            }),
            Err(error) => match error.kind {
                StoreErrorKind::OutOfOrder { seq } => {
                    Err(malformed(&format!("event {seq} does not follow the one before")))
                }
                _ => Err(AppError::from(error).into()),
            },
        }
    }

    fn is_stored(&self, run: &RunId) -> Result<bool, UploadError> {
        match self.history.store.overview(run).wait() {
            Ok(_) => Ok(true),
            Err(error) if matches!(error.kind, StoreErrorKind::UnknownRun { .. }) => Ok(false),
            Err(error) => Err(AppError::from(error).into()),
        }
    }

    /// Accepts a run that is stored already, if the same publisher sends the same record.
    fn accept_again(
        &self,
        token: &TokenRecord,
        run: &RunId,
        digest: &str,
    ) -> Result<AcceptedRun, UploadError> {
        let overview = self.history.store.overview(run).wait().map_err(AppError::from)?;
        let same = overview.publisher.as_deref() == Some(token.publisher.as_str())
            && super::certify::record_digest(&self.history, run)? == digest;
        if !same {
            return Err(UploadError::Conflict);
        }
        Ok(AcceptedRun {
            verdict: overview.verdict,
            known: true,
        })
    }

    fn size(&self, token: &TokenRecord, run: &RunId) -> Result<u64, UploadError> {
        let size = self.history.uploads.upload_size(&token.id, run).wait();
        Ok(size.map_err(AppError::from)?)
    }

    /// Removes an upload. One that cannot be removed is deleted as outdated later.
    fn remove(&self, token: &TokenRecord, run: &RunId) {
        let _ = self.history.uploads.remove_upload(&token.id, run).wait();
    }
}

fn nothing_here() -> UploadError {
    UploadError::Malformed("nothing of it is here".to_owned())
}

/// Deletes outdated files of earlier versions, which kept uploads in a folder, and the folder once it is empty.
fn remove_old_files(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let changed = entry.metadata().and_then(|found| found.modified()).ok();
        let age = changed.and_then(|changed| SystemTime::now().duration_since(changed).ok());
        if age.is_some_and(|age| age > PATIENCE.to_std().unwrap_or_default()) {
            let _ = fs::remove_file(entry.path());
        }
    }
    let _ = fs::remove_dir(folder);
}

/// Reads the events of a record, within the bounds of what a registry keeps.
fn events(record: impl BufRead) -> Result<Vec<RunEvent>, UploadError> {
    let mut events = Vec::new();
    let mut results = 0;
    let mut values = 0;
    for (at, line) in record.lines().enumerate() {
        let wrong =
            |error: &dyn std::fmt::Display| UploadError::Malformed(format!("line {}: {error}", at + 1));
        let too_much = |words: String| UploadError::TooMuch(format!("line {}: {words}", at + 1));
        let line = line.map_err(|error| wrong(&error))?;
        if line.len() > LONGEST_EVENT {
            let most = LONGEST_EVENT / 1024 / 1024;
            return Err(too_much(format!("an event may have at most {most} MiB")));
        }
        let commas = line.bytes().filter(|byte| *byte == b',').count();
        values += commas;
        if commas > MOST_VALUES_OF_AN_EVENT || values > MOST_VALUES {
            return Err(too_much("the run has too many values".to_owned()));
        }
        let event = event::decode(&line).map_err(|error| wrong(&error))?;
        if let RunEventKind::TestFinished(_) = &event.kind {
            results += 1;
        }
        if results > MOST_RESULTS {
            return Err(too_much(format!("a run may have at most {MOST_RESULTS} results")));
        }
        excess(&event.kind).map_or(Ok(()), |words| Err(too_much(words)))?;
        events.push(event);
    }
    Ok(events)
}

/// The bound that an event exceeds, in words.
fn excess(event: &RunEventKind) -> Option<String> {
    let long = |text: &String| text.len() > LONGEST_TEXT;
    match event {
        RunEventKind::RunStarted(header)
            if header.providers.len() > MOST_PROVIDERS || header.peers.len() > MOST_PROVIDERS =>
        {
            Some(format!("a run may have at most {MOST_PROVIDERS} providers"))
        }
        RunEventKind::TestFinished(row)
            if row.message.as_ref().is_some_and(long) || row.notes.iter().any(long) =>
        {
            let most = LONGEST_TEXT / 1024;
            Some(format!("a message or a note may have at most {most} KiB"))
        }
        RunEventKind::TestFinished(row) if row.notes.len() > MOST_PARTS || row.cases.len() > MOST_PARTS => {
            Some(format!("a result may have at most {MOST_PARTS} notes or cases"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::Duration;

    use super::*;

    #[test]
    fn old_files_go_when_they_are_outdated_and_the_folder_with_the_last() {
        let folder = tempfile::tempdir().unwrap();
        let uploads = folder.path().join("uploads");
        fs::create_dir(&uploads).unwrap();
        for name in ["old.jsonl", "new.jsonl"] {
            fs::write(uploads.join(name), "{").unwrap();
        }
        let age = |name: &str| {
            let file = File::options().write(true).open(uploads.join(name)).unwrap();
            let changed = SystemTime::now() - Duration::from_secs(25 * 60 * 60);
            file.set_modified(changed).unwrap();
        };
        age("old.jsonl");
        remove_old_files(&uploads);
        assert!(!uploads.join("old.jsonl").exists() && uploads.join("new.jsonl").exists());
        age("new.jsonl");
        remove_old_files(&uploads);
        assert!(!uploads.exists());
        remove_old_files(&uploads);
    }
}
