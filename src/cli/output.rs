//! Standard output and standard error, with their widths and colours. Every text is cleaned here: much of it was written by others.

use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use terminal_size::{Height, Width, terminal_size_of};

use super::environment::variable;
use super::highlight::highlighted;
use super::standard_output::{self, put_line};
use crate::app::AppError;
use crate::diagnostic::{Canvas, Hint};
use crate::model::{clean, printable_json};
use crate::report::{self, Column, ReportError};

/// Prints to the terminal. What standard error does not take is ignored, because there is no place left to report it.
#[derive(Clone)]
pub(super) struct Printer {
    quiet: bool,
}

/// The largest width of wrapped text in columns. Longer lines are hard to read on a wide terminal.
pub(super) const WIDEST_TEXT: usize = 100;

/// The widths that the variable `COLUMNS` may give.
const NARROWEST: usize = 20;
const WIDEST: usize = 2_000;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();

impl Printer {
    pub(super) fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// Returns true if progress is not to be shown.
    pub(super) fn quiet(&self) -> bool {
        self.quiet
    }

    /// Returns true if standard output is a terminal and neither `NO_COLOR` nor `CLICOLOR` turns colours off.
    pub(super) fn colour(&self) -> bool {
        AutoStream::choice(&io::stdout()) != ColorChoice::Never
    }

    /// Prints a drawing with a source, such as a finding, to standard output.
    pub(super) fn drawing(&self, draw: impl Fn(Canvas) -> String) {
        let canvas = Canvas {
            colour: self.colour(),
            width: self.width(),
        };
        put_line(&drawn(canvas, draw));
    }

    fn error_canvas(&self) -> Canvas {
        Canvas {
            colour: AutoStream::choice(&io::stderr()) != ColorChoice::Never,
            width: columns(terminal_size_of(io::stderr())),
        }
    }

    /// The layout of a report on standard output.
    pub(super) fn report_options(&self, verbose: bool) -> report::Options {
        report::Options {
            colour: self.colour(),
            width: self.width(),
            not_stored: false,
            verbose,
        }
    }

    /// The columns of the terminal; None for a pipe.
    pub(super) fn width(&self) -> Option<usize> {
        columns(terminal_size_of(io::stdout()))
    }

    /// Prints lines to standard output, cleaned.
    pub(super) fn line(&self, text: &str) {
        put_line(&clean(text));
    }

    /// Prints a value as JSON to standard output. What a terminal would obey is written as escapes of JSON.
    pub(super) fn json(&self, value: &impl Serialize) -> Result<(), AppError> {
        let text = serde_json::to_string_pretty(value).map_err(|error| AppError::Bug(error.to_string()))?;
        let text = printable_json(&text);
        let text = if self.colour() { highlighted(&text) } else { text };
        put_line(&text);
        Ok(())
    }

    /// Prints a paragraph: wrapped on a terminal, in one line to a pipe.
    pub(super) fn paragraph(&self, text: &str) {
        self.wrapped("", "", text);
    }

    /// Prints an item of a list.
    pub(super) fn item(&self, text: &str) {
        self.wrapped("• ", "  ", text);
    }

    /// Prints a wrapped text, with the prefix `first` before its first line and `others` before each other line.
    pub(super) fn wrapped(&self, first: &str, others: &str, text: &str) {
        let width = self.width().map(|width| {
            let room = width.min(WIDEST_TEXT);
            room.saturating_sub(others.chars().count()).max(1)
        });
        for (at, line) in report::wrap(text, width).iter().enumerate() {
            self.line(&format!("{}{line}", if at == 0 { first } else { others }));
        }
    }

    /// Prints words beside a label, or on a narrow terminal below it.
    pub(super) fn beside(&self, label: &str, words: &str) {
        /// The columns that words need beside a label.
        const ROOM: usize = 30;
        /// The columns before words below it.
        const BELOW: &str = "    ";
        let taken = label.chars().count();
        match self.width() {
            Some(width) if width < taken + ROOM => {
                self.line(label.trim_end());
                self.wrapped(BELOW, BELOW, words);
            }
            _ => self.wrapped(label, &" ".repeat(taken), words),
        }
    }

    /// Prints a table.
    pub(super) fn list(&self, columns: &[Column], rows: &[Vec<String>]) -> Result<(), AppError> {
        let options = self.report_options(false);
        unless_closed(report::write_list(
            columns,
            rows,
            &options,
            &mut io::stdout().lock(),
        ))
    }

    /// Prints a line of progress to standard error, unless quiet.
    pub(super) fn note(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr(), "{}", self.told(text, 0));
        }
    }

    /// A text for standard error, wrapped where that is a terminal. `used` columns of the first line are taken.
    fn told(&self, text: &str, used: usize) -> String {
        let width = columns(terminal_size_of(io::stderr())).map(|width| width.min(WIDEST_TEXT));
        let text = clean(text);
        let marked = format!("{}{text}", "·".repeat(used));
        let lines = report::wrap(&marked, width.map(|width| width.saturating_sub(1)));
        lines.join("\n").replacen(&"·".repeat(used), "", 1)
    }

    /// Prints a warning to standard error, also if quiet.
    pub(super) fn warning(&self, text: &str) {
        let _ = writeln!(
            anstream::stderr(),
            "{WARNING}warning{WARNING:#}: {}",
            self.told(text, "warning: ".len())
        );
    }

    /// Prints an error to standard error, with hints after it.
    pub(super) fn error(&self, text: &str, hints: &[String]) {
        let mut stderr = anstream::stderr();
        let _ = writeln!(
            stderr,
            "{ERROR}error{ERROR:#}: {}",
            self.told(text, "error: ".len())
        );
        for hint in hints {
            let _ = writeln!(stderr, "{HINT}hint{HINT:#}: {}", self.told(hint, "hint: ".len()));
        }
    }

    /// Prints a hint to standard error.
    pub(super) fn hint(&self, text: &str) {
        let _ = writeln!(
            anstream::stderr(),
            "{HINT}hint{HINT:#}: {}",
            self.told(text, "hint: ".len())
        );
    }

    /// Prints an error of a use case. Mistakes in files are shown with their source.
    pub(super) fn app_error(&self, error: &AppError) {
        match error.problems() {
            Some(problems) => {
                let drawn = drawn(self.error_canvas(), |canvas| problems.render_on(canvas));
                let _ = writeln!(io::stderr(), "{drawn}");
            }
            None => self.error(&error.to_string(), &error.hints()),
        }
    }
}

/// The result of writing to standard output. A closed pipe is no error: its reader has seen enough.
pub(super) fn unless_closed(written: Result<(), ReportError>) -> Result<(), AppError> {
    match written {
        Err(error) if error.is_closed_pipe() => Ok(()),
        written => Ok(written?),
    }
}

/// A drawing as it may be printed: with its colours where nothing else in it needs cleaning.
fn drawn(canvas: Canvas, draw: impl Fn(Canvas) -> String) -> String {
    let plain = draw(Canvas {
        colour: false,
        ..canvas
    });
    let cleaned = clean(&plain);
    match canvas.colour && cleaned == plain {
        true => draw(canvas),
        false => cleaned,
    }
}

/// Prints what clap says of the arguments: its help, or a mistake, which quotes them.
pub(super) fn print_usage(error: &clap::Error) {
    let plain = error.render().to_string();
    let cleaned = clean(&plain);
    match (cleaned == plain, error.use_stderr()) {
        // If it cannot be written, the exit code still tells.
        (true, true) => drop(error.print()),
        (false, true) => drop(write!(io::stderr(), "{cleaned}")),
        (true, false) => standard_output::note(error.print()),
        (false, false) => standard_output::note(write!(io::stdout(), "{cleaned}")),
    }
}

/// The columns of a terminal of this size, or those that the variable `COLUMNS` gives.
fn columns(size: Option<(Width, Height)>) -> Option<usize> {
    let given = variable("COLUMNS").and_then(|columns| columns.trim().parse().ok());
    given
        .filter(|columns| (NARROWEST..=WIDEST).contains(columns))
        .or_else(|| size.map(|(Width(columns), _)| usize::from(columns)))
}
