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
    /// The site does not know its own address.
    #[error("this site has no map: it does not know its own address")]
    NoSiteMap,
    /// No test of the capability has this name. It is cut already.
    #[error("there is no test {0}")]
    UnknownTest(String),
    /// A test of the suites cannot be compiled.
    #[error("{0}")]
    Unreadable(String),
    /// No run of this provider is stored. The name is cut already.
    #[error("no run of {0} is kept")]
    UnknownProvider(String),
    /// No run of a provider of this platform is stored. The name is cut already.
    #[error("no run of a tenant of {0} is kept")]
    UnknownPlatform(String),
    /// Two things that are not of one kind. What they are is cut already.
    #[error("{0}")]
    Incomparable(String),
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
            Self::Unreadable(_) => false,
            Self::UnknownBadge
            | Self::UnknownTest(_)
            | Self::NoSiteMap
            | Self::UnknownCertificate
            | Self::UnknownTile
            | Self::UnknownRun(_)
            | Self::LargeRun(_)
            | Self::UnknownProvider(_)
            | Self::UnknownPlatform(_)
            | Self::Incomparable(_)
            | Self::InvalidFilter(_) => true,
        }
    }
}
