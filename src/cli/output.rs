//! Standard output and standard error: who writes where, in which width and colour.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

use crate::app::AppError;
use crate::diagnostic::Hint;
use crate::report;

/// Writes to the terminal. Errors of writing are passed over: nobody is left to be told.
pub(super) struct Printer {
    quiet: bool,
}

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

    fn error_colour(&self) -> bool {
        AutoStream::choice(&io::stderr()) != ColorChoice::Never
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
        let stdout = io::stdout();
        if !stdout.is_terminal() {
            return None;
        }
        terminal_size::terminal_size_of(stdout).map(|(terminal_size::Width(columns), _)| usize::from(columns))
    }

    /// A line of what was asked for.
    pub(super) fn line(&self, text: &str) {
        let _ = writeln!(anstream::stdout(), "{text}");
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
                let _ = writeln!(anstream::stderr(), "{}", problems.render(self.error_colour()));
            }
            None => self.error(&error.to_string(), &error.hints()),
        }
    }
}
