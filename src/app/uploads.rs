//! Uploads: a publisher sends the record of a run in pieces, and the registry stores the run once it is complete and accepted.
//!
//! Pieces are appended to a file beside the store, one for each token and run. Nothing of a run is shown before all of it was checked.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use super::contract_record::restate_contracts;
use super::expected::expected;
use super::{AppError, Bundle, History};
use crate::event::{self, RunEvent, RunEventKind};
use crate::model::{CapabilityRef, RunId, Verdict, hex};
use crate::publish::{self, PublishedContract, Refusal, TokenRecord};
use crate::store::{ImportedFrom, StoreErrorKind, Wait, create_private_folder};
use crate::summary::RunSummary;

/// The longest record of a run, in bytes.
pub const LARGEST_RECORD: u64 = 64 * 1024 * 1024;
/// The largest number of providers of a run.
const MOST_PROVIDERS: usize = 500;
/// The largest number of results of a run.
const MOST_RESULTS: usize = 50_000;
/// The longest character of UTF-8, in bytes.
const LONGEST_CHARACTER: u64 = 4;
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
const MOST_OPEN: usize = 8;
/// The time after which an unfinished upload is deleted.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

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

/// Receives runs for the registry whose data is in a folder.
pub struct UploadReceiver {
    folder: PathBuf,
    history: History,
    /// Held while a piece is checked and written, so that two requests cannot append at the same offset.
    writing: Mutex<()>,
}

impl UploadReceiver {
    /// A receiver that stores runs in `history`, and uploads in a folder below `folder`.
    pub fn new(folder: &Path, history: History) -> Self {
        Self {
            folder: folder.join("uploads"),
            history,
            writing: Mutex::default(),
        }
    }

    /// Returns the state of an upload.
    ///
    /// # Errors
    ///
    /// The file of the upload or the store cannot be read.
    pub fn received(&self, token: &TokenRecord, run: &RunId) -> Result<UploadState, UploadError> {
        let path = self.path(token, run);
        let bytes = received(&path).map_err(|error| AppError::unreadable(&path, &error))?;
        let kept = self.is_stored(run)?;
        Ok(UploadState { bytes, kept })
    }

    /// Appends a piece that begins at `offset`. Returns the number of bytes received so far.
    ///
    /// # Errors
    ///
    /// The piece does not begin at the end of the last one, the record gets too long, or the file cannot be written.
    pub fn add(
        &self,
        token: &TokenRecord,
        run: &RunId,
        offset: u64,
        piece: &[u8],
    ) -> Result<u64, UploadError> {
        let _guard = self.writing.lock();
        let path = self.path(token, run);
        let kept = received(&path).map_err(|error| AppError::unreadable(&path, &error))?;
        if kept != offset {
            return Err(UploadError::Offset { kept });
        }
        let length = kept + piece.len() as u64;
        if length > LARGEST_RECORD {
            let most = LARGEST_RECORD / 1024 / 1024;
            return Err(UploadError::TooMuch(format!("a run may have at most {most} MiB")));
        }
        if kept == 0 {
            self.make_room(token)?;
        }
        append(&path, kept, piece).map_err(|error| AppError::unwritable(&path, &error))?;
        Ok(length)
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
        let _guard = self.writing.lock();
        let path = self.path(token, run);
        if self.is_stored(run)? {
            remove(&path);
            return self.accept_again(token, run, digest);
        }
        let Ok(mut file) = File::open(&path) else {
            return Err(UploadError::Malformed("nothing of it is here".to_owned()));
        };
        if digest_of(&mut file).map_err(|error| AppError::unreadable(&path, &error))? != digest {
            // A piece may be missing, so the upload is not deleted.
            return Err(UploadError::Malformed("its digest is another one".to_owned()));
        }
        let accepted = self.accept(bundle, token, run, &file, now);
        if !matches!(accepted, Err(UploadError::App(_))) {
            remove(&path);
        }
        accepted
    }

    /// Checks the record of a run and stores it.
    fn accept(
        &self,
        bundle: &Bundle,
        token: &TokenRecord,
        run: &RunId,
        file: &File,
        now: DateTime<Utc>,
    ) -> Result<AcceptedRun, UploadError> {
        let events = events(file)?;
        let malformed = |error: &dyn std::fmt::Display| UploadError::Malformed(error.to_string());
        let summary = RunSummary::fold(&events).map_err(|error| malformed(&error))?;
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
        match self.history.store.import(run, &events, verdict, from).wait() {
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

    /// The file of an upload. Neither part of its name can contain a path separator.
    fn path(&self, token: &TokenRecord, run: &RunId) -> PathBuf {
        self.folder.join(format!("{}-{run}.jsonl", token.id))
    }

    /// Makes the folder, deletes outdated uploads, and refuses another upload if the token has too many unfinished ones.
    fn make_room(&self, token: &TokenRecord) -> Result<(), UploadError> {
        create_private_folder(&self.folder).map_err(|error| AppError::unwritable(&self.folder, &error))?;
        let entries =
            fs::read_dir(&self.folder).map_err(|error| AppError::unreadable(&self.folder, &error))?;
        let mut open = 0;
        for entry in entries.flatten() {
            let changed = entry.metadata().and_then(|found| found.modified());
            let age = changed
                .ok()
                .and_then(|changed| SystemTime::now().duration_since(changed).ok());
            if age.is_some_and(|age| age > PATIENCE) {
                remove(&entry.path());
            } else if entry.file_name().to_string_lossy().starts_with(&token.id) {
                open += 1;
            }
        }
        if open >= MOST_OPEN {
            return Err(UploadError::TooMuch(format!(
                "{open} runs of this token are under way already"
            )));
        }
        Ok(())
    }
}

/// The number of bytes of an upload that a next piece follows. A write that failed or was interrupted leaves a part of a piece, which may end
/// inside a character; a piece is text, so no piece could begin there.
fn received(path: &Path) -> std::io::Result<u64> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LONGEST_CHARACTER)))?;
    let mut tail = Vec::new();
    file.take(LONGEST_CHARACTER).read_to_end(&mut tail)?;
    Ok(length - incomplete(&tail) as u64)
}

/// The number of bytes at the end of a text that begin a character without ending it.
fn incomplete(tail: &[u8]) -> usize {
    let is_first = |byte: &u8| byte & 0b1100_0000 != 0b1000_0000;
    let last = tail.iter().rposition(is_first).map_or(&[][..], |at| &tail[at..]);
    match std::str::from_utf8(last) {
        Err(error) if error.error_len().is_none() => last.len(),
        _ => 0,
    }
}

/// Writes a piece behind the first `kept` bytes of a file. What a failed write has written of it is taken back.
fn append(path: &Path, kept: u64, piece: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(false)
        .open(path)?;
    file.set_len(kept)?;
    file.seek(SeekFrom::Start(kept))?;
    file.write_all(piece).inspect_err(|_| {
        // Should this fail too, the next piece follows what is there.
        let _ = file.set_len(kept);
    })
}

fn digest_of(file: &mut File) -> std::io::Result<String> {
    let mut hash = Sha256::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        match file.read(&mut piece)? {
            0 => break,
            read => hash.update(&piece[..read]),
        }
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(hex(&hash.finalize()))
}

/// Reads the events of a record, within the bounds of what a registry keeps.
fn events(file: &File) -> Result<Vec<RunEvent>, UploadError> {
    let mut events = Vec::new();
    let mut results = 0;
    let mut values = 0;
    for (at, line) in BufReader::new(file).lines().enumerate() {
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

/// Removes a file. A file that cannot be removed is deleted as outdated later.
fn remove(path: &Path) {
    let _ = fs::remove_file(path);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_follows_the_last_complete_character() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("upload");
        assert_eq!(received(&path).unwrap(), 0);
        for text in ["", "a", "é", "a\u{20ac}", "🕯", "abc🕯", "a\u{301}"] {
            let last = text.char_indices().next_back().map_or(0, |(at, _)| at);
            for end in last..=text.len() {
                fs::write(&path, &text.as_bytes()[..end]).unwrap();
                let complete = if end == text.len() { end } else { last };
                assert_eq!(
                    received(&path).unwrap(),
                    complete as u64,
                    "{end} bytes of {text:?}"
                );
            }
        }
    }

    #[test]
    fn a_piece_replaces_what_an_interrupted_write_has_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("upload");
        append(&path, 0, "🕯".as_bytes()).unwrap();
        let torn = [fs::read(&path).unwrap(), "€".as_bytes()[..2].to_vec()].concat();
        fs::write(&path, torn).unwrap();
        let kept = received(&path).unwrap();
        append(&path, kept, "€!".as_bytes()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "🕯€!");
    }

    #[test]
    fn bytes_that_are_no_text_are_kept_for_the_digest_to_refuse() {
        assert_eq!(incomplete(&[b'a', 0xff]), 0);
        assert_eq!(incomplete(&[0x80, 0x80, 0x80, 0x80]), 0);
    }
}
