//! Renders a run: as a table, Markdown or a page for people, as JSON or events for programs, as JUnit, TAP or annotations for
//! pipelines. Renders the kill matrix too.
//!
//! Pure functions of a [`RunSummary`](crate::summary::RunSummary), so a stored run renders as the live one did, and of a
//! [`KillMatrix`](crate::matrix::KillMatrix). Text of a provider is hostile here: it reaches a terminal only with its control
//! characters spelt out.

mod body;
mod brief;
mod cause_blocks;
mod causes;
mod claims;
mod compare;
mod curl;
mod error;
mod explain;
mod failure_blocks;
mod format;
mod github;
mod grid;
mod html;
mod json;
mod jsonl;
mod junit;
mod labels;
mod list;
mod markdown;
mod matrix;
mod messages;
mod options;
mod page;
mod place;
mod render;
mod repeat;
mod repeat_line;
mod reproduce;
mod sarif;
mod status;
mod table;
mod tap;
mod text;

pub(crate) use body::text_length;
pub(crate) use causes::SharedCauses;
pub use claims::untested_lines;
pub use compare::write_comparison;
pub use curl::curl_line;
pub use error::ReportError;
pub use format::{Format, Shown, UnknownFormat};
pub use grid::{Column, Kind};
pub use json::{REPORT_FORMAT, json, json_schema, json_schema_in};
pub use jsonl::EventLines;
pub use list::write_list;
pub use matrix::{MATRIX_FORMAT, MatrixFormat, matrix_schema, matrix_schema_in, write_matrix, write_power};
pub use messages::failure_fields;
pub use options::Options;
pub use render::write;
pub use repeat::write_repeated;
pub use reproduce::{record_of, run_line};
pub use status::{outcome_word, verdict_class};
pub use table::RESULT_COLUMNS;
pub use text::{clean, one_line, wrap};
