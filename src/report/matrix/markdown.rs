//! The matrix as a page of the guides. It holds what is the same in every run of the same suites: a test that comes upon a fault of
//! another rule by chance is counted, not named.

use std::io;

use super::names::Names;
use crate::matrix::{Fate, FaultRow, KillMatrix, RuleRow, RuleState};

const HEAD: &str = "\
# The kill matrix

<!-- Written by `proofhouse prove --format markdown`. A test compares it; do not edit it by hand. -->

The reference provider can be told to be wrong in one way at a time. `proofhouse prove` runs the suites of the tool that a fault
breaks against it, all suites where the fault shows at other tools, and every suite against providers that are correct. A fault is
killed when a test fails because of it; one that no test kills is excused here with its reason. A rule is proven when a test that
verifies it kills a fault.
";

pub(super) fn write(matrix: &KillMatrix, out: &mut dyn io::Write) -> io::Result<()> {
    let names = Names::of(matrix);
    out.write_all(HEAD.as_bytes())?;
    writeln!(
        out,
        "\n## Faults\n\n| fault | what it does | breaks | killed by |\n|---|---|---|---|"
    )?;
    for row in matrix.faults.iter().filter(|row| row.fate == Fate::Killed) {
        writeln!(out, "{} {} |", known(row), killers(row, &names))?;
    }
    unkilled(matrix, out)?;
    if !matrix.rules.is_empty() {
        writeln!(out, "\n## Rules")?;
    }
    let mut contract = None;
    for row in &matrix.rules {
        if contract != Some(&row.capability) {
            writeln!(
                out,
                "\n### `{}` v{}\n\n| rule | state | its faults | verified by |\n|---|---|---|---|",
                row.capability.id, row.capability.version
            )?;
            contract = Some(&row.capability);
        }
        rule(row, out)?;
    }
    Ok(())
}

/// The faults that no test kills, excused or not.
fn unkilled(matrix: &KillMatrix, out: &mut dyn io::Write) -> io::Result<()> {
    let rows: Vec<_> = matrix
        .faults
        .iter()
        .filter(|row| row.fate != Fate::Killed)
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n## Faults that no test kills\n\n| fault | what it does | breaks | why |\n|---|---|---|---|"
    )?;
    for row in rows {
        let why = match &row.fate {
            Fate::Excused(reason) => cell(reason),
            Fate::Killed | Fate::Survived => "**not excused**".to_owned(),
        };
        writeln!(out, "{} {why} |", known(row))?;
    }
    Ok(())
}

fn known(row: &FaultRow) -> String {
    let fault = &row.fault;
    format!(
        "| `{}` | {} | `{}/{}` |",
        fault.name,
        cell(&fault.does),
        fault.tool,
        fault.rule
    )
}

fn killers(row: &FaultRow, names: &Names) -> String {
    if row.by.is_empty() {
        return "tests of other rules".to_owned();
    }
    names
        .list(&row.by)
        .iter()
        .map(|name| code(name))
        .collect::<Vec<_>>()
        .join(", ")
}

fn rule(row: &RuleRow, out: &mut dyn io::Write) -> io::Result<()> {
    let state = match &row.state {
        RuleState::Proven => "proven".to_owned(),
        RuleState::Excluded(reason) => format!("excluded: {}", cell(reason)),
        RuleState::Excused(reason) => format!("excused: {}", cell(reason)),
        RuleState::Toothless => "**its tests kill nothing**".to_owned(),
        RuleState::Unverified => "**no test verifies it**".to_owned(),
    };
    let share = if row.faults.is_empty() {
        String::new()
    } else {
        format!("{} of {} killed", row.killed.len(), row.faults.len())
    };
    let tests = if row.by_every_test {
        "every test of the contract".to_owned()
    } else {
        let names: Vec<_> = row.verified_by.iter().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    writeln!(out, "| `{}` | {state} | {share} | {tests} |", row.id)
}

/// A test's name as code, its remarks as words.
fn code(name: &str) -> String {
    match name.split_once(' ') {
        Some((name, remarks)) => format!("`{name}` {remarks}"),
        None => format!("`{name}`"),
    }
}

/// A text within a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
