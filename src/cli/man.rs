//! `proofhouse man`: the manual, generated from the definitions of the arguments.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::CommandFactory;

use super::args::Arguments;
use super::output::{Printer, unless_closed};
use super::{exit, variables};
use crate::app::AppError;
use crate::report::ReportError;

/// Prints the page of the whole command, or writes the pages of all commands to a folder.
pub(super) fn man(folder: Option<&Path>, printer: &Printer) -> Result<u8, AppError> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        let written = clap_mangen::Man::new(variables::documented(Arguments::command()))
            .render(&mut page)
            .and_then(|()| io::stdout().write_all(&page));
        unless_closed(written.map_err(ReportError::from))?;
        return Ok(exit::CONFORMANT);
    };
    let written = fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(variables::documented(Arguments::command()), folder));
    written.map_err(|error| AppError::unwritable(folder, &error))?;
    printer.note(&format!("the pages are in {}", folder.display()));
    Ok(exit::CONFORMANT)
}
