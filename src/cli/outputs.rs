//! The destinations of the reports of a run: standard output, files, and the summary of a GitHub job.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::PathBuf;

use super::args::Output;
use super::output::unless_closed;
use crate::app::AppError;
use crate::event::RunEvent;
use crate::report::{self, EventLines, Format, ReportError, Shown};
use crate::summary::Repetitions;

/// The environment variable with which a GitHub job names the file of its summary.
const JOB_SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// A destination and the format that it gets.
enum Target<W: io::Write> {
    /// A report, written when the run has ended.
    Report(Format, W),
    /// The events, written as they happen.
    Events(EventLines<W>),
}

impl<W: io::Write> Target<W> {
    fn new(shown: Shown, out: W) -> Self {
        match shown {
            Shown::Report(format) => Self::Report(format, out),
            Shown::Events => Self::Events(EventLines::new(out)),
        }
    }

    fn push(&mut self, event: &RunEvent) {
        if let Self::Events(lines) = self {
            lines.push(event);
        }
    }

    fn finish(self, repetitions: &Repetitions, options: &report::Options) -> Result<(), ReportError> {
        match self {
            Self::Events(lines) => lines.finish(),
            Self::Report(format, mut out) => show(format, repetitions, options, &mut out),
        }
    }

    fn is_github(&self) -> bool {
        matches!(self, Self::Report(Format::Github, _))
    }
}

/// All requested reports.
pub(super) struct Outputs {
    standard: Option<Target<io::Stdout>>,
    files: Vec<(PathBuf, Target<File>)>,
    job_summary: Option<PathBuf>,
}

impl Outputs {
    /// Opens the files before any provider is called, so that one that cannot be written is reported early. A report for GitHub also
    /// goes into the summary of its job.
    pub(super) fn open(format: Shown, files: &[Output]) -> Result<Self, AppError> {
        Self::with(Some(Target::new(format, io::stdout())), files)
    }

    /// Opens files alone: standard output is for something else.
    pub(super) fn to_files(files: &[Output]) -> Result<Self, AppError> {
        Self::with(None, files)
    }

    fn with(standard: Option<Target<io::Stdout>>, files: &[Output]) -> Result<Self, AppError> {
        let files = files
            .iter()
            .map(|output| Ok((output.path.clone(), Target::new(output.format, output.create()?))))
            .collect::<Result<Vec<_>, AppError>>()?;
        let github = standard.as_ref().is_some_and(Target::is_github)
            || files.iter().any(|(_, target)| target.is_github());
        Ok(Self {
            standard,
            files,
            job_summary: std::env::var_os(JOB_SUMMARY)
                .filter(|path| github && !path.is_empty())
                .map(|path: OsString| PathBuf::from(path)),
        })
    }

    /// Writes an event to the destinations that take events.
    pub(super) fn push(&mut self, event: &RunEvent) {
        if let Some(standard) = &mut self.standard {
            standard.push(event);
        }
        self.files.iter_mut().for_each(|(_, target)| target.push(event));
    }

    /// Writes the reports at the end of the run, standard output first. A file that cannot be written does not stop the others.
    ///
    /// # Errors
    ///
    /// The last report that could not be written. A closed standard output is no error.
    pub(super) fn finish(self, repetitions: &Repetitions, options: &report::Options) -> Result<(), AppError> {
        let standard = self
            .standard
            .map(|standard| standard.finish(repetitions, options));
        let mut ended = standard.map_or(Ok(()), unless_closed);
        let plain = report::Options {
            not_stored: options.not_stored,
            ..report::Options::default()
        };
        for (path, target) in self.files {
            if let Err(error) = target.finish(repetitions, &plain) {
                ended = Err(AppError::unsaved(&path, &error));
            }
        }
        if let Some(path) = self.job_summary {
            let appended = OpenOptions::new()
                .append(true)
                .create(true)
                .open(&path)
                .map_err(ReportError::from)
                .and_then(|mut file| show(Format::Markdown, repetitions, &plain, &mut file));
            if let Err(error) = appended {
                ended = Err(AppError::unsaved(&path, &error));
            }
        }
        ended
    }
}

fn show(
    format: Format,
    repetitions: &Repetitions,
    options: &report::Options,
    out: &mut dyn io::Write,
) -> Result<(), ReportError> {
    match repetitions.worst() {
        Some(only) if repetitions.asked == 1 => report::write(format, only, options, out),
        _ => report::write_repeated(format, repetitions, options, out),
    }
}
