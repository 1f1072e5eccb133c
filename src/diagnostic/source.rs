//! A text with a name, and places in it.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// What some editors put at the start of a file to say that it is UTF-8.
pub const BYTE_ORDER_MARK: char = '\u{feff}';

/// A range of bytes in a source.
pub type Span = Range<usize>;

/// A file's text and the name under which people know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    name: String,
    text: String,
}

impl Source {
    /// Keeps `text` under `name`, usually a path relative to where the user stands. A byte order mark at its start is no part of it.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        let mut text = text.into();
        if text.starts_with(BYTE_ORDER_MARK) {
            text.drain(..BYTE_ORDER_MARK.len_utf8());
        }
        Arc::new(Self {
            name: name.into(),
            text,
        })
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line and column of a byte; one past the end counts as the end.
    pub fn place(&self, byte: usize) -> Place {
        let before = self.text.get(..self.boundary(byte)).unwrap_or_default();
        let last_line = before.rsplit('\n').next().unwrap_or_default();
        Place {
            line: before.matches('\n').count().saturating_add(1),
            column: last_line.chars().count().saturating_add(1),
        }
    }

    /// The last place where a character begins that is not after a byte.
    pub fn boundary(&self, byte: usize) -> usize {
        self.text.floor_char_boundary(byte)
    }

    /// The text from a byte on; nothing after the end, and all of a character in whose middle the byte is.
    pub fn tail(&self, byte: usize) -> &str {
        self.text.get(self.boundary(byte)..).unwrap_or_default()
    }

    /// The text of a range; nothing where there is no such range.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span).unwrap_or_default()
    }

    /// The byte at which the line of a byte begins.
    pub fn line_start(&self, byte: usize) -> usize {
        let before = self.text.get(..self.boundary(byte)).unwrap_or_default();
        let last_line = before.rsplit('\n').next().unwrap_or_default();
        before.len().saturating_sub(last_line.len())
    }

    /// The byte at a line and column, both counted from 1.
    pub fn byte_at(&self, line: usize, column: usize) -> usize {
        let start = match line {
            0 | 1 => 0,
            line => self
                .text
                .match_indices('\n')
                .nth(line.saturating_sub(2))
                .map_or(self.text.len(), |(at, _)| at.saturating_add(1)),
        };
        let rest = self.tail(start);
        let within = rest
            .char_indices()
            .nth(column.saturating_sub(1))
            .map_or(rest.len(), |(at, _)| at);
        start.saturating_add(within)
    }
}

/// A line and a column, both counted from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_passed_over_where_a_file_begins_and_kept_elsewhere() {
        let source = Source::new("a.yaml", "\u{feff}a: \u{feff}b\n");
        assert_eq!(source.text(), "a: \u{feff}b\n");
        assert_eq!(source.place(0), Place { line: 1, column: 1 });
    }

    #[test]
    fn places_and_bytes_are_each_others_inverse_across_wide_characters() {
        let source = Source::new("a.yaml", "žluť: 1\nkůň: 2\n");
        for (byte, _) in source.text().char_indices() {
            let place = source.place(byte);
            assert_eq!(source.byte_at(place.line, place.column), byte, "at {place}");
        }
        assert_eq!(source.place(999), Place { line: 3, column: 1 });
    }
}
