//! The place where a page of a list ended. A caller gets it as an opaque text, and sends it for the next page.

use crate::store::Booking;

/// The last entry of a page: the instant by which the listing is ordered, and the place in the order of making.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) at_ms: i64,
    pub(crate) seq: i64,
}

impl Cursor {
    /// Reads a text that [`Cursor::written`] made; `None` for any other text.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (at, seq) = text.split_once('.')?;
        let number = |text| i64::from_str_radix(text, 16).ok();
        Some(Self {
            at_ms: number(at)?,
            seq: number(seq)?,
        })
    }

    /// The cursor after a booking, which comes with its place in the order of making.
    pub(super) fn of_booking((seq, booking): &(i64, Booking)) -> Self {
        Self {
            at_ms: booking.slot.start.timestamp_millis(),
            seq: *seq,
        }
    }

    pub(crate) fn written(self) -> String {
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
