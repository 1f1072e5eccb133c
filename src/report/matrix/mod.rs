//! The kill matrix: for people as a table, for programs as JSON, for the guides as Markdown.

mod format;
mod json;
mod markdown;
mod names;
mod power;
mod table;

use std::io;

pub use format::MatrixFormat;
pub use json::{MATRIX_FORMAT, matrix_schema, matrix_schema_in};
pub use power::write_power;

use super::{Options, ReportError};
use crate::matrix::KillMatrix;

/// Writes a matrix in a format, and flushes.
pub fn write_matrix(
    format: MatrixFormat,
    matrix: &KillMatrix,
    options: &Options,
    out: &mut dyn io::Write,
) -> Result<(), ReportError> {
    let mut out = io::BufWriter::new(out);
    match format {
        MatrixFormat::Table => table::write(matrix, *options, &mut out)?,
        MatrixFormat::Json => json::write(matrix, &mut out)?,
        MatrixFormat::Markdown => markdown::write(matrix, &mut out)?,
    }
    Ok(io::Write::flush(&mut out)?)
}
