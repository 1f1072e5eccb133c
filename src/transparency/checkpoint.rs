//! Checkpoints (C2SP `tlog-checkpoint`): the size and the root of a log at one moment, signed by it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::note::{self, NoteError};
use super::tree::Hash;
use crate::certificate::{LogKey, PrivateKey};

/// The size and the root of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log.
    pub origin: String,
    /// The number of entries.
    pub size: u64,
    /// The root of the tree.
    pub root: Hash,
}

/// An error of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note around it.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The text of the note is no checkpoint.
    #[error("its text is no checkpoint")]
    Form,
    /// It is of another log.
    #[error("it is of the log `{0}`")]
    Origin(String),
}

impl Checkpoint {
    /// The checkpoint as a note that the log signed.
    pub fn sign(&self, log: &LogKey, key: &PrivateKey) -> String {
        let text = format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root));
        note::sign(log, &text, key)
    }

    /// Reads a note that the log signed. Lines of extensions are passed over.
    ///
    /// # Errors
    ///
    /// The signature does not hold, or the text is no checkpoint of this log.
    pub fn open(signed: &str, log: &LogKey) -> Result<Self, CheckpointError> {
        let text = note::open(log, signed)?;
        let mut lines = text.lines();
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(CheckpointError::Form);
        };
        if lines.any(str::is_empty) {
            return Err(CheckpointError::Form);
        }
        let number: u64 = size.parse().map_err(|_| CheckpointError::Form)?;
        if number.to_string() != size {
            return Err(CheckpointError::Form);
        }
        if origin != log.name() {
            return Err(CheckpointError::Origin(origin.to_owned()));
        }
        let root = STANDARD.decode(root).ok().and_then(|root| root.try_into().ok());
        Ok(Self {
            origin: origin.to_owned(),
            size: number,
            root: root.ok_or(CheckpointError::Form)?,
        })
    }
}
