//! `proofhouse keys`: the keys that sign certificates.

use super::args::KeysCommand;
use super::exit;
use super::output::Printer;
use crate::app::{self, AppError};
use crate::model::{Clock, SystemClock};

/// Makes a key, or shows a public key. The private key is never shown.
pub(super) fn keys(command: &KeysCommand, printer: &Printer) -> Result<u8, AppError> {
    let public = match command {
        KeysCommand::New { output } => {
            let (public, beside) = app::new_key(output)?;
            printer.note(&format!(
                "{} is the private key: keep it to yourself; {} may be given to everybody",
                output.display(),
                beside.display()
            ));
            public
        }
        KeysCommand::Show { file } => app::public_key(file)?,
        KeysCommand::Trust { file, provider, name } => {
            let name = name.as_ref().or(provider.first()).map_or("", String::as_str);
            let text = app::trust_file(file, name, provider, SystemClock.now())?;
            printer.line(text.trim_end());
            return Ok(exit::CONFORMANT);
        }
    };
    printer.line(&format!("keyid {}", public.id()));
    printer.line(public.to_pem().trim_end());
    Ok(exit::CONFORMANT)
}
