//! `proofhouse completions`: the completion script of a shell, generated from the definitions of the arguments.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Arguments;
use super::exit;
use super::output::unless_closed;
use crate::app::AppError;
use crate::report::ReportError;

/// Prints the completion script of a shell.
pub(super) fn completions(shell: Shell) -> Result<u8, AppError> {
    let mut script = Vec::new();
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    clap_complete::generate(shell, &mut command, name, &mut script);
    unless_closed(io::stdout().write_all(&script).map_err(ReportError::from))?;
    Ok(exit::CONFORMANT)
}
