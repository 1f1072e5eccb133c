//! Standard output and standard error: who writes where, in which width and colour.

use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use terminal_size::{Height, Width, terminal_size_of};

use crate::app::AppError;
use crate::diagnostic::{Canvas, Hint};
use crate::report::{self, Column};

/// Writes to the terminal. Errors of writing are passed over: nobody is left to be told.
#[derive(Clone)]
pub(super) struct Printer {
    quiet: bool,
}

/// Lines longer than this are hard to read, however wide the terminal is.
pub(super) const WIDEST_TEXT: usize = 100;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();

impl Printer {
    pub(super) fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// Whether progress is unwanted.
    pub(super) fn quiet(&self) -> bool {
        self.quiet
    }

    /// Whether standard output takes colours: a terminal, and nobody said no (`NO_COLOR`, `CLICOLOR`).
    pub(super) fn colour(&self) -> bool {
        AutoStream::choice(&io::stdout()) != ColorChoice::Never
    }

    /// Standard output, for mistakes that are what was asked for.
    pub(super) fn canvas(&self) -> Canvas {
        Canvas {
            colour: self.colour(),
            width: self.width(),
        }
    }

    fn error_canvas(&self) -> Canvas {
        Canvas {
            colour: AutoStream::choice(&io::stderr()) != ColorChoice::Never,
            width: columns(terminal_size_of(io::stderr())),
        }
    }

    /// How a report is laid out on standard output.
    pub(super) fn report_options(&self, verbose: bool) -> report::Options {
        report::Options {
            colour: self.colour(),
            width: self.width(),
            verbose,
        }
    }

    /// The columns of the terminal; None for a pipe.
    pub(super) fn width(&self) -> Option<usize> {
        columns(terminal_size_of(io::stdout()))
    }

    /// A line of what was asked for.
    pub(super) fn line(&self, text: &str) {
        let _ = writeln!(anstream::stdout(), "{text}");
    }

    /// What was asked for, as data.
    pub(super) fn json(&self, value: &impl Serialize) -> Result<(), AppError> {
        let text = serde_json::to_string_pretty(value).map_err(|error| AppError::Bug(error.to_string()))?;
        self.line(&text);
        Ok(())
    }

    /// A text for people: wrapped on a terminal, whole in a pipe.
    pub(super) fn paragraph(&self, text: &str) {
        self.wrapped("", "", text);
    }

    /// An item of a list for people.
    pub(super) fn item(&self, text: &str) {
        self.wrapped("• ", "  ", text);
    }

    /// A wrapped text, with something before its first line and something before each other.
    pub(super) fn wrapped(&self, first: &str, others: &str, text: &str) {
        let width = self.width().map(|width| {
            let room = width.min(WIDEST_TEXT);
            room.saturating_sub(others.chars().count()).max(1)
        });
        for (at, line) in report::wrap(text, width).iter().enumerate() {
            self.line(&format!("{}{line}", if at == 0 { first } else { others }));
        }
    }

    /// A table for people.
    pub(super) fn list(&self, columns: &[Column], rows: &[Vec<String>]) -> Result<(), AppError> {
        let options = self.report_options(false);
        match report::write_list(columns, rows, &options, &mut io::stdout().lock()) {
            Err(error) if error.is_closed_pipe() => Ok(()),
            written => Ok(written?),
        }
    }

    /// A line of progress.
    pub(super) fn note(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(anstream::stderr(), "{text}");
        }
    }

    /// Something that the user should know, quiet or not.
    pub(super) fn warning(&self, text: &str) {
        let _ = writeln!(anstream::stderr(), "{WARNING}warning{WARNING:#}: {text}");
    }

    /// An error, with advice after it.
    pub(super) fn error(&self, text: &str, hints: &[String]) {
        let mut stderr = anstream::stderr();
        let _ = writeln!(stderr, "{ERROR}error{ERROR:#}: {text}");
        for hint in hints {
            let _ = writeln!(stderr, "{HINT}hint{HINT:#}: {hint}");
        }
    }

    /// An error of a use case. Mistakes in files are drawn at their places.
    pub(super) fn app_error(&self, error: &AppError) {
        match error.problems() {
            Some(problems) => {
                let _ = writeln!(anstream::stderr(), "{}", problems.render_on(self.error_canvas()));
            }
            None => self.error(&error.to_string(), &error.hints()),
        }
    }
}

fn columns(size: Option<(Width, Height)>) -> Option<usize> {
    size.map(|(Width(columns), _)| usize::from(columns))
}
