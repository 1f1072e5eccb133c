//! Why a report could not be written.

use std::io;

/// A report that could not be written. What it says is never the reason.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The writer refused.
    #[error("cannot write the report")]
    Write(#[from] io::Error),
    /// The JSON could not be written.
    #[error("cannot write the report as JSON")]
    Json(#[from] serde_json::Error),
}

impl ReportError {
    /// Whether whoever read the report stopped reading, as `head` does.
    pub fn is_closed_pipe(&self) -> bool {
        match self {
            Self::Write(error) => error.kind() == io::ErrorKind::BrokenPipe,
            Self::Json(error) => error.io_error_kind() == Some(io::ErrorKind::BrokenPipe),
        }
    }
}
