//! `proofhouse run --propose-baseline`: a file in which the failures of a run are known.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::output::Printer;
use crate::app::{self, AppError};
use crate::model::plural;
use crate::report::ReportError;
use crate::summary::Repetitions;

/// The file, made before anybody is asked, so that one that cannot be written is reported early.
pub(super) struct ProposedBaseline {
    path: PathBuf,
    file: File,
}

impl ProposedBaseline {
    /// Makes the file.
    ///
    /// # Errors
    ///
    /// It is there already, or cannot be made.
    pub(super) fn open(path: &Path) -> Result<Self, AppError> {
        let made = OpenOptions::new().write(true).create_new(true).open(path);
        let file = made.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => AppError::unwritable(path, &"it is there already"),
            _ => AppError::unwritable(path, &error),
        })?;
        let path = path.to_owned();
        Ok(Self { path, file })
    }

    /// Writes the entries. Where there are none, the file goes away again.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub(super) fn finish(mut self, repetitions: &Repetitions, printer: &Printer) -> Result<(), AppError> {
        let place = self.path.display();
        let Some(proposal) = app::propose(repetitions, usize::MAX) else {
            drop(self.file);
            printer.note(&format!("no failure has to be known, so {place} is not written"));
            return std::fs::remove_file(&self.path)
                .map_err(|error| AppError::unwritable(&self.path, &error));
        };
        self.file
            .write_all(proposal.yaml.as_bytes())
            .map_err(|error| AppError::unsaved(&self.path, &ReportError::from(error)))?;
        let failures = plural(proposal.entries, "failure");
        printer.note(&match &proposal.file {
            Some(file) => format!("{place} has {failures} to add to the lists of {file}"),
            None => format!("{place} has {failures}: fill in its tickets, then run with --baseline {place}"),
        });
        Ok(())
    }
}
