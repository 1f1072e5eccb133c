//! How a run is shown: as a table for people, as JSON for programs, as JUnit for pipelines.
//!
//! Pure functions of a [`RunSummary`](crate::summary::RunSummary), so a stored run renders as the live one did. Whatever a
//! provider sent is hostile here: it reaches a terminal only with its control characters spelt out.

mod compare;
mod curl;
mod error;
mod explain;
mod format;
mod grid;
mod json;
mod junit;
mod list;
mod page;
mod render;
mod table;
mod text;

pub use compare::write_comparison;
pub use curl::curl_line;
pub use error::ReportError;
pub use format::{Format, UnknownFormat};
pub use grid::{Column, Kind};
pub use json::{REPORT_FORMAT, json_schema};
pub use list::write_list;
pub use render::{Options, write};
pub use table::{RESULT_COLUMNS, outcome_word, plural};
pub use text::{clean, one_line, wrap};
