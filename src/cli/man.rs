//! `proofhouse man`: the manual, from the definitions of the arguments.

use std::fs;
use std::io;
use std::path::Path;

use clap::CommandFactory;

use super::args::Arguments;
use super::exit;
use super::output::Printer;
use crate::app::AppError;
use crate::report::ReportError;

/// Prints the page of the whole command, or writes the pages of all commands to a folder.
pub(super) fn man(folder: Option<&Path>, printer: &Printer) -> Result<u8, AppError> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Arguments::command())
            .render(&mut page)
            .and_then(|()| io::Write::write_all(&mut io::stdout(), &page))
            .map_err(ReportError::from)
            .or_else(|error| {
                if error.is_closed_pipe() {
                    Ok(())
                } else {
                    Err(error)
                }
            })?;
        return Ok(exit::CONFORMANT);
    };
    let written =
        fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Arguments::command(), folder));
    written.map_err(|error| AppError::unwritable(folder, &error))?;
    printer.note(&format!("the pages are in {}", folder.display()));
    Ok(exit::CONFORMANT)
}
