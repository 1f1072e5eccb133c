//! `proofhouse runs list | show | compare | export | prune`.

use std::io;
use std::path::Path;

use super::args::{Global, Output, RunsCommand};
use super::output::{Printer, unless_closed};
use super::outputs::Outputs;
use super::{environment, exit};
use crate::app::{AppError, Bundle, History, Pruned, Retention, RunOverview};
use crate::model::{Clock, SystemClock, Totals, plural};
use crate::report::{self, Column, Format, Kind, Shown};
use crate::summary::Repetitions;

/// The files of an exported run.
const FILES: [(Shown, &str); 6] = [
    (Shown::Events, "events.jsonl"),
    (Shown::Report(Format::Json), "report.json"),
    (Shown::Report(Format::Html), "report.html"),
    (Shown::Report(Format::Markdown), "report.md"),
    (Shown::Report(Format::Junit), "junit.xml"),
    (Shown::Report(Format::Tap), "report.tap"),
];

/// Shows stored runs, writes one into a folder, or removes old ones.
pub(super) fn runs(command: &RunsCommand, global: &Global, printer: &Printer) -> Result<u8, AppError> {
    let history = environment::stored_runs()?;
    match command {
        RunsCommand::List { limit, before } => {
            let runs = history.list(*limit, before.as_deref())?;
            if runs.is_empty() {
                printer.note(match before {
                    Some(_) => "no earlier run is kept",
                    None => "no runs are kept",
                });
            } else {
                list(&runs, printer)?;
            }
        }
        RunsCommand::Prune {
            keep,
            keep_last,
            certificates,
            dry_run,
        } => {
            let bundle = Bundle::load(global.registry.as_deref())?;
            let retention = Retention {
                keep: *keep,
                keep_last: *keep_last,
                certificates: certificates.clone(),
            };
            let pruned = history.prune(&bundle, &retention, SystemClock.now(), *dry_run)?;
            show_pruned(&pruned, *dry_run, printer);
        }
        RunsCommand::Show { run, format, verbose } => {
            let mut outputs = Outputs::open(format.shown(), &[])?;
            if format.shown() == Shown::Events {
                history.replay(run, |event| outputs.push(event))?;
            }
            let mut kept = Repetitions::new(1);
            kept.add(history.summary(run)?);
            outputs.finish(&kept, &printer.report_options(*verbose))?;
        }
        RunsCommand::Export { run, folder } => export(&history, run, folder, printer)?,
        RunsCommand::Compare {
            before,
            after,
            verbose,
        } => {
            let comparison = history.compare(before, after)?;
            unless_closed(report::write_comparison(
                &comparison,
                &printer.report_options(*verbose),
                &mut io::stdout().lock(),
            ))?;
        }
    }
    Ok(exit::CONFORMANT)
}

/// Writes the record of a run as `events.jsonl`, and each report of it.
fn export(history: &History, run: &str, folder: &Path, printer: &Printer) -> Result<(), AppError> {
    std::fs::create_dir_all(folder).map_err(|error| AppError::unwritable(folder, &error))?;
    let files = FILES.map(|(format, name)| Output {
        format,
        path: folder.join(name),
    });
    // Standard output stays free: what is written there is the list of the files.
    let mut outputs = Outputs::to_files(&files)?;
    history.replay(run, |event| outputs.push(event))?;
    let mut kept = Repetitions::new(1);
    kept.add(history.summary(run)?);
    outputs.finish(&kept, &printer.report_options(true))?;
    for file in &files {
        printer.line(&file.path.display().to_string());
    }
    Ok(())
}

fn show_pruned(pruned: &Pruned, dry_run: bool, printer: &Printer) {
    let would = if dry_run { "would be removed" } else { "removed" };
    for run in &pruned.removed {
        printer.line(&format!("{would}  {run}"));
    }
    let removed = plural(pruned.removed.len(), "run");
    printer.note(&format!("{removed} {would}, {} kept", pruned.left));
    for (reason, count) in pruned.needed_by_reason() {
        printer.note(&format!("of the old ones {count} kept: {}", reason.description()));
    }
}

type Count = fn(Totals) -> usize;

/// The columns that count results other than passes.
const COUNTS: [(&str, Count); 4] = [
    ("fail", |totals| totals.fail),
    ("error", |totals| totals.error),
    ("blocked", |totals| totals.blocked),
    ("skip", |totals| totals.skip),
];

/// Prints the runs as a table, without the counts that are 0 in every run.
fn list(runs: &[RunOverview], printer: &Printer) -> Result<(), AppError> {
    let column = |title, kind, drop| Column { title, kind, drop };
    let counts: Vec<_> = COUNTS
        .into_iter()
        .filter(|(_, count)| runs.iter().any(|run| count(run.totals) > 0))
        .collect();
    let mut columns = vec![
        column("run", Kind::Word, None),
        // The id begins with the date, so this is the first to go.
        column("when", Kind::Word, Some(4)),
        column("providers", Kind::Number, Some(3)),
        column("pass", Kind::Number, Some(1)),
    ];
    columns.extend(
        counts
            .iter()
            .map(|&(title, _)| column(title, Kind::Number, Some(2))),
    );
    columns.push(column("verdict", Kind::Word, None));
    let rows: Vec<_> = runs
        .iter()
        .map(|run| {
            let mut row = vec![
                run.run.to_string(),
                run.started_at.format("%Y-%m-%d %H:%M").to_string(),
                run.providers.to_string(),
                format!("{}/{}", run.totals.pass, run.planned),
            ];
            row.extend(counts.iter().map(|(_, count)| count(run.totals).to_string()));
            row.push(run.verdict.as_str().to_owned());
            row
        })
        .collect();
    printer.list(&columns, &rows)
}
