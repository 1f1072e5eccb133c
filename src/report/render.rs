//! Writes a run in a format.

use std::io;

use super::{Format, Options, ReportError, github, html, json, junit, markdown, sarif, table, tap};
use crate::summary::RunSummary;

/// Writes a run in a format, and flushes.
///
/// # Errors
///
/// The writer refuses, or the summary cannot be written as JSON.
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
        Format::Html => html::write(summary, options, &mut out)?,
        Format::Sarif => sarif::write(summary, &mut out)?,
    }
    Ok(io::Write::flush(&mut out)?)
}
