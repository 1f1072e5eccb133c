//! `proofhouse store migrate | check | backup | copy`.

use super::args::StoreCommand;
use super::output::Printer;
use super::{environment, exit};
use crate::app::{self, AppError, StorePlace, Tokens};
use crate::model::plural;
use crate::report::one_line;

/// The number of characters of a reason that are shown.
const LONG: usize = 200;

/// Checks or copies the store. A check exits 6 if something is wrong.
pub(super) async fn store(command: &StoreCommand, printer: &Printer) -> Result<u8, AppError> {
    let data = environment::data_folder();
    match command {
        StoreCommand::Migrate => {
            let place = environment::store_place()?;
            environment::open_runs()?;
            Tokens::open_at(&place)?;
            printer.note("the schema of the store is up to date");
        }
        StoreCommand::Check => {
            let check = environment::stored_runs()?.check(&data)?;
            for line in &check.database {
                printer.line(&format!("database  {}", one_line(line, LONG)));
            }
            for (run, reason) in &check.unreadable {
                printer.line(&format!("run {run}  {}", one_line(reason, LONG)));
            }
            if let Some(reason) = &check.log {
                printer.line(&format!("log  {}", one_line(reason, LONG)));
            }
            if check.is_sound() {
                printer.line(&format!("{} read, nothing is wrong", plural(check.runs, "run")));
            } else {
                printer.note("restore the store from a copy that `proofhouse store backup` wrote");
                return Ok(exit::INCOMPLETE);
            }
        }
        StoreCommand::Backup { file } => {
            let log = environment::stored_runs()?.back_up(&data, file)?;
            printer.note(&format!("{} is a copy of the store", file.display()));
            if let Some(folder) = log {
                printer.note(&format!("{} is a copy of the transparency log", folder.display()));
            }
        }
        StoreCommand::Copy { source, target } => {
            let place = |text: &str| StorePlace::of_text(text).map_err(AppError::from);
            let copied = app::copy_store(&place(source)?, &place(target)?).await?;
            let known = match copied.known {
                0 => String::new(),
                known => format!(", {known} were there already"),
            };
            let (runs, tokens) = (plural(copied.runs, "run"), plural(copied.tokens, "token"));
            printer.line(&format!("{runs} and {tokens} copied and compared{known}"));
        }
    }
    Ok(exit::CONFORMANT)
}
