//! The table of ratios in `docs/benchmarks.md`, of which each benchmark writes the rows that it has measured.
//!
//! They write it only where `UPDATE_BENCHMARKS` is set, as `just bench` does: figures of a smaller measurement are for whoever asked.

use std::path::Path;

/// The lines before and after the table.
const START: &str = "<!-- ratios -->";
const END: &str = "<!-- end of ratios -->";

/// One row: what was measured, beside what, and how many times as much it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) beside: String,
    pub(crate) times: String,
}

impl Row {
    pub(crate) fn new(what: impl Into<String>, beside: impl Into<String>, times: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            beside: beside.into(),
            times: times.into(),
        }
    }

    fn line(&self) -> String {
        format!("| {} | {} | {} |", self.what, self.beside, self.times)
    }

    /// What tells a row from others: all but its figure.
    fn key(line: &str) -> Option<(&str, &str)> {
        let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
        Some((cells.next()?, cells.next()?))
    }
}

/// Writes rows into the page, where it is wanted.
pub(crate) fn publish(rows: &[Row]) {
    if std::env::var_os("UPDATE_BENCHMARKS").is_none() {
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/benchmarks.md");
    let page = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, with_rows(&page, rows)).unwrap();
}

/// The page with these rows in its table, each in the place of the row about the same, and new ones at its end.
pub(crate) fn with_rows(page: &str, rows: &[Row]) -> String {
    let start = page.find(START).expect("the page has a table") + START.len();
    let end = start + page[start..].find(END).expect("the table has an end");
    let mut lines: Vec<String> = page[start..end].trim().lines().map(str::to_owned).collect();
    for row in rows {
        let key = (row.what.as_str(), row.beside.as_str());
        match lines.iter_mut().find(|line| Row::key(line) == Some(key)) {
            Some(line) => *line = row.line(),
            None => lines.push(row.line()),
        }
    }
    format!("{}\n\n{}\n\n{}", &page[..start], lines.join("\n"), &page[end..])
}
