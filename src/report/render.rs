//! The one door: a run, a format, a writer.

use std::io;

use super::{Format, ReportError, github, html, json, junit, markdown, table, tap};
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
        Format::Json => json::write(summary, None, &mut out)?,
        Format::Junit => junit::write(summary, &mut out)?,
        Format::Tap => tap::write(summary, &mut out)?,
        Format::Markdown => markdown::write(summary, &mut out)?,
        Format::Github => github::write(summary, &mut out)?,
        Format::Html => html::write(summary, &mut out)?,
    }
    Ok(io::Write::flush(&mut out)?)
}
