//! `proofhouse verify`: does a certificate hold?

use super::args::{Global, ListFormat, VerifyArguments};
use super::exit;
use super::output::Printer;
use crate::app::{self, AppError, Bundle};
use crate::certificate::Verification;
use crate::model::{Clock, SystemClock};
use crate::report;

/// The number of characters of a note that are shown. It may contain text of the issuer.
const LONG: usize = 400;

/// Prints every check, a line each. Exits 1 when one does not hold.
pub(super) fn verify(
    arguments: &VerifyArguments,
    global: &Global,
    printer: &Printer,
) -> Result<u8, AppError> {
    let bundle = Bundle::load(global.registry.as_deref())?;
    let at = arguments.at.unwrap_or_else(|| SystemClock.now());
    let found = app::verify_certificate(
        &bundle,
        &arguments.file,
        &arguments.trust,
        arguments.proof.as_deref(),
        at,
    )?;
    match arguments.format {
        ListFormat::Json => printer.json(&found.view())?,
        ListFormat::Table => {
            print_checks(&found, printer);
            if let Some(countersigned) = &found.countersigned {
                printer.line("the certificate of the provider that it countersigns:");
                print_checks(countersigned, printer);
            }
            for line in found.vouches() {
                printer.wrapped("", "  ", &report::one_line(&line, LONG));
            }
            printer.line(conclusion(&found));
        }
    }
    Ok(if found.holds() {
        exit::CONFORMANT
    } else {
        exit::FAILED
    })
}

fn print_checks(found: &Verification, printer: &Printer) {
    for checked in &found.checks {
        let first = format!("{:<4}  {:<13}  ", word(checked.holds), checked.check);
        printer.wrapped(&first, &" ".repeat(21), &report::one_line(&checked.note, LONG));
    }
}

fn word(holds: Option<bool>) -> &'static str {
    match holds {
        Some(true) => "ok",
        Some(false) => "FAIL",
        None => "-",
    }
}

fn conclusion(found: &Verification) -> &'static str {
    match (found.holds(), found.third_party) {
        (true, true) => "the certificate holds, and a registry vouches for it",
        (true, false) => "the certificate holds, by the provider's own word",
        (false, _) => "the certificate does not hold",
    }
}
