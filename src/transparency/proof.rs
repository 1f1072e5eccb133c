//! Proofs of inclusion as files (C2SP `tlog-proof`): they are verified without a network.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::checkpoint::{Checkpoint, CheckpointError};
use super::entry::Entry;
use super::note::NoteError;
use super::tree::{Hash, leaf_hash, verify_inclusion};
use crate::certificate::LogKey;

/// The ending of the file of a proof, after the name of the file that it is about.
pub const PROOF_SUFFIX: &str = ".tlog-proof";

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// The most hashes of a proof: a tree has at most 2^64 entries.
const MOST_HASHES: usize = 64;

/// An error of a proof.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The text is no proof.
    #[error("it is no proof of a log: {0}")]
    Form(&'static str),
    /// The checkpoint does not hold.
    #[error("its checkpoint does not hold: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint is of a log that is not trusted.
    #[error("its checkpoint is of no log that the trust file names")]
    UnknownLog,
    /// The hashes lead to another root.
    #[error("the entry is not in the log at its place")]
    NotIncluded,
    /// The entry cannot be read.
    #[error("its entry cannot be read")]
    Entry,
}

/// The proof that an entry is in a log. Its text holds the entry as extra data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogProof {
    /// The entry as it was hashed.
    pub entry: Vec<u8>,
    /// Its place in the log, from 0.
    pub index: u64,
    /// The hashes from the leaf to the root.
    pub hashes: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: String,
}

impl fmt::Display for LogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{FIRST_LINE}\nextra {}\nindex {}",
            STANDARD.encode(&self.entry),
            self.index
        )?;
        for hash in &self.hashes {
            writeln!(f, "{}", STANDARD.encode(hash))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

impl LogProof {
    /// Reads the text of a proof. Nothing in it is believed before [`verify`](Self::verify).
    ///
    /// # Errors
    ///
    /// The text has another form, or lacks the entry.
    pub fn read(text: &str) -> Result<Self, ProofError> {
        let wrong = ProofError::Form;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(wrong("it has no checkpoint"))?;
        let mut lines = head.lines();
        if lines.next() != Some(FIRST_LINE) {
            return Err(wrong("its first line is another"));
        }
        let decoded = |text: &str| STANDARD.decode(text).map_err(|_| wrong("a line is no base64"));
        let entry = lines.next().and_then(|line| line.strip_prefix("extra "));
        let entry = decoded(entry.ok_or(wrong("it lacks the entry"))?)?;
        let index = lines.next().and_then(|line| line.strip_prefix("index "));
        let index = index.ok_or(wrong("it lacks the place of the entry"))?;
        let number: u64 = index
            .parse()
            .map_err(|_| wrong("the place of the entry is no number"))?;
        if number.to_string() != index {
            return Err(wrong("the place of the entry is no number"));
        }
        let hashes = lines
            .map(|line| {
                decoded(line)?
                    .try_into()
                    .map_err(|_| wrong("a hash has another length"))
            })
            .collect::<Result<Vec<Hash>, _>>()?;
        if hashes.len() > MOST_HASHES {
            return Err(wrong("it has too many hashes"));
        }
        Ok(Self {
            entry,
            index: number,
            hashes,
            checkpoint: checkpoint.to_owned(),
        })
    }

    /// Checks that the entry is in one of these logs, and reads it.
    ///
    /// # Errors
    ///
    /// The checkpoint is of none of the logs, its signature does not hold, or the hashes do not lead to its root.
    pub fn verify(&self, logs: &[LogKey]) -> Result<(Entry, Checkpoint), ProofError> {
        let mut wrong = ProofError::UnknownLog;
        for log in logs {
            match Checkpoint::open(&self.checkpoint, log) {
                Ok(checkpoint) => {
                    let leaf = leaf_hash(&self.entry);
                    if !verify_inclusion(&leaf, self.index, checkpoint.size, &self.hashes, &checkpoint.root) {
                        return Err(ProofError::NotIncluded);
                    }
                    let entry = Entry::read(&self.entry).ok_or(ProofError::Entry)?;
                    return Ok((entry, checkpoint));
                }
                Err(CheckpointError::Note(NoteError::Unsigned(_))) => {}
                Err(error) => wrong = error.into(),
            }
        }
        Err(wrong)
    }
}
