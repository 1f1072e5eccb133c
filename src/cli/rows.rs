//! `proofhouse capabilities rows`.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::args::ListFormat;
use super::exit;
use super::output::Printer;
use super::standard_output::put_line;
use crate::app::{self, AppError, SchemaRows};
use crate::model::printable_json;

/// The name and version of the rows as JSON.
const FORMAT: &str = "proofhouse.rows/1";

/// The most characters of an input that are shown to people.
const SHOWN: usize = 400;

/// Prints what is made from each schema. As JSON, each is an object on a line of its own, and one that cannot be read says why.
pub(super) fn rows(
    schemas: &[PathBuf],
    from: &[PathBuf],
    format: ListFormat,
    printer: &Printer,
) -> Result<u8, AppError> {
    let mut code = exit::CONFORMANT;
    for schema in schemas {
        let name = schema.display().to_string();
        match (app::schema_rows(schema, from), format) {
            (Ok(rows), ListFormat::Table) => table(&name, &rows, printer),
            (Ok(rows), ListFormat::Json) => line(&as_json(&name, &rows)),
            (Err(error), ListFormat::Table) => return Err(error),
            (Err(error), ListFormat::Json) => {
                code = exit::of_error(&error);
                line(&json!({ "format": FORMAT, "schema": name, "error": error.to_string() }));
            }
        }
    }
    Ok(code)
}

fn line(value: &Value) {
    put_line(&printable_json(&value.to_string()));
}

fn as_json(name: &str, rows: &SchemaRows) -> Value {
    let inputs = rows.inputs.iter().map(|(path, wrong)| {
        json!({ "input": path.display().to_string(), "valid": wrong.is_empty(), "violations": wrong })
    });
    let shown = rows.rows.iter().map(|row| {
        json!({
            "kind": if row.is_negative { "negative" } else { "boundary" },
            "id": row.id,
            "what": row.what,
            "path": row.path,
            "keyword": row.keyword,
            "input": row.made.as_ref().ok(),
            "left_out": row.made.as_ref().err(),
        })
    });
    json!({
        "format": FORMAT,
        "schema": name,
        "inputs": inputs.collect::<Vec<_>>(),
        "from": rows.from,
        "rows": shown.collect::<Vec<_>>(),
    })
}

fn table(name: &str, rows: &SchemaRows, printer: &Printer) {
    printer.line(name);
    for (path, wrong) in &rows.inputs {
        let verdict = if wrong.is_empty() {
            "valid".to_owned()
        } else {
            wrong.join("; ")
        };
        printer.wrapped("  ", "    ", &format!("{}: {verdict}", path.display()));
    }
    for row in &rows.rows {
        let kind = if row.is_negative { "refused" } else { "taken  " };
        printer.wrapped("  ", "           ", &format!("{kind}  {}: {}", row.id, row.what));
        match &row.made {
            Ok(input) => printer.line(&format!(
                "           {}",
                crate::model::clip(&input.to_string(), SHOWN)
            )),
            Err(reason) => printer.wrapped("           left out: ", "           ", reason),
        }
    }
}
