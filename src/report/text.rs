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

/// The characters at which a long name is cut or broken rather than within a word.
const JOINTS: [char; 9] = ['_', '-', '.', '/', ':', '@', ',', ';', '='];

/// Cuts a text to at most `width` columns; an ellipsis stands for its middle, for names differ at both ends. Words stay whole where any does.
pub(super) fn squeeze(text: &str, width: usize) -> String {
    if width_of(text) <= width {
        return text.to_owned();
    }
    let Some(room) = width.checked_sub(1) else {
        return String::new();
    };
    let kept = |(head, tail): &(String, String)| width_of(head) + width_of(tail);
    let (by_tail, by_head) = (whole_ends(text, room, false), whole_ends(text, room, true));
    let (head, tail) = if kept(&by_head) > kept(&by_tail) {
        by_head
    } else {
        by_tail
    };
    if !head.is_empty() || !tail.is_empty() {
        return format!("{head}…{tail}");
    }
    let head = take(text.chars(), room.div_ceil(2));
    let tail: String = take(text.chars().rev(), room / 2).chars().rev().collect();
    format!("{head}…{tail}")
}

/// As many whole words of both ends as fit in `room` columns, a word of each end in turn.
fn whole_ends(text: &str, room: usize, head_first: bool) -> (String, String) {
    let words: Vec<&str> = text.split_inclusive(JOINTS).collect();
    let (mut first, mut last) = (0, words.len());
    let (mut head, mut tail) = (String::new(), String::new());
    let mut at_head = head_first;
    let mut idle = 0;
    while idle < 2 && first < last {
        let grown = match at_head {
            true => format!("{head}{}", words[first]),
            false => format!("{}{tail}", words[last - 1]),
        };
        // A joint before the ellipsis is left out.
        let fits = match at_head {
            true => width_of(grown.trim_end_matches(JOINTS)) + width_of(&tail) <= room,
            false => width_of(head.trim_end_matches(JOINTS)) + width_of(&grown) <= room,
        };
        idle = if fits { 0 } else { idle + 1 };
        match (fits, at_head) {
            (true, true) => (head, first) = (grown, first + 1),
            (true, false) => (tail, last) = (grown, last - 1),
            (false, _) => {}
        }
        at_head = !at_head;
    }
    (head.trim_end_matches(JOINTS).to_owned(), tail)
}

/// Cuts a name of two parts, `platform:tenant` or `tool/test`, to at most `width` columns: first the part that many share, by whole words.
pub(super) fn squeeze_name(text: &str, width: usize) -> String {
    if width_of(text) <= width {
        return text.to_owned();
    }
    let Some(at) = text.find(['/', ':']) else {
        return squeeze(text, width);
    };
    let (shared, own) = (&text[..at], &text[at + 1..]);
    let Some(room) = width.checked_sub(width_of(own)) else {
        return squeeze(own, width);
    };
    let mut kept = String::new();
    for word in shared.split_inclusive(JOINTS) {
        if width_of(&kept) + width_of(word.trim_end_matches(JOINTS)) + 2 > room {
            break;
        }
        kept.push_str(word);
    }
    match kept.trim_end_matches(JOINTS) {
        "" => own.to_owned(),
        kept => format!("{kept}…{}", &text[at..]),
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

/// Breaks a cleaned text into lines of at most `width` columns: at spaces, and a word that is longer than that at a joint of it, or else
/// anywhere.
pub fn wrap(text: &str, width: Option<usize>) -> Vec<String> {
    let Some(width) = width.map(|width| width.max(1)) else {
        return text.lines().map(|line| line.trim_end().to_owned()).collect();
    };
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut current = String::new();
        for mut word in line.split_inclusive(' ') {
            if width_of(&current) + width_of(word.trim_end()) > width && !current.trim_end().is_empty() {
                lines.push(std::mem::take(&mut current).trim_end().to_owned());
            }
            // An indentation stays before a word that is broken, unless it takes the room.
            if width_of(&current) * 2 >= width && current.trim_end().is_empty() {
                current.clear();
            }
            while width_of(&current) + width_of(word.trim_end()) > width && !word.trim_end().is_empty() {
                let (piece, rest) = word.split_at(break_of(word, width.saturating_sub(width_of(&current))));
                current.push_str(piece);
                lines.push(std::mem::take(&mut current).trim_end().to_owned());
                word = rest;
            }
            current.push_str(word);
        }
        lines.push(current.trim_end().to_owned());
    }
    lines
}

/// The byte at which a word is broken that is wider than `width` columns: after its last joint, if that is not near its beginning.
fn break_of(word: &str, width: usize) -> usize {
    let (mut used, mut anywhere, mut joint) = (0, 0, 0);
    for (at, c) in word.char_indices() {
        used += c.width().unwrap_or(0);
        let end = at + c.len_utf8();
        if used > width && anywhere > 0 {
            break;
        }
        anywhere = end;
        if JOINTS.contains(&c) && used <= width {
            joint = end;
        }
    }
    if joint * 3 > anywhere { joint } else { anywhere }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cut_in_its_middle_by_columns() {
        assert_eq!(squeeze("rejects_unknown_service", 15), "rejects…service");
        assert_eq!(squeeze("idempotency_window", 12), "idempotency…");
        assert_eq!(squeeze("short", 15), "short");
        assert_eq!(squeeze("日本語日本語", 7), "日…語");
        assert_eq!(squeeze("abc", 1), "…");
        assert_eq!(squeeze("abc", 0), "");
    }

    #[test]
    fn of_a_name_in_two_parts_the_shared_part_goes_first() {
        let cut = |width| squeeze_name("create_booking/happy_path", width);
        assert_eq!(cut(25), "create_booking/happy_path");
        assert_eq!(cut(20), "create…/happy_path");
        assert_eq!(cut(15), "happy_path");
        assert_eq!(cut(14), "happy_path");
        assert_eq!(cut(7), "happy…");
        assert_eq!(squeeze_name("happy_path", 7), "happy…");
        assert_eq!(squeeze_name("happiness", 7), "hap…ess");
    }

    #[test]
    fn text_is_wrapped_at_spaces_and_long_words_are_broken() {
        assert_eq!(wrap("aa bb cc", Some(5)), ["aa bb", "cc"]);
        assert_eq!(wrap("a bbbbbbbb c", Some(4)), ["a", "bbbb", "bbbb", "c"]);
        assert_eq!(wrap("日本語 日本", Some(5)), ["日本", "語", "日本"]);
        assert_eq!(
            wrap("at booking.create_booking/happy", Some(10)),
            ["at", "booking.", "create_", "booking/", "happy"]
        );
        assert_eq!(wrap("  {\"a\":1}", Some(5)), ["  {\"a", "\":1}"]);
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

        #[test]
        fn no_cut_name_is_wider_than_asked(text in "[a-z_:/@.-]{0,40}", width in 0usize..30) {
            assert!(width_of(&squeeze(&text, width)) <= width, "{text} {width}");
            assert!(width_of(&squeeze_name(&text, width)) <= width, "{text} {width}");
        }
    }
}
