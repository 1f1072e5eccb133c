//! The errors of writing a report.

use std::io;

/// An error of writing a report. The content of a run never causes one.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The writer refused.
    #[error("cannot write the report: {0}")]
    Write(#[from] io::Error),
    /// The JSON could not be written.
    #[error("cannot write the report as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl ReportError {
    /// Returns true if the reader closed the pipe, as `head` does.
    pub fn is_closed_pipe(&self) -> bool {
        match self {
            Self::Write(error) => error.kind() == io::ErrorKind::BrokenPipe,
            Self::Json(error) => error.io_error_kind() == Some(io::ErrorKind::BrokenPipe),
        }
    }
}
