//! The power of the suites: as a table, as JSON, and as a page of the guides.

use std::io;

use serde::Serialize;

use super::MatrixFormat;
use crate::matrix::{Power, PowerRow};
use crate::report::{Options, ReportError};

const HEAD: &str = "\
# The power of the suites

<!-- Written by `proofhouse prove --power`. Do not edit it by hand. -->

How often the suites fail a provider that is wrong in one known way: for each fault the runs that killed it, over catalogues, seeds
and the versions of the contract that it breaks, the weakest fault last. [Proving the suites](proving.md#power) explains it.
";

/// The name and version of the format.
const FORMAT: &str = "proofhouse.power/1";

/// Writes the power in a format, and flushes.
///
/// # Errors
///
/// `out` takes no more.
pub fn write_power(
    format: MatrixFormat,
    power: &Power,
    options: &Options,
    out: &mut dyn io::Write,
) -> Result<(), ReportError> {
    let mut out = io::BufWriter::new(out);
    match format {
        MatrixFormat::Table => table(power, options.verbose, &mut out)?,
        MatrixFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &view(power))?;
            io::Write::write_all(&mut out, b"\n")?;
        }
        MatrixFormat::Markdown => page(power, &mut out)?,
    }
    Ok(io::Write::flush(&mut out)?)
}

/// The faults that some run missed, or all with `verbose`, and the findings.
fn table(power: &Power, verbose: bool, out: &mut dyn io::Write) -> io::Result<()> {
    let rows = power.weakest_last();
    let width = rows.iter().map(|row| row.fault.name.len()).max().unwrap_or(0);
    let always = rows.iter().filter(|row| row.killed() == row.total()).count();
    writeln!(
        out,
        "{always} of {} faults were killed in every run.\n",
        rows.len()
    )?;
    for row in rows.iter().filter(|row| verbose || row.killed() < row.total()) {
        write!(
            out,
            "{:width$}  {:>3} of {:<3}",
            row.fault.name,
            row.killed(),
            row.total()
        )?;
        let remarks = remarks(row);
        match remarks.is_empty() {
            true => writeln!(out)?,
            false => writeln!(out, "  {remarks}")?,
        }
    }
    let findings = power.findings();
    if !findings.is_empty() {
        writeln!(out, "\n{} findings", findings.len())?;
    }
    for finding in &findings {
        writeln!(out, "• {finding}")?;
    }
    Ok(())
}

fn remarks(row: &PowerRow) -> String {
    if let Some(excuse) = &row.excuse {
        return format!("excused: {excuse}");
    }
    let (missed, unseen) = (row.missed(), row.unseen());
    let mut remarks = Vec::new();
    if !missed.is_empty() {
        remarks.push(format!("missed over {}", missed.join(", ")));
    }
    if !unseen.is_empty() {
        remarks.push(format!("not seen over {}", unseen.join(", ")));
    }
    remarks.join("; ")
}

fn page(power: &Power, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(HEAD.as_bytes())?;
    if power.is_sample() {
        writeln!(
            out,
            "\nThis is a sample: not every catalogue took part for every fault."
        )?;
    }
    writeln!(
        out,
        "\n## Faults\n\n| fault | breaks | killed | missed over | not seen over |\n|---|---|---|---|---|"
    )?;
    for row in power.weakest_last() {
        let fault = &row.fault;
        let unseen = match &row.excuse {
            Some(excuse) => format!("excused: {}", excuse.replace('|', "\\|")),
            None => row.unseen().join(", "),
        };
        writeln!(
            out,
            "| `{}` | `{}/{}` | {} of {} | {} | {unseen} |",
            fault.name,
            fault.tool,
            fault.rule,
            row.killed(),
            row.total(),
            row.missed().join(", "),
        )?;
    }
    let findings = power.findings();
    if !findings.is_empty() {
        writeln!(out, "\n## Findings\n")?;
    }
    for finding in &findings {
        writeln!(out, "- {finding}")?;
    }
    Ok(())
}

/// `proofhouse.power/1`. Fields may be added, never removed or renamed.
#[derive(Debug, Serialize)]
struct PowerView<'a> {
    format: &'static str,
    green: bool,
    faults: Vec<RowView<'a>>,
    findings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct RowView<'a> {
    name: &'a str,
    breaks: String,
    excuse: Option<&'a str>,
    killed: u32,
    total: u32,
    over: Vec<CellView<'a>>,
}

#[derive(Debug, Serialize)]
struct CellView<'a> {
    catalogue: &'a str,
    capability: String,
    killed: u32,
    total: u32,
    shown: Option<&'a str>,
}

fn view(power: &Power) -> PowerView<'_> {
    PowerView {
        format: FORMAT,
        green: power.is_green(),
        faults: power.weakest_last().into_iter().map(row_view).collect(),
        findings: power.findings().iter().map(ToString::to_string).collect(),
    }
}

fn row_view(row: &PowerRow) -> RowView<'_> {
    let cells = row.cells.iter();
    RowView {
        name: &row.fault.name,
        breaks: format!("{}/{}", row.fault.tool, row.fault.rule),
        excuse: row.excuse.as_deref(),
        killed: row.killed(),
        total: row.total(),
        over: cells
            .map(|((catalogue, capability), cell)| CellView {
                catalogue,
                capability: capability.to_string(),
                killed: cell.killed,
                total: cell.total,
                shown: cell.shown.as_deref(),
            })
            .collect(),
    }
}
