//! `proofhouse gate`: decides whether a pipeline may use a provider.

use super::args::{GateArguments, Global, ListFormat};
use super::environment;
use super::output::Printer;
use crate::app::{self, AppError, Bundle, GateRequest, GateView, RemoteRegistry};
use crate::model::{Clock, SystemClock};
use crate::report;
use crate::standing::Demand;

/// The number of characters of a reason that are shown. It may contain text of a provider.
const LONG: usize = 400;

/// Prints the answer with its reasons, one per line, and returns its exit code.
pub(super) async fn gate(
    arguments: &GateArguments,
    global: &Global,
    printer: &Printer,
) -> Result<u8, AppError> {
    let request = GateRequest {
        provider: arguments.provider.clone(),
        capability: arguments.capability.clone(),
        demand: Demand {
            max_age: arguments.max_age,
            min_pass_rate: arguments.min_pass_rate.zip(arguments.over),
            min_rules: arguments.min_rules,
            level: arguments.level,
        },
    };
    let found = match &arguments.registry_url {
        Some(url) => RemoteRegistry::at(url, false, &|_| None)?.gate(&request).await?,
        None => decide_by_stored_runs(&request, global, printer)?,
    };
    match arguments.format {
        ListFormat::Json => printer.json(&found)?,
        ListFormat::Table => {
            let line = format!(
                "{:<7}  {} {}@{}",
                found.answer, found.provider, found.capability, found.version
            );
            printer.line(&report::one_line(&line, LONG));
            for finding in &found.reasons {
                let words = report::one_line(&finding.words, LONG);
                printer.wrapped(&format!("  {:<7}  ", finding.says), "           ", &words);
            }
            for note in &found.notes {
                let words = report::one_line(note, LONG);
                printer.wrapped("  note     ", "           ", &words);
            }
            // A registry of an older version has no note of it.
            if let Some(publisher) = found.publisher.as_ref().filter(|_| !found.self_attested) {
                let words = format!("the latest run was published by {publisher}");
                printer.wrapped("           ", "           ", &report::one_line(&words, LONG));
            }
        }
    }
    Ok(found.exit)
}

fn decide_by_stored_runs(
    request: &GateRequest,
    global: &Global,
    printer: &Printer,
) -> Result<GateView, AppError> {
    let bundle = Bundle::load(global.registry.as_deref())?;
    let folder = environment::data_folder();
    let history = environment::existing_runs()?;
    let found = app::gate(&bundle, history.as_ref(), request, SystemClock.now())?;
    if history.is_none() {
        printer.note(&format!("no runs are kept in {}", folder.display()));
    }
    Ok(found.view())
}
