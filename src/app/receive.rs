//! A registry takes runs of others: in pieces that can be sent again, and only when all of a run is there and may be taken.
//!
//! Pieces wait in files beside the store, one a token and run. Nothing of a run is shown before it was checked as a whole.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use super::{AppError, Bundle, History, certify};
use crate::event::{self, RunEvent};
use crate::model::{CapabilityRef, RunId, Verdict, hex};
use crate::publish::{self, Refusal, Suited, TokenRecord};
use crate::store::StoreErrorKind;
use crate::summary::RunSummary;

/// The longest record of a run, in bytes.
pub const LARGEST_RECORD: u64 = 64 * 1024 * 1024;
/// How many runs of one token may be under way.
const MOST_OPEN: usize = 8;
/// How long pieces wait for the rest.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// Why a piece or a run is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The piece begins somewhere else than the last one ended.
    #[error("{kept} bytes of the run are here, and the piece does not begin there")]
    Offset {
        /// How many bytes are here.
        kept: u64,
    },
    /// The run is longer than a registry keeps, or too many are under way.
    #[error("{0}")]
    TooMuch(String),
    /// What was sent is no record of a run.
    #[error("what was sent is no record of the run: {0}")]
    Malformed(String),
    /// Another run of this id is kept.
    #[error("another run of this id is kept here")]
    Conflict,
    /// Rules speak against the run.
    #[error("the run is not taken")]
    Refused(Vec<Refusal>),
    /// The registry is at fault.
    #[error(transparent)]
    App(#[from] AppError),
}

/// How much of a run is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// How many bytes of its record wait for the rest.
    pub bytes: u64,
    /// Whether the run is kept.
    pub kept: bool,
}

/// A run that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// What the run says.
    pub verdict: Verdict,
    /// Whether it was kept before.
    pub known: bool,
}

/// Takes runs for the registry in a folder.
pub struct Receiver {
    folder: PathBuf,
    history: History,
    /// One piece at a time: a check of the length and the writing belong together.
    writing: Mutex<()>,
}

impl Receiver {
    /// For the registry whose store is in a folder.
    pub fn new(folder: &Path, history: History) -> Self {
        Self {
            folder: folder.join("uploads"),
            history,
            writing: Mutex::default(),
        }
    }

    /// How much of a run is here.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn received(&self, token: &TokenRecord, run: &RunId) -> Result<Received, ReceiveError> {
        let bytes = fs::metadata(self.path(token, run)).map_or(0, |found| found.len());
        let kept = self.is_kept(run)?;
        Ok(Received { bytes, kept })
    }

    /// Takes a piece that begins at `offset`. Answers how many bytes are here then.
    ///
    /// # Errors
    ///
    /// The piece does not follow, there would be too much, or it cannot be written.
    pub fn add(
        &self,
        token: &TokenRecord,
        run: &RunId,
        offset: u64,
        piece: &[u8],
    ) -> Result<u64, ReceiveError> {
        let _alone = self.writing.lock();
        let path = self.path(token, run);
        let kept = fs::metadata(&path).map_or(0, |found| found.len());
        if kept != offset {
            return Err(ReceiveError::Offset { kept });
        }
        let length = kept + piece.len() as u64;
        if length > LARGEST_RECORD {
            let most = LARGEST_RECORD / 1024 / 1024;
            return Err(ReceiveError::TooMuch(format!(
                "a run may have at most {most} MiB"
            )));
        }
        if kept == 0 {
            self.make_room(token)?;
        }
        let written = OpenOptions::new().create(true).append(true).open(&path);
        written
            .and_then(|mut file| file.write_all(piece))
            .map_err(|error| AppError::unwritable(&path, &error))?;
        Ok(length)
    }

    /// Takes the whole run, once its record has this SHA-256, in hex. The same run again changes nothing.
    ///
    /// # Errors
    ///
    /// What is here is no record of the run, or rules speak against it; nothing of it stays. Or the store fails.
    pub fn finish(
        &self,
        bundle: &Bundle,
        token: &TokenRecord,
        run: &RunId,
        digest: &str,
        now: DateTime<Utc>,
    ) -> Result<Taken, ReceiveError> {
        let _alone = self.writing.lock();
        let path = self.path(token, run);
        if self.is_kept(run)? {
            remove(&path);
            return self.same(token, run, digest);
        }
        let Ok(mut file) = File::open(&path) else {
            return Err(ReceiveError::Malformed("nothing of it is here".to_owned()));
        };
        if digest_of(&mut file).map_err(|error| AppError::unreadable(&path, &error))? != digest {
            // Perhaps a piece is missing: what is here stays.
            return Err(ReceiveError::Malformed("its digest is another one".to_owned()));
        }
        let taken = self.take(bundle, token, run, &file, now);
        remove(&path);
        taken
    }

    fn take(
        &self,
        bundle: &Bundle,
        token: &TokenRecord,
        run: &RunId,
        file: &File,
        now: DateTime<Utc>,
    ) -> Result<Taken, ReceiveError> {
        let events = events(file)?;
        let malformed = |error: &dyn std::fmt::Display| ReceiveError::Malformed(error.to_string());
        let summary = RunSummary::fold(&events).map_err(|error| malformed(&error))?;
        if summary.header.run != *run {
            return Err(malformed(&"it is of another run"));
        }
        let published = |capability: &CapabilityRef| {
            let expected = certify::expected(bundle, capability)?;
            Some(Suited {
                contract_digest: expected.contract_digest,
                suite_digest: expected.suite_digest,
            })
        };
        let refusals = publish::check(&summary, token, &published, now);
        if !refusals.is_empty() {
            return Err(ReceiveError::Refused(refusals));
        }
        let verdict = summary.verdict();
        match self.history.store.import(run, &events, verdict, &token.publisher) {
            Ok(()) => Ok(Taken {
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

    fn is_kept(&self, run: &RunId) -> Result<bool, ReceiveError> {
        match self.history.store.overview(run) {
            Ok(_) => Ok(true),
            Err(error) if matches!(error.kind, StoreErrorKind::UnknownRun { .. }) => Ok(false),
            Err(error) => Err(AppError::from(error).into()),
        }
    }

    /// A run that is kept already is the same one only if the same publisher sends the same record.
    fn same(&self, token: &TokenRecord, run: &RunId, digest: &str) -> Result<Taken, ReceiveError> {
        let overview = self.history.store.overview(run).map_err(AppError::from)?;
        let same = overview.publisher.as_deref() == Some(token.publisher.as_str())
            && certify::record_digest(&self.history, run)? == digest;
        if !same {
            return Err(ReceiveError::Conflict);
        }
        Ok(Taken {
            verdict: overview.verdict,
            known: true,
        })
    }

    /// Where pieces wait: neither part of the name can hold a separator of paths.
    fn path(&self, token: &TokenRecord, run: &RunId) -> PathBuf {
        self.folder.join(format!("{}-{run}.jsonl", token.id))
    }

    /// Makes the folder, forgets what nobody has gone on with, and refuses one run more than a token may have under way.
    fn make_room(&self, token: &TokenRecord) -> Result<(), ReceiveError> {
        fs::create_dir_all(&self.folder).map_err(|error| AppError::unwritable(&self.folder, &error))?;
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
            return Err(ReceiveError::TooMuch(format!(
                "{open} runs of this token are under way already"
            )));
        }
        Ok(())
    }
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

fn events(file: &File) -> Result<Vec<RunEvent>, ReceiveError> {
    let mut events = Vec::new();
    for (at, line) in BufReader::new(file).lines().enumerate() {
        let wrong =
            |error: &dyn std::fmt::Display| ReceiveError::Malformed(format!("line {}: {error}", at + 1));
        let line = line.map_err(|error| wrong(&error))?;
        events.push(event::decode(&line).map_err(|error| wrong(&error))?);
    }
    Ok(events)
}

/// What cannot be removed is forgotten a day later.
fn remove(path: &Path) {
    let _ = fs::remove_file(path);
}
