//! Prepares text for a terminal: measures, cuts and wraps it.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub use crate::model::{clean, one_line};

/// JSON on one line that is still the same JSON, with every unsafe character as an escape of its own.
pub(super) fn safe_json(value: &serde_json::Value) -> String {
    crate::model::printable_json(&value.to_string())
}

/// The columns that a text takes.
pub(super) fn width_of(text: &str) -> usize {
    text.width()
}

/// Cuts a text to at most `width` columns; an ellipsis stands for its middle, for names differ at both ends.
pub(super) fn squeeze(text: &str, width: usize) -> String {
    if width_of(text) <= width {
        return text.to_owned();
    }
    let Some(room) = width.checked_sub(1) else {
        return String::new();
    };
    let head = take(text.chars(), room.div_ceil(2));
    let tail: String = take(text.chars().rev(), room / 2).chars().rev().collect();
    format!("{head}…{tail}")
}

/// Cuts a name of two parts, `platform:tenant` or `tool/test`, to at most `width` columns: first the part that many share.
pub(super) fn squeeze_name(text: &str, width: usize) -> String {
    if width_of(text) <= width {
        return text.to_owned();
    }
    let Some(at) = text.find(['/', ':']) else {
        return squeeze(text, width);
    };
    let (shared, own) = (&text[..at], &text[at + 1..]);
    match width.checked_sub(width_of(own)) {
        None => squeeze(own, width),
        // A shared part of less than a few letters is of no use.
        Some(0..5) => own.to_owned(),
        Some(room) => format!("{}…{}", take(shared.chars(), room - 2), &text[at..]),
    }
}

fn take(chars: impl Iterator<Item = char>, width: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= width
        })
        .collect()
}

/// Breaks a cleaned text into lines of at most `width` columns: at spaces, and within a word where it is longer than that.
pub fn wrap(text: &str, width: Option<usize>) -> Vec<String> {
    let Some(width) = width.map(|width| width.max(1)) else {
        return text.lines().map(|line| line.trim_end().to_owned()).collect();
    };
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut current = String::new();
        for word in line.split_inclusive(' ') {
            if width_of(&current) + width_of(word.trim_end()) > width && !current.is_empty() {
                lines.push(std::mem::take(&mut current).trim_end().to_owned());
            }
            for c in word.chars() {
                // A space that does not fit would be trimmed from the end of the line anyway.
                if width_of(&current) + c.width().unwrap_or(0) > width && c != ' ' {
                    lines.push(std::mem::take(&mut current).trim_end().to_owned());
                }
                current.push(c);
            }
        }
        lines.push(current.trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cut_in_its_middle_by_columns() {
        assert_eq!(squeeze("rejects_unknown_service", 15), "rejects…service");
        assert_eq!(squeeze("short", 15), "short");
        assert_eq!(squeeze("日本語日本語", 7), "日…語");
        assert_eq!(squeeze("abc", 1), "…");
        assert_eq!(squeeze("abc", 0), "");
    }

    #[test]
    fn of_a_name_in_two_parts_the_shared_part_goes_first() {
        let cut = |width| squeeze_name("create_booking/happy_path", width);
        assert_eq!(cut(25), "create_booking/happy_path");
        assert_eq!(cut(20), "create_b…/happy_path");
        assert_eq!(cut(15), "cre…/happy_path");
        assert_eq!(cut(14), "happy_path");
        assert_eq!(cut(7), "hap…ath");
        assert_eq!(squeeze_name("happy_path", 7), "hap…ath");
    }

    #[test]
    fn text_is_wrapped_at_spaces_and_long_words_are_broken() {
        assert_eq!(wrap("aa bb cc", Some(5)), ["aa bb", "cc"]);
        assert_eq!(wrap("a bbbbbbbb c", Some(4)), ["a", "bbbb", "bbbb", "c"]);
        assert_eq!(wrap("日本語 日本", Some(5)), ["日本", "語", "日本"]);
        assert_eq!(wrap("a very long line", None), ["a very long line"]);
        assert_eq!(wrap("a\n\nb", Some(5)), ["a", "", "b"]);
    }

    proptest::proptest! {
        #[test]
        fn no_wrapped_line_is_wider_than_asked(text in "\\PC{0,60}", width in 2usize..20) {
            for line in wrap(&clean(&text), Some(width)) {
                assert!(width_of(&line) <= width, "{line:?} is wider than {width}");
            }
        }
    }
}
