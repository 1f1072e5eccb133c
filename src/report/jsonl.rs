//! The events of a run, one line each, as the codec writes them. Every other format follows from them.

use std::io;

use super::ReportError;
use crate::event::{CodecError, RunEvent, encode};
use crate::model::printable_json;

/// Writes events as they happen. After the first failure it writes nothing more; [`Self::finish`] returns the failure.
#[derive(Debug)]
pub struct EventLines<W: io::Write> {
    out: W,
    failed: Option<ReportError>,
}

impl<W: io::Write> EventLines<W> {
    /// A writer of lines. Each line is flushed, so that a reader who follows the run sees it at once.
    pub fn new(out: W) -> Self {
        Self { out, failed: None }
    }

    /// Writes an event that a record keeps, and ignores the others.
    pub fn push(&mut self, event: &RunEvent) {
        if self.failed.is_none() && event.kind.recorded() {
            self.failed = self.write(event).err();
        }
    }

    fn write(&mut self, event: &RunEvent) -> Result<(), ReportError> {
        let line = encode(event).map_err(|error| match error {
            CodecError::Malformed(error) => ReportError::Json(error),
            other @ CodecError::TooNew { .. } => ReportError::Write(io::Error::other(other)),
        })?;
        writeln!(self.out, "{}", printable_json(&line))?;
        Ok(self.out.flush()?)
    }

    /// Ends the writing.
    ///
    /// # Errors
    ///
    /// The first failure.
    pub fn finish(self) -> Result<(), ReportError> {
        self.failed.map_or(Ok(()), Err)
    }
}
