//! `proofhouse gate`: may a pipeline go on with a provider?

use super::args::{GateArguments, Global, ListFormat};
use super::output::Printer;
use crate::app::{self, AppError, Bundle, GateRequest, History};
use crate::model::{Clock, SystemClock};
use crate::report;
use crate::standing::Demand;

/// How many characters of a reason are shown; a provider may have written some of them.
const LONG: usize = 400;

/// Prints the answer with its reasons, a line each, and answers with its code.
pub(super) fn gate(arguments: &GateArguments, global: &Global, printer: &Printer) -> Result<u8, AppError> {
    let bundle = Bundle::load(global.registry.as_deref())?;
    let folder = app::data_folder(std::env::var_os(app::DATA_VARIABLE));
    let history = History::open_existing(&folder)?;
    let asked = GateRequest {
        provider: arguments.provider.clone(),
        capability: arguments.capability.clone(),
        demand: Demand {
            max_age: arguments.max_age,
            min_pass_rate: arguments.min_pass_rate.zip(arguments.over),
        },
    };
    let found = app::gate(&bundle, history.as_ref(), &asked, SystemClock.now())?;
    if history.is_none() {
        printer.note(&format!("no runs are kept in {}", folder.display()));
    }
    match arguments.format {
        ListFormat::Json => printer.json(&found.view())?,
        ListFormat::Table => {
            printer.line(&format!("{:<7}  {}", found.answer.answer, found.claim));
            for finding in &found.answer.findings {
                let words = report::one_line(&finding.words, LONG);
                printer.wrapped(&format!("  {:<7}  ", finding.says), "           ", &words);
            }
        }
    }
    Ok(found.exit_code())
}
