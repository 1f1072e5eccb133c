//! Lines for people: painted, indented, wrapped.

use std::io;

use anstyle::{AnsiColor, Style};

use super::Options;
use super::grid::{Column, lay_out};
use super::text::{clean, width_of, wrap};
use crate::model::plural;

/// The column at which the text of a field begins.
const FIELD: usize = 12;

/// The meaning of a painted text, from which its colour follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    Good,
    Bad,
    Doubt,
    Faint,
    Head,
}

impl Paint {
    fn style(self) -> Style {
        match self {
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Doubt => AnsiColor::Yellow.on_default(),
            Self::Faint => Style::new().dimmed(),
            Self::Head => Style::new().bold(),
        }
    }
}

/// A page that is being written.
pub(super) struct Page<'a> {
    out: &'a mut dyn io::Write,
    options: Options,
}

impl<'a> Page<'a> {
    pub(super) fn new(out: &'a mut dyn io::Write, options: Options) -> Self {
        Self { out, options }
    }

    pub(super) fn options(&self) -> Options {
        self.options
    }

    pub(super) fn empty(&mut self) -> io::Result<()> {
        self.out.write_all(b"\n")
    }

    /// A line that is already laid out and clean.
    pub(super) fn raw(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.out, "{line}")
    }

    /// Rows under their titles.
    pub(super) fn grid(&mut self, columns: &[Column], rows: &[Vec<String>]) -> io::Result<()> {
        for (at, line) in lay_out(columns, rows, self.options.width).iter().enumerate() {
            let line = match at {
                0 => self.paint(line, Paint::Faint),
                _ => line.clone(),
            };
            self.raw(&line)?;
        }
        Ok(())
    }

    pub(super) fn paint(&self, text: &str, paint: Paint) -> String {
        if self.options.colour {
            let style = paint.style();
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// A title: an empty line, then the words.
    pub(super) fn title(&mut self, text: &str) -> io::Result<()> {
        self.empty()?;
        self.lines(0, 0, text, Some(Paint::Head))
    }

    /// Wrapped text after `indent` spaces; lines after the first stand `hang` further in.
    pub(super) fn paragraph(&mut self, indent: usize, hang: usize, text: &str) -> io::Result<()> {
        self.lines(indent, hang, text, None)
    }

    /// Wrapped text, painted.
    pub(super) fn painted(&mut self, indent: usize, hang: usize, text: &str, paint: Paint) -> io::Result<()> {
        self.lines(indent, hang, text, Some(paint))
    }

    /// Says how many of `all` things are not shown, where only `limit` are.
    pub(super) fn rest(&mut self, all: usize, limit: usize, noun: &str) -> io::Result<()> {
        match all.checked_sub(limit) {
            None | Some(0) => Ok(()),
            Some(more) => self.paragraph(2, 2, &format!("… {}; --verbose shows all", plural(more, noun))),
        }
    }

    /// A field of an explanation: a label, then wrapped text beside it.
    pub(super) fn field(&mut self, label: &str, text: &str) -> io::Result<()> {
        let text = clean(text);
        let lines = wrap(&text, self.room(FIELD));
        let mut label = format!("  {label:<width$}", width = FIELD - 2);
        for line in lines {
            let label = std::mem::replace(&mut label, " ".repeat(FIELD));
            let label = self.paint(&label, Paint::Faint);
            let shown = format!("{label}{line}");
            self.raw(shown.trim_end())?;
        }
        Ok(())
    }

    /// The columns beside the label of a field. None where nothing is wrapped.
    pub(super) fn field_room(&self) -> Option<usize> {
        self.room(FIELD)
    }

    fn lines(&mut self, indent: usize, hang: usize, text: &str, paint: Option<Paint>) -> io::Result<()> {
        let text = clean(text);
        let mut indent = " ".repeat(indent);
        let further = format!("{indent}{}", " ".repeat(hang));
        // The first line is shorter by the hang too, so that one wrapping serves all lines.
        let lines = wrap(&text, self.room(width_of(&further)));
        for line in lines {
            let before = std::mem::replace(&mut indent, further.clone());
            let line = paint.map_or_else(|| line.clone(), |paint| self.paint(&line, paint));
            let shown = format!("{before}{line}");
            self.raw(shown.trim_end())?;
        }
        Ok(())
    }

    fn room(&self, used: usize) -> Option<usize> {
        /// Narrower than this, a word a line reads worse than a line too long.
        const NARROWEST: usize = 8;
        self.options
            .width
            .map(|width| width.saturating_sub(used).max(NARROWEST))
    }
}
