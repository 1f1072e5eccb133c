//! The reason why bookings cannot be stored or read.

use std::path::PathBuf;

use rusqlite::ErrorCode;

/// The reason why bookings cannot be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data folder is not there and cannot be made, or cannot be written to.
    #[error("cannot use the data folder {path}: {source}", path = path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The message of the operating system.
        source: std::io::Error,
    },
    /// The file in the data folder cannot be opened for writing.
    #[error("cannot open {path}: {source}", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The error of SQLite.
        source: rusqlite::Error,
    },
    /// The file was written by a later version.
    #[error("{path} has format {found}, and this version reads up to {known}", path = path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The latest format that is known here.
        known: i64,
    },
    /// The file is a database of something else.
    #[error("{path} is not a database of bookings", path = path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// SQLite could not do it.
    #[error("the database failed: {0}")]
    Database(#[from] rusqlite::Error),
    /// The transaction with this and other requests could not be committed.
    #[error("the transaction was not committed: {0}")]
    NotCommitted(String),
    /// The thread that writes could not be started.
    #[error("cannot start the writer: {0}")]
    Thread(std::io::Error),
    /// The work for this request broke off by a panic, and was undone.
    #[error("the work was given up and undone: {0}")]
    Panicked(String),
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// The error of SQLite that no later work will be spared, if this is one: the file is no longer what it was.
    pub(super) fn lasting(&self) -> Option<String> {
        match self {
            Self::Database(error) if is_lasting(error) => Some(error.to_string()),
            _ => None,
        }
    }
}

/// Returns true for an error that no later work will be spared: the file is no longer what it was.
pub(super) fn is_lasting(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}
