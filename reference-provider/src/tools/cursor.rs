//! Where a page of a listing ended. Whoever asks gets it as a text that says nothing, and gives it back for the next page.

/// The last entry of a page: the instant by which the listing is ordered, and the place in the order of making.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) at_ms: i64,
    pub(super) seq: i64,
}

impl Cursor {
    /// What was written; `None` for any other text.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (at, seq) = text.split_once('.')?;
        let number = |text| i64::from_str_radix(text, 16).ok();
        Some(Self {
            at_ms: number(at)?,
            seq: number(seq)?,
        })
    }

    pub(super) fn written(self) -> String {
        format!("{:x}.{:x}", self.at_ms, self.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_nothing_else_is() {
        let cursor = Cursor {
            at_ms: 1_900_000_000_000,
            seq: 17,
        };
        assert_eq!(Cursor::read(&cursor.written()), Some(cursor));
        for text in ["", ".", "1", "1.", "not a cursor", "1.2.3"] {
            assert_eq!(Cursor::read(text), None, "{text}");
        }
    }
}
