//! Two runs side by side, as a table.

use std::io;

use super::grid::{Column, Kind};
use super::labels::short_name;
use super::page::Page;
use super::{Options, ReportError};
use crate::model::plural;
use crate::summary::{Compared, Comparison, Side};

const COLUMNS: [Column; 6] = [
    Column::stays("before", Kind::Word),
    Column::stays("after", Kind::Word),
    Column::stays("provider", Kind::Name),
    Column::stays("test", Kind::Name),
    Column::goes("ms", Kind::Number, 1),
    Column::goes("ms", Kind::Number, 1),
];

/// Writes which tests ended otherwise and which only one run had; with `verbose` every test of either.
pub fn write_comparison(
    comparison: &Comparison,
    options: &Options,
    out: &mut dyn io::Write,
) -> Result<(), ReportError> {
    let mut page = Page::new(out, *options);
    let differs =
        |row: &&Compared| options.verbose || row.changed() || row.before.is_none() || row.after.is_none();
    let rows: Vec<Vec<String>> = comparison.rows.iter().filter(differs).map(cells).collect();
    if !rows.is_empty() {
        page.grid(&COLUMNS, &rows)?;
        page.empty()?;
    }
    let changed = comparison.changes().count();
    let same = comparison
        .rows
        .iter()
        .filter(|row| row.before.is_some() && row.after.is_some())
        .count()
        - changed;
    let line = format!(
        "{} ended otherwise, {} as before, {} only in {}, {} only in {}",
        plural(changed, "test"),
        same,
        comparison.only_before().count(),
        comparison.before,
        comparison.only_after().count(),
        comparison.after
    );
    page.paragraph(0, 2, &line)?;
    Ok(())
}

fn cells(row: &Compared) -> Vec<String> {
    let outcome = |side: Option<Side>| side.map_or("-", |side| side.outcome.as_str()).to_owned();
    let ms = |side: Option<Side>| side.map_or_else(String::new, |side| side.ms.to_string());
    vec![
        outcome(row.before),
        outcome(row.after),
        row.provider.to_string(),
        short_name(&row.test),
        ms(row.before),
        ms(row.after),
    ]
}
