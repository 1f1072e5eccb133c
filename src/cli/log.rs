//! `proofhouse log`: the transparency log of this registry.

use super::args::{Global, LogCommand};
use super::output::Printer;
use super::{certify, environment, exit};
use crate::app::{self, AppError, Bundle, Checkpoint, RevokedId};
use crate::model::{Clock, SystemClock};
use crate::report;

/// The number of characters of a note that are shown. It may contain text of the issuer.
const LONG: usize = 400;

/// Makes the log, adds to it, shows its checkpoint, or checks it.
pub(super) async fn log(command: &LogCommand, global: &Global, printer: &Printer) -> Result<u8, AppError> {
    let data = environment::data_folder();
    let now = SystemClock.now();
    match command {
        LogCommand::New { name, key } => {
            printer.line(&app::new_log(&data, name, key)?.to_string());
            printer.note("this is the public key of the log: it may be given to everybody");
        }
        LogCommand::Add { file, trust, key } => {
            let bundle = Bundle::load(global.registry.as_deref())?;
            match app::log_certificate(&bundle, &data, file, trust, key, now)? {
                Ok(proof) => certify::write_proof(file, &proof.to_string(), printer)?,
                Err(found) => {
                    for checked in found.checks.iter().filter(|checked| checked.holds == Some(false)) {
                        let first = format!("FAIL  {:<13}  ", checked.check);
                        printer.wrapped(&first, &" ".repeat(21), &report::one_line(&checked.note, LONG));
                    }
                    printer.line("the certificate does not hold: nothing is added");
                    return Ok(exit::FAILED);
                }
            }
        }
        LogCommand::Revoke {
            key_id,
            run,
            reason,
            key,
        } => {
            let revoked = match (key_id, run) {
                (Some(id), _) => RevokedId::Key(id),
                (None, Some(run)) => RevokedId::Run(run),
                (None, None) => return Err(AppError::RevokedId),
            };
            let proof = app::log_revocation(&data, revoked, reason, key, now)?;
            printer.line(&format!("entry {}", proof.index));
        }
        LogCommand::Checkpoint => printer.line(app::log_checkpoint(&data)?.trim_end_matches('\n')),
        LogCommand::Verify { from, url, trust } => {
            let from = from.as_deref();
            let verified = match (url, trust) {
                (Some(url), Some(trust)) => app::verify_served_log(url, trust, from).await,
                _ => app::verify_log(&data, from),
            };
            return verdict(verified, from.is_some(), printer);
        }
    }
    Ok(exit::CONFORMANT)
}

/// Prints what the check of a log found. A log that does not hold is no error of the command.
fn verdict(verified: Result<Checkpoint, AppError>, from: bool, printer: &Printer) -> Result<u8, AppError> {
    match verified {
        Ok(Checkpoint { origin, size, .. }) => {
            let entries = if size == 1 { "entry" } else { "entries" };
            let since = if from {
                ", and nothing was rewritten since the checkpoint"
            } else {
                ""
            };
            printer.line(&format!(
                "{origin} has {size} {entries} with the root that it signed{since}"
            ));
            Ok(exit::CONFORMANT)
        }
        Err(AppError::Log(error)) if error.is_of_content() => {
            printer.line(&report::one_line(&error.to_string(), LONG));
            Ok(exit::FAILED)
        }
        Err(error) => Err(error),
    }
}
