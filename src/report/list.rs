//! Lists for people that are no report of a run: runs, contracts, what was found lately.

use std::io;

use super::grid::Column;
use super::page::Page;
use super::{Options, ReportError};

/// Writes rows under their titles, within the width of the options.
pub fn write_list(
    columns: &[Column],
    rows: &[Vec<String>],
    options: &Options,
    out: &mut dyn io::Write,
) -> Result<(), ReportError> {
    let mut out = io::BufWriter::new(out);
    Page::new(&mut out, *options).grid(columns, rows)?;
    Ok(io::Write::flush(&mut out)?)
}
