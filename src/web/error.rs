//! Errors of pages and documents.

use crate::app::{AppError, Kind};

/// The reason why a page or a document cannot be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum WebError {
    /// The address of a badge names no provider, or is no picture.
    #[error("there is no such badge")]
    UnknownBadge,
    /// No certificate has this id.
    #[error("there is no such certificate")]
    UnknownCertificate,
    /// The registry has no log, or its log no such tile.
    #[error("there is no such tile of a log")]
    UnknownTile,
    /// No stored run has exactly this id.
    #[error("there is no run {0}")]
    UnknownRun(String),
    /// No run of this provider is stored. The name is cut already.
    #[error("no run of {0} is kept")]
    UnknownProvider(String),
    /// The report of this run is too large to be made for a visitor.
    #[error(
        "the report of run {0} is too large for a response: `proofhouse runs show {0}` at the registry makes it"
    )]
    LargeRun(String),
    /// A filter of the results has a value that cannot be parsed.
    #[error("{0}")]
    InvalidFilter(String),
    /// A use case failed.
    #[error(transparent)]
    App(#[from] AppError),
}

impl WebError {
    /// Returns true if the request is at fault: the response is "not found", and its text may be shown.
    pub(super) fn is_of_request(&self) -> bool {
        match self {
            Self::App(error) => error.kind() == Kind::Usage,
            Self::UnknownBadge
            | Self::UnknownCertificate
            | Self::UnknownTile
            | Self::UnknownRun(_)
            | Self::LargeRun(_)
            | Self::UnknownProvider(_)
            | Self::InvalidFilter(_) => true,
        }
    }
}
