//! The one door: a run, a format, a writer.

use std::io;

use super::{Format, ReportError, json, junit, table};
use crate::summary::RunSummary;

/// How a table is laid out; the other formats take no notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Paint with ANSI colours. The words say the same without them.
    pub colour: bool,
    /// The columns of the terminal. None, as for a pipe, cuts and wraps nothing.
    pub width: Option<usize>,
    /// Show every row however many there are, and the calls of each failure.
    pub verbose: bool,
}

/// Writes a run in a format, and flushes.
pub fn write(
    format: Format,
    summary: &RunSummary,
    options: &Options,
    out: &mut dyn io::Write,
) -> Result<(), ReportError> {
    let mut out = io::BufWriter::new(out);
    match format {
        Format::Table => table::write(summary, *options, &mut out)?,
        Format::Json => json::write(summary, &mut out)?,
        Format::Junit => junit::write(summary, &mut out)?,
    }
    Ok(io::Write::flush(&mut out)?)
}
