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
        let mut byte = byte.min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        let before = &self.text[..byte];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Place {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// The byte at a line and column, both counted from 1.
    pub fn byte_at(&self, line: usize, column: usize) -> usize {
        let start = match line {
            0 | 1 => 0,
            line => self
                .text
                .match_indices('\n')
                .nth(line - 2)
                .map_or(self.text.len(), |(at, _)| at + 1),
        };
        let rest = &self.text[start..];
        start
            + rest
                .char_indices()
                .nth(column.saturating_sub(1))
                .map_or(rest.len(), |(at, _)| at)
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
