//! `proofhouse merge`: merges the parts of a run.

use super::args::MergeArguments;
use super::environment;
use super::output::Printer;
use super::outputs::Outputs;
use crate::app::{self, AppError};
use crate::summary::Repetitions;

/// Merges parts, stores and shows the merged run, and returns the exit code of its verdict.
pub(super) fn merge(arguments: &MergeArguments, printer: &Printer) -> Result<u8, AppError> {
    let mut merged = app::merge(environment::existing_runs()?.as_ref(), &arguments.parts)?;
    let mut outputs = Outputs::open(arguments.shown.format.shown(), &arguments.shown.output)?;
    if !arguments.no_store
        && let Err(error) = environment::open_runs().and_then(|history| merged.keep(&history))
    {
        printer.warning(&format!("the merged run could not be kept: {error}"));
        merged.summary.record_incomplete = Some(error.to_string());
    }
    merged.events.iter().for_each(|event| outputs.push(event));
    let mut whole = Repetitions::new(1);
    whole.add(merged.summary);
    outputs.finish(&whole, &printer.report_options(arguments.shown.verbose))?;
    Ok(whole.verdict().exit_code())
}
