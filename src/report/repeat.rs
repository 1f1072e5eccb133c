//! Several runs of one plan: the worst of them in full, then how often each test passed.

use std::io;

use super::grid::{Column, Kind};
use super::labels::short_name;
use super::page::{Page, Paint};
use super::{Format, Options, ReportError, json, table, write};
use crate::model::plural;
use crate::summary::Repetitions;

const COLUMNS: [Column; 5] = [
    Column::stays("passed", Kind::Word),
    Column::stays("provider", Kind::Name),
    Column::stays("test", Kind::Name),
    Column::goes("otherwise", Kind::Name, 2),
    Column::goes("first in run", Kind::Word, 1),
];

/// Writes several runs of one plan, and flushes. Nothing is written where there was none.
///
/// # Errors
///
/// The report cannot be written.
pub fn write_repeated(
    format: Format,
    repetitions: &Repetitions,
    options: &Options,
    out: &mut dyn io::Write,
) -> Result<(), ReportError> {
    let Some(worst) = repetitions.worst() else {
        return Ok(());
    };
    let mut buffered = io::BufWriter::new(&mut *out);
    match format {
        Format::Table => {
            table::write(worst, *options, &mut buffered)?;
            counts(&mut Page::new(&mut buffered, *options), repetitions)?;
        }
        Format::Json => json::write(worst, Some(repetitions), &mut buffered)?,
        // The others have no place for several runs.
        Format::Junit | Format::Tap | Format::Markdown | Format::Github | Format::Html | Format::Sarif => {
            drop(buffered);
            return write(format, worst, options, out);
        }
    }
    Ok(io::Write::flush(&mut buffered)?)
}

fn counts(page: &mut Page<'_>, repetitions: &Repetitions) -> io::Result<()> {
    let verbose = page.options().verbose;
    let rows: Vec<Vec<String>> = repetitions
        .tests
        .iter()
        .filter(|(_, repeated)| verbose || repeated.differs())
        .map(|((provider, test), repeated)| {
            let totals = repeated.totals;
            let ways = [
                ("late", repeated.late),
                ("failed", totals.fail - repeated.late),
                ("error", totals.error),
                ("blocked", totals.blocked),
                ("skipped", totals.skip),
            ];
            let otherwise: Vec<_> = ways
                .iter()
                .filter(|(_, count)| *count > 0)
                .map(|(way, count)| format!("{count} {way}"))
                .collect();
            vec![
                format!("{}/{}", totals.pass, totals.sum()),
                provider.to_string(),
                short_name(test),
                otherwise.join(", "),
                repeated
                    .first_missed
                    .as_ref()
                    .map_or_else(String::new, ToString::to_string),
            ]
        })
        .collect();
    let times = match (repetitions.done, repetitions.asked) {
        (done, asked) if done == asked => plural(done, "run"),
        (done, asked) => format!("{done} of {}", plural(asked, "run")),
    };
    page.title(&format!(
        "Repeated: {times}; the report above is of the first that ended worst"
    ))?;
    if !rows.is_empty() {
        page.grid(&COLUMNS, &rows)?;
    }
    let differing = repetitions.differing().count();
    if differing == 0 {
        return page.paragraph(0, 2, "every test ended alike in all runs");
    }
    let line = format!(
        "{} flaky, {} alike in all runs",
        plural(differing, "test"),
        repetitions.tests.len() - differing
    );
    page.painted(0, 2, &line, Paint::Doubt)
}
