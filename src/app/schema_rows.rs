//! The use case that shows which inputs are made from an input schema: those that must be refused, and the extremes that must be taken.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::AppError;
use super::files::read_source;
use crate::capability::{self, GeneratedRow, Schema, strict_json};
use crate::diagnostic::{Problem, Source};

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// What is made from a schema.
#[derive(Debug)]
pub struct SchemaRows {
    /// Each input that was given, with what is wrong with it.
    pub inputs: Vec<(PathBuf, Vec<String>)>,
    /// The input from which the rows are made; None where none was given and none could be made up.
    pub from: Option<Value>,
    /// The rows.
    pub rows: Vec<SchemaRow>,
}

/// An input that is made from a schema.
#[derive(Debug)]
pub struct SchemaRow {
    /// True for one that must be refused, false for an extreme that must be taken.
    pub is_negative: bool,
    /// Its name, as suites and reports call it.
    pub id: String,
    /// A noun phrase that names it.
    pub what: String,
    /// The place that it is about.
    pub path: String,
    /// The keyword that it is about.
    pub keyword: String,
    /// The input, or the reason why there is none.
    pub made: Result<Value, String>,
}

/// Reads a schema, and makes its rows from the first of these inputs, or from one that is made up.
///
/// # Errors
///
/// A file cannot be read, or every mistake of the schema.
pub fn schema_rows(schema: &Path, inputs: &[PathBuf]) -> Result<SchemaRows, AppError> {
    let schema = Schema::read_foreign(&read_source(schema, LARGEST)?)?;
    let open = Schema::read_foreign(&Source::new("answer", "{}"))?;
    let mut from = None;
    let mut judged = Vec::with_capacity(inputs.len());
    for path in inputs {
        let source = read_source(path, LARGEST)?;
        let input = strict_json(source.text()).map_err(|error| {
            AppError::Files(Problem::of(&source, format!("this is no JSON: {error}")).into())
        })?;
        let wrong = schema.violations(&input);
        judged.push((path.clone(), wrong.iter().map(ToString::to_string).collect()));
        from = from.or(Some(input));
    }
    let from = from.or_else(|| capability::valid_input(&schema));
    let negatives = capability::negatives(&schema, &open).into_iter();
    let negatives = negatives.chain(capability::nulls(&schema)).map(|row| (true, row));
    let boundaries = capability::boundaries(&schema)
        .into_iter()
        .map(|row| (false, row));
    let rows = negatives
        .chain(boundaries)
        .map(|(is_negative, row)| SchemaRow {
            is_negative,
            made: made(&row, &schema, from.as_ref()),
            id: row.id,
            what: row.what,
            path: row.path,
            keyword: row.keyword.to_owned(),
        })
        .collect();
    Ok(SchemaRows {
        inputs: judged,
        from,
        rows,
    })
}

fn made(row: &GeneratedRow, schema: &Schema, from: Option<&Value>) -> Result<Value, String> {
    if let Some(reason) = row.left_out() {
        return Err(reason.to_owned());
    }
    let Some(from) = from else {
        return Err("no valid input is known from which it could be made".to_owned());
    };
    row.made(schema, from).map_err(|error| error.to_string())
}
