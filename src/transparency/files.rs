//! The files of a log: `entries` (a line each), `checkpoint` (the signed size and root) and `key` (the public key).
//!
//! An entry is in the log from the moment at which a checkpoint that covers it is on the disk. What stands in `entries` behind the
//! checkpoint was never acknowledged, and is cut off before the next entry is written. Nothing else is ever changed: before an entry is
//! added, the entries must lead to the root of the checkpoint.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::checkpoint::{Checkpoint, CheckpointError};
use super::entry::Entry;
use super::proof::LogProof;
use super::tiles::Tile;
use super::tree::{Hash, inclusion_proof, leaf_hash, root};
use crate::certificate::{LogKey, LogKeyError, PrivateKey};

/// The largest entry, in bytes: a bundle of entries has two bytes for its length.
const LARGEST_ENTRY: usize = u16::MAX as usize;

/// An error of a log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A file cannot be read or written.
    #[error("{}: {error}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        error: io::Error,
    },
    /// There is a log already.
    #[error("there is a log in {}", .0.display())]
    Exists(PathBuf),
    /// The key that signs is not the log's.
    #[error("the key is not that of the log `{0}`")]
    OtherKey(String),
    /// The name or the key of the log.
    #[error(transparent)]
    Key(#[from] LogKeyError),
    /// The checkpoint does not hold.
    #[error("the checkpoint of the log: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint is of a log that is not trusted.
    #[error("the checkpoint is of no log that the trust file names")]
    Unnamed,
    /// The entries do not lead to the root of the checkpoint.
    #[error("the log was rewritten: its first {0} entries do not have the root that it signed")]
    Rewritten(u64),
    /// The log has fewer entries than a checkpoint.
    #[error("the log was cut: it has {found} entries, and a checkpoint of it {signed}")]
    Cut {
        /// The number of entries.
        found: u64,
        /// The number of the checkpoint.
        signed: u64,
    },
    /// An entry is too large, or has more than one line.
    #[error("the entry has {0} bytes, {LARGEST_ENTRY} are possible")]
    LargeEntry(usize),
}

impl LogError {
    /// Returns true if the log itself is wrong: it was rewritten or cut, or its checkpoint does not hold.
    pub fn is_of_content(&self) -> bool {
        matches!(
            self,
            Self::Rewritten(_) | Self::Cut { .. } | Self::Checkpoint(_) | Self::Unnamed
        )
    }
}

/// A log in a folder.
#[derive(Debug, Clone)]
pub struct Log {
    folder: PathBuf,
    key: LogKey,
}

/// The entries of a log that its checkpoint covers.
#[derive(Debug)]
struct Content {
    text: Vec<u8>,
    /// The ends of the entries in the text, after their line feeds.
    ends: Vec<usize>,
    leaves: Vec<Hash>,
    checkpoint: Checkpoint,
    note: String,
}

impl Log {
    /// Makes an empty log in a folder that does not exist.
    ///
    /// # Errors
    ///
    /// The folder exists or cannot be written, or the name is no name of a log.
    pub fn create(folder: &Path, name: &str, key: &PrivateKey) -> Result<Self, LogError> {
        let log = Self {
            folder: folder.to_owned(),
            key: LogKey::new(name, key.public())?,
        };
        if let Err(error) = std::fs::create_dir(folder) {
            return Err(match error.kind() {
                io::ErrorKind::AlreadyExists => LogError::Exists(folder.to_owned()),
                _ => log.failed("", error),
            });
        }
        let empty = Checkpoint {
            origin: name.to_owned(),
            size: 0,
            root: root(&[]),
        };
        log.replace("entries", b"")?;
        log.replace("checkpoint", empty.sign(&log.key, key).as_bytes())?;
        log.replace("key", format!("{}\n", log.key).as_bytes())?;
        Ok(log)
    }

    /// Opens the log of a folder. None if there is none.
    ///
    /// # Errors
    ///
    /// The key of the log cannot be read.
    pub fn open(folder: &Path) -> Result<Option<Self>, LogError> {
        let path = folder.join("key");
        match std::fs::read_to_string(&path) {
            Ok(key) => Ok(Some(Self {
                folder: folder.to_owned(),
                key: key.parse()?,
            })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(LogError::File { path, error }),
        }
    }

    /// The name and the public key.
    pub fn key(&self) -> &LogKey {
        &self.key
    }

    /// The latest signed checkpoint.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn checkpoint(&self) -> Result<String, LogError> {
        std::fs::read_to_string(self.folder.join("checkpoint"))
            .map_err(|error| self.failed("checkpoint", error))
    }

    /// Adds an entry and returns the proof that it is in the log. An entry that `is_same` as an earlier one is not added again.
    ///
    /// # Errors
    ///
    /// The key is not the log's, the log was rewritten, or a file cannot be written: then nothing is added.
    pub fn add(
        &self,
        entry: &Entry,
        is_same: &dyn Fn(&Entry) -> bool,
        key: &PrivateKey,
    ) -> Result<LogProof, LogError> {
        if key.public() != *self.key.public() {
            return Err(LogError::OtherKey(self.key.name().to_owned()));
        }
        let bytes = entry.to_bytes();
        if bytes.len() > LARGEST_ENTRY || bytes.contains(&b'\n') {
            return Err(LogError::LargeEntry(bytes.len()));
        }
        let lock = File::create(self.folder.join("lock")).map_err(|error| self.failed("lock", error))?;
        lock.lock().map_err(|error| self.failed("lock", error))?;
        let mut content = self.content()?;
        let earlier = (0..content.ends.len())
            .find(|&at| Entry::read(content.entry(at)).is_some_and(|one| is_same(&one)));
        if let Some(at) = earlier {
            return content
                .proof(at)
                .ok_or(LogError::Rewritten(content.checkpoint.size));
        }
        let end = content.ends.last().copied().unwrap_or(0);
        self.write_entry(end, &bytes)
            .map_err(|error| self.failed("entries", error))?;
        content.leaves.push(leaf_hash(&bytes));
        content.text.truncate(end);
        content.text.extend_from_slice(&bytes);
        content.text.push(b'\n');
        let at = content.ends.len();
        content.ends.push(content.text.len());
        content.checkpoint.size = content.checkpoint.size.saturating_add(1);
        content.checkpoint.root = root(&content.leaves);
        content.note = content.checkpoint.sign(&self.key, key);
        self.replace("checkpoint", content.note.as_bytes())?;
        content
            .proof(at)
            .ok_or(LogError::Rewritten(content.checkpoint.size))
    }

    /// Checks that the entries lead to the root of the checkpoint, and that the tree of an earlier checkpoint is the beginning of it.
    /// Returns the checkpoint of today.
    ///
    /// # Errors
    ///
    /// The log was rewritten or cut, or a checkpoint does not hold.
    pub fn verify(&self, from: Option<&str>) -> Result<Checkpoint, LogError> {
        let content = self.content()?;
        if let Some(from) = from {
            let earlier = Checkpoint::open(from, &self.key)?;
            continues(&content.leaves, &earlier)?;
        }
        Ok(content.checkpoint)
    }

    /// Writes a copy of the log, as its latest checkpoint covers it, to an empty folder.
    ///
    /// # Errors
    ///
    /// The log cannot be read or was rewritten, or the copy cannot be written.
    pub fn back_up(&self, folder: &Path) -> Result<(), LogError> {
        let content = self.content()?;
        let copy = Self {
            folder: folder.to_owned(),
            key: self.key.clone(),
        };
        let end = content.ends.last().copied().unwrap_or(0);
        let covered = content.text.get(..end).unwrap_or_default();
        copy.replace("entries", covered)?;
        copy.replace("checkpoint", content.note.as_bytes())?;
        copy.replace("key", format!("{}\n", self.key).as_bytes())
    }

    /// The bytes of a tile. None if the log has no such tile.
    ///
    /// # Errors
    ///
    /// The log cannot be read, or was rewritten.
    pub fn tile(&self, tile: &Tile) -> Result<Option<Vec<u8>>, LogError> {
        let content = self.content()?;
        let entries: Vec<_> = (0..content.ends.len()).map(|at| content.entry(at)).collect();
        Ok(tile.bytes(&entries, &content.leaves))
    }

    fn content(&self) -> Result<Content, LogError> {
        let note = self.checkpoint()?;
        let checkpoint = Checkpoint::open(&note, &self.key)?;
        // Read after the checkpoint: another process may add meanwhile, and never takes away.
        let text =
            std::fs::read(self.folder.join("entries")).map_err(|error| self.failed("entries", error))?;
        let size = usize::try_from(checkpoint.size).unwrap_or(usize::MAX);
        let ends = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let mut content = Content {
            ends: ends.map(|(at, _)| at.saturating_add(1)).take(size).collect(),
            leaves: Vec::new(),
            text,
            checkpoint,
            note,
        };
        content.leaves = (0..content.ends.len())
            .map(|at| leaf_hash(content.entry(at)))
            .collect();
        continues(&content.leaves, &content.checkpoint)?;
        Ok(content)
    }

    /// Writes an entry at the end of those that the checkpoint covers.
    fn write_entry(&self, end: usize, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new()
            .append(true)
            .open(self.folder.join("entries"))?;
        file.set_len(end as u64)?;
        file.write_all(&[bytes, b"\n"].concat())?;
        file.sync_all()
    }

    /// Writes a whole file: the old one or the new one is there, whatever happens.
    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), LogError> {
        let written = || {
            let new = self.folder.join(format!("{name}.new"));
            let mut file = File::create(&new)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            std::fs::rename(&new, self.folder.join(name))?;
            // The new name is on the disk when the folder is.
            File::open(&self.folder)?.sync_all()
        };
        written().map_err(|error| self.failed(name, error))
    }

    fn failed(&self, name: &str, error: io::Error) -> LogError {
        LogError::File {
            path: self.folder.join(name),
            error,
        }
    }
}

/// Checks that the leaves of a log begin with the tree of a checkpoint.
fn continues(leaves: &[Hash], checkpoint: &Checkpoint) -> Result<(), LogError> {
    let size = usize::try_from(checkpoint.size).unwrap_or(usize::MAX);
    let Some(first) = leaves.get(..size) else {
        return Err(LogError::Cut {
            found: leaves.len() as u64,
            signed: checkpoint.size,
        });
    };
    if root(first) == checkpoint.root {
        Ok(())
    } else {
        Err(LogError::Rewritten(checkpoint.size))
    }
}

impl Content {
    /// The bytes of an entry, without its line feed.
    fn entry(&self, at: usize) -> &[u8] {
        let before = at.checked_sub(1).and_then(|before| self.ends.get(before));
        let range = before.copied().unwrap_or(0)..self.ends.get(at).copied().unwrap_or(0);
        let line = self.text.get(range).unwrap_or_default();
        line.strip_suffix(b"\n").unwrap_or(line)
    }

    fn proof(&self, at: usize) -> Option<LogProof> {
        Some(LogProof {
            entry: self.entry(at).to_vec(),
            index: at as u64,
            hashes: inclusion_proof(&self.leaves, at)?,
            checkpoint: self.note.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::{EntryKind, Revoked};
    use super::super::proof::ProofError;
    use super::*;

    fn key(seed: u8) -> PrivateKey {
        PrivateKey::from_seed(&[seed; 32])
    }

    fn entry(run: &str) -> Entry {
        let revoked = Revoked {
            key: None,
            run: Some(run.to_owned()),
            reason: "it was wrong".to_owned(),
        };
        Entry::new(
            EntryKind::Revocation(revoked),
            "2026-11-21T03:00:00Z".parse().unwrap(),
        )
    }

    fn log() -> (tempfile::TempDir, Log) {
        let folder = tempfile::tempdir().unwrap();
        let log = Log::create(&folder.path().join("log"), "registry.example/log", &key(1)).unwrap();
        (folder, log)
    }

    fn add(log: &Log, run: &str) -> LogProof {
        log.add(&entry(run), &|_| false, &key(1)).unwrap()
    }

    #[test]
    fn each_entry_is_proven_and_the_log_continues_every_earlier_checkpoint() {
        let (_folder, log) = log();
        let mut checkpoints = vec![log.checkpoint().unwrap()];
        for at in 0..9 {
            let proof = add(&log, &at.to_string());
            let text = proof.to_string();
            let read = LogProof::read(&text).unwrap();
            assert_eq!(read, proof);
            let (found, checkpoint) = read.verify(&[log.key().clone()]).unwrap();
            assert_eq!((found, checkpoint.size), (entry(&at.to_string()), at + 1));
            checkpoints.push(log.checkpoint().unwrap());
        }
        for checkpoint in &checkpoints {
            assert_eq!(log.verify(Some(checkpoint)).unwrap().size, 9);
        }
        let again = log.add(&entry("3"), &|one| *one == entry("3"), &key(1)).unwrap();
        assert_eq!((again.index, log.verify(None).unwrap().size), (3, 9));
    }

    #[test]
    fn a_copy_of_a_log_is_the_log_without_what_no_checkpoint_covers() {
        let (folder, log) = log();
        add(&log, "1");
        let path = log.folder.join("entries");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{text}half of an ent")).unwrap();
        let copied = folder.path().join("copy");
        std::fs::create_dir(&copied).unwrap();
        log.back_up(&copied).unwrap();
        let copy = Log::open(&copied).unwrap().unwrap();
        assert_eq!(std::fs::read_to_string(copied.join("entries")).unwrap(), text);
        assert_eq!(copy.verify(Some(&log.checkpoint().unwrap())).unwrap().size, 1);
        add(&copy, "2");
        std::fs::write(&path, text.replacen("it was wrong", "it was right", 1)).unwrap();
        assert!(matches!(log.back_up(&copied), Err(LogError::Rewritten(1))));
    }

    #[test]
    fn a_proof_of_something_else_is_none() {
        let (_folder, log) = log();
        add(&log, "1");
        let proof = add(&log, "2");
        let logs = [log.key().clone()];
        let bent = |bend: &dyn Fn(&mut LogProof)| {
            let mut proof = proof.clone();
            bend(&mut proof);
            proof.verify(&logs).unwrap_err()
        };
        assert_eq!(
            bent(&|proof| proof.entry = entry("3").to_bytes()),
            ProofError::NotIncluded
        );
        assert_eq!(bent(&|proof| proof.index = 0), ProofError::NotIncluded);
        assert_eq!(bent(&|proof| proof.hashes.clear()), ProofError::NotIncluded);
        let other = LogKey::new("registry.example/log", key(2).public()).unwrap();
        assert_eq!(proof.verify(&[other]).unwrap_err(), ProofError::UnknownLog);
        let grown = proof.checkpoint.replacen("\n2\n", "\n3\n", 1);
        let larger = bent(&|proof| proof.checkpoint.clone_from(&grown));
        assert!(matches!(larger, ProofError::Checkpoint(_)));
        let text = proof.to_string();
        for wrong in [
            "",
            &text.replace("@v1", "@v2"),
            &text.replace("index 1", "index 01"),
            &text.replace("extra ", "extra x"),
            text.split_once("\n\n").unwrap().0,
        ] {
            assert!(LogProof::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_log_that_was_rewritten_or_cut_is_told_and_takes_no_entry() {
        let (_folder, log) = log();
        add(&log, "1");
        let earlier = log.checkpoint().unwrap();
        add(&log, "2");
        let path = log.folder.join("entries");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replacen("it was wrong", "it was right", 1)).unwrap();
        assert!(matches!(log.verify(None), Err(LogError::Rewritten(2))));
        assert!(matches!(
            log.add(&entry("3"), &|_| false, &key(1)),
            Err(LogError::Rewritten(2))
        ));
        std::fs::write(&path, text.split_inclusive('\n').next().unwrap()).unwrap();
        assert!(matches!(
            log.verify(None),
            Err(LogError::Cut { found: 1, signed: 2 })
        ));

        // The log signs another history: only who kept a checkpoint can tell.
        let content = text.replacen("it was wrong", "it was right", 1);
        std::fs::write(&path, &content).unwrap();
        let leaves: Vec<_> = content.lines().map(|line| leaf_hash(line.as_bytes())).collect();
        let rewritten = Checkpoint {
            origin: log.key().name().to_owned(),
            size: 2,
            root: root(&leaves),
        };
        log.replace("checkpoint", rewritten.sign(log.key(), &key(1)).as_bytes())
            .unwrap();
        assert_eq!(log.verify(None).unwrap().size, 2);
        assert!(matches!(log.verify(Some(&earlier)), Err(LogError::Rewritten(1))));
    }

    #[test]
    fn what_was_written_and_not_signed_is_cut_off() {
        let (_folder, log) = log();
        add(&log, "1");
        let path = log.folder.join("entries");
        let half = std::fs::read_to_string(&path).unwrap() + "{\"version\":1,\"ki";
        std::fs::write(&path, half).unwrap();
        assert_eq!(log.verify(None).unwrap().size, 1);
        let proof = add(&log, "2");
        assert_eq!(proof.index, 1);
        assert_eq!(log.verify(None).unwrap().size, 2);
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 2);
    }

    #[test]
    fn another_key_adds_nothing_and_a_log_is_made_once() {
        let (_folder, log) = log();
        assert!(matches!(
            log.add(&entry("1"), &|_| false, &key(2)),
            Err(LogError::OtherKey(_))
        ));
        assert!(matches!(
            Log::create(&log.folder, "x", &key(1)),
            Err(LogError::Exists(_))
        ));
        let opened = Log::open(&log.folder).unwrap().unwrap();
        assert_eq!(opened.key(), log.key());
        assert!(Log::open(&log.folder.join("none")).unwrap().is_none());
    }
}
