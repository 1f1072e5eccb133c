//! The events of a run, a line each, as the codec writes them: what every other format is made from.

use std::io;

use super::ReportError;
use crate::event::{CodecError, RunEvent, encode};

/// Writes events as they happen. After a first failure it writes nothing more, and tells at the end.
#[derive(Debug)]
pub struct EventLines<W: io::Write> {
    out: W,
    failed: Option<ReportError>,
}

impl<W: io::Write> EventLines<W> {
    /// Lines for this writer. Each is flushed, so that whoever follows the run sees it at once.
    pub fn new(out: W) -> Self {
        Self { out, failed: None }
    }

    /// Writes an event that a record keeps; others only matter to who watches.
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
        writeln!(self.out, "{line}")?;
        Ok(self.out.flush()?)
    }

    /// Whether everything was written.
    ///
    /// # Errors
    ///
    /// The first failure.
    pub fn finish(self) -> Result<(), ReportError> {
        self.failed.map_or(Ok(()), Err)
    }
}
