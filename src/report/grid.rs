//! A table without borders that keeps within a width.

use prettytable::format::{Alignment, FormatBuilder};
use prettytable::{Cell, Row, Table};

use super::text::{clean, squeeze_name, width_of};

/// The spaces between two columns.
const GAP: usize = 2;
/// The width to which names are cut at least. Before they are cut further, a droppable column goes.
const SHORTEST_NAME: usize = 12;
/// The same of the only column with names: what is left tells the rows apart.
const SHORTEST_ONLY_NAME: usize = 22;

/// A column of a grid.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The text above the column.
    pub title: &'static str,
    /// The kind of its values.
    pub kind: Kind,
    /// The order in which columns are dropped on a narrow terminal: the highest first. None is never dropped.
    pub drop: Option<u8>,
}

impl Column {
    /// A column that stays on every terminal.
    pub const fn stays(title: &'static str, kind: Kind) -> Self {
        Self {
            title,
            kind,
            drop: None,
        }
    }

    /// A column that goes when the terminal is narrow: the highest `rank` first.
    pub const fn goes(title: &'static str, kind: Kind, rank: u8) -> Self {
        Self {
            title,
            kind,
            drop: Some(rank),
        }
    }
}

/// The kind of values in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Words that are never cut.
    Word,
    /// Names that are cut in their middle when the terminal is narrow.
    Name,
    /// Numbers, flush right.
    Number,
}

/// Lays rows out under their titles: one line each, the titles first.
pub(super) fn lay_out(columns: &[Column], rows: &[Vec<String>], width: Option<usize>) -> Vec<String> {
    let cleaned = |row: &Vec<String>| row.iter().map(|cell| clean(cell)).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(cleaned).collect();
    let mut widths: Vec<usize> = columns.iter().map(|column| width_of(column.title)).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(width_of(cell));
        }
    }
    let mut shown: Vec<usize> = (0..columns.len()).collect();
    if let Some(width) = width {
        fit(columns, &mut widths, &mut shown, width);
    }
    let mut table = Table::new();
    table.set_format(FormatBuilder::new().padding(0, GAP).build());
    let line = |cells: &dyn Fn(usize) -> String| {
        Row::new(
            shown
                .iter()
                .map(|&at| {
                    let align = if columns[at].kind == Kind::Number {
                        Alignment::RIGHT
                    } else {
                        Alignment::LEFT
                    };
                    Cell::new_align(&squeeze_name(&cells(at), widths[at]), align)
                })
                .collect(),
        )
    };
    table.add_row(line(&|at| columns[at].title.to_owned()));
    for row in &rows {
        table.add_row(line(&|at| row.get(at).cloned().unwrap_or_default()));
    }
    table
        .to_string()
        .lines()
        .map(|line| cut(line.trim_end(), width))
        .collect()
}

fn fit(columns: &[Column], widths: &mut [usize], shown: &mut Vec<usize>, width: usize) {
    loop {
        let names: Vec<usize> = shown
            .iter()
            .copied()
            .filter(|&at| columns[at].kind == Kind::Name)
            .collect();
        let rest: usize = shown
            .iter()
            .filter(|at| !names.contains(at))
            .map(|&at| widths[at])
            .sum();
        let gaps = GAP * shown.len().saturating_sub(1);
        let room = width.saturating_sub(rest + gaps);
        let shortest = match names.len() {
            1 => SHORTEST_ONLY_NAME,
            _ => SHORTEST_NAME,
        };
        let wanted: usize = names.iter().map(|&at| widths[at].min(shortest)).sum();
        let last = shown
            .iter()
            .copied()
            .filter(|&at| columns[at].drop.is_some())
            .max_by_key(|&at| columns[at].drop);
        let overfull = rest + gaps > width || room < wanted;
        if let (true, Some(last)) = (overfull, last) {
            shown.retain(|&at| at != last);
            continue;
        }
        while names.iter().map(|&at| widths[at]).sum::<usize>() > room {
            let Some(&widest) = names
                .iter()
                .max_by_key(|&&at| widths[at])
                .filter(|&&at| widths[at] > 1)
            else {
                break;
            };
            widths[widest] -= 1;
        }
        return;
    }
}

/// The start of a line, for terminals too narrow for anything else.
fn cut(line: &str, width: Option<usize>) -> String {
    match width {
        Some(width) if width_of(line) > width => line.chars().take(width).collect(),
        _ => line.to_owned(),
    }
}
