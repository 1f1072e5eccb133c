//! `proofhouse log`: the transparency log of this registry.

use super::args::{Global, LogCommand};
use super::output::Printer;
use super::{certify, environment, exit};
use crate::app::{self, AppError, Bundle, RevokedId};
use crate::model::{Clock, SystemClock};
use crate::report;

/// The number of characters of a note that are shown. It may contain text of the issuer.
const LONG: usize = 400;

/// Makes the log, adds to it, shows its checkpoint, or checks it.
pub(super) fn log(command: &LogCommand, global: &Global, printer: &Printer) -> Result<u8, AppError> {
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
        LogCommand::Verify { from } => match app::verify_log(&data, from.as_deref()) {
            Ok(checkpoint) => printer.line(&format!(
                "{} has {} with the root that it signed{}",
                checkpoint.origin,
                match checkpoint.size {
                    1 => "1 entry".to_owned(),
                    size => format!("{size} entries"),
                },
                if from.is_some() {
                    ", and nothing was rewritten since the checkpoint"
                } else {
                    ""
                }
            )),
            Err(AppError::Log(error)) if error.is_of_content() => {
                printer.line(&error.to_string());
                return Ok(exit::FAILED);
            }
            Err(error) => return Err(error),
        },
    }
    Ok(exit::CONFORMANT)
}
