//! Errors of stores.

use std::error::Error;
use std::fmt;
use std::io;

use crate::event::CodecError;
use crate::summary::FoldError;

/// An error of a store, with its place.
#[derive(Debug)]
pub struct StoreError {
    /// The file, or the run.
    pub place: String,
    /// The kind of the error.
    pub kind: StoreErrorKind,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.kind)
    }
}

impl Error for StoreError {
    // The kind is part of the message, so the chain goes on with the source of the kind.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.kind.source()
    }
}

/// The kind of the error.
#[derive(Debug, thiserror::Error)]
pub enum StoreErrorKind {
    /// The data folder cannot be created.
    #[error("cannot make the folder")]
    Folder(#[source] io::Error),
    /// The file cannot be opened or written.
    #[error("the database cannot be written")]
    NotWritable(#[source] Box<dyn Error + Send + Sync>),
    /// Another process held the database for too long.
    #[error("the database is locked by another process")]
    Locked,
    /// The disk is full.
    #[error("no space is left on the disk")]
    Full,
    /// The database of an address cannot be reached, or does not let us in.
    #[error("the database cannot be reached")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// The address of a store is of no kind that is known. It is not shown, for it may hold a password.
    #[error("it is no address of a PostgreSQL database")]
    Address,
    /// The store is in no file that could be copied.
    #[error("a database of PostgreSQL is no file that could be copied")]
    NotAFile,
    /// The file is not a database of this program.
    #[error("the file is not a database of runs")]
    NotADatabase,
    /// The database is damaged.
    #[error("the database is damaged")]
    Damaged(#[source] Box<dyn Error + Send + Sync>),
    /// A newer version wrote the database.
    #[error("the database has version {found}, this version of the harness knows up to {known}")]
    Newer {
        /// The version of the file.
        found: u32,
        /// The newest version that is known.
        known: u32,
    },
    /// No run is stored.
    #[error("no run is kept yet")]
    NoRuns,
    /// No run has this id.
    #[error("no run begins with `{text}`")]
    UnknownRun {
        /// The name.
        text: String,
    },
    /// Several ids begin with this text.
    #[error("`{text}` is the beginning of several runs: {}{}", candidates.join(", "), if *more { ", …" } else { "" })]
    Ambiguous {
        /// The beginning.
        text: String,
        /// The newest of them.
        candidates: Vec<String>,
        /// True if there are more.
        more: bool,
    },
    /// The events do not begin with the header of the run, or do not follow the stored ones.
    #[error("event {seq} does not follow what is kept of the run")]
    OutOfOrder {
        /// The number of the event.
        seq: u64,
    },
    /// A verdict was given before the last event of the run was stored.
    #[error("the run has no end yet")]
    Unfinished,
    /// A stored event cannot be read.
    #[error("event {seq} cannot be read")]
    Unreadable {
        /// The number of the event.
        seq: u64,
        /// The reason.
        #[source]
        source: CodecError,
    },
    /// An event cannot be written.
    #[error("event {seq} cannot be written")]
    Unwritable {
        /// The number of the event.
        seq: u64,
        /// The reason.
        #[source]
        source: CodecError,
    },
    /// The stored events contradict each other.
    #[error("the kept events contradict each other")]
    Contradiction(#[source] FoldError),
    /// A stored value is invalid.
    #[error("the column `{column}` holds `{value}`")]
    Column {
        /// The column.
        column: &'static str,
        /// Its value.
        value: String,
    },
    /// The store did not respond in time, so recording was given up.
    #[error("the database did not answer in time")]
    Stalled,
    /// The thread that writes has ended.
    #[error("the writer of the record has stopped")]
    Stopped,
    /// Any other error of the database.
    #[error("the database failed")]
    Database(#[source] Box<dyn Error + Send + Sync>),
}

impl StoreErrorKind {
    /// Returns true if the request is at fault, not the store or its contents.
    pub fn is_of_asking(&self) -> bool {
        matches!(
            self,
            Self::NoRuns | Self::UnknownRun { .. } | Self::Ambiguous { .. } | Self::Address | Self::NotAFile
        )
    }
}

impl StoreError {
    pub(super) fn new(place: impl Into<String>, kind: StoreErrorKind) -> Self {
        Self {
            place: place.into(),
            kind,
        }
    }

    /// Hints for the user, one sentence each.
    pub fn hints(&self) -> Vec<String> {
        use StoreErrorKind as Kind;
        let hint = match &self.kind {
            Kind::Folder(_) | Kind::NotWritable(_) => {
                "name a folder that you may write to, or mend the rights of this one"
            }
            Kind::Locked | Kind::Stalled => {
                "wait until the other process has ended, or name another data folder"
            }
            Kind::Unreachable(_) => {
                "see that the server runs, and that the address, the name and the password are right"
            }
            Kind::Address => "write `postgres://NAME@HOST:PORT/DATABASE`",
            Kind::NotAFile => {
                "`proofhouse store copy` copies it to a folder, `pg_dump --schema=proofhouse` to a file"
            }
            Kind::Full => "make room, or name a data folder on another disk",
            Kind::NotADatabase => "name another data folder; this file was left as it is",
            Kind::Damaged(_) | Kind::Column { .. } | Kind::Unreadable { .. } | Kind::Contradiction(_) => {
                "move the file away and restore it from a copy; a new one is made in its place"
            }
            Kind::Newer { .. } => "use the version of the harness that wrote it, or a newer one",
            Kind::NoRuns => "`proofhouse run` keeps one",
            Kind::UnknownRun { .. } => "`proofhouse runs list` shows the runs that are kept",
            Kind::Ambiguous { .. } => "give more of its beginning, or `latest` for the newest run",
            Kind::OutOfOrder { .. }
            | Kind::Unfinished
            | Kind::Unwritable { .. }
            | Kind::Stopped
            | Kind::Database(_) => return Vec::new(),
        };
        vec![hint.to_owned()]
    }
}
