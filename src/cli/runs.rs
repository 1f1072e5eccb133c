//! `proofhouse runs list | show | compare`.

use std::io;

use super::args::{Global, RunsCommand};
use super::exit;
use super::output::Printer;
use crate::app::{self, AppError, History, RunOverview};
use crate::report;

/// Looks at runs that were kept.
pub(super) fn runs(command: &RunsCommand, _: &Global, printer: &Printer) -> Result<u8, AppError> {
    let folder = app::data_folder(std::env::var_os(app::DATA_VARIABLE));
    let history = History::open_existing(&folder)?.ok_or_else(|| AppError::Unknown {
        what: format!("no runs are kept in {}", folder.display()),
        hint: Some(format!(
            "`proofhouse run` keeps them; {} names another folder",
            app::DATA_VARIABLE
        )),
    })?;
    match command {
        RunsCommand::List { limit, before } => {
            let runs = history.list(*limit, before.as_deref())?;
            if runs.is_empty() {
                printer.note("no runs");
            }
            for run in &runs {
                printer.line(&overview(run));
            }
        }
        RunsCommand::Show { run, format, verbose } => {
            let summary = history.summary(run)?;
            written(report::write(
                format.format(),
                &summary,
                &printer.report_options(*verbose),
                &mut io::stdout().lock(),
            ))?;
        }
        RunsCommand::Compare {
            before,
            after,
            verbose,
        } => {
            let comparison = history.compare(before, after)?;
            written(report::write_comparison(
                &comparison,
                &printer.report_options(*verbose),
                &mut io::stdout().lock(),
            ))?;
        }
    }
    Ok(exit::CONFORMANT)
}

fn written(result: Result<(), report::ReportError>) -> Result<(), AppError> {
    match result {
        Err(error) if error.is_closed_pipe() => Ok(()),
        other => Ok(other?),
    }
}

fn overview(run: &RunOverview) -> String {
    let totals = run.totals;
    format!(
        "{}  {}  {:>3} providers  {:>4} of {:<4} tests: {} pass, {} fail, {} error, {} blocked, {} skip  {}",
        run.run,
        run.started_at.format("%Y-%m-%d %H:%M"),
        run.providers,
        totals.sum(),
        run.planned,
        totals.pass,
        totals.fail,
        totals.error,
        totals.blocked,
        totals.skip,
        run.verdict.words(),
    )
}
