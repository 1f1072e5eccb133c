//! `proofhouse completions`: what a shell offers after a tab, from the definitions of the arguments.

use std::io;

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Arguments;
use super::exit;
use crate::app::AppError;
use crate::report::ReportError;

/// Prints the script of a shell.
pub(super) fn completions(shell: Shell) -> Result<u8, AppError> {
    let mut script = Vec::new();
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    clap_complete::generate(shell, &mut command, name, &mut script);
    match io::Write::write_all(&mut io::stdout(), &script).map_err(ReportError::from) {
        Err(error) if !error.is_closed_pipe() => Err(error.into()),
        _ => Ok(exit::CONFORMANT),
    }
}
