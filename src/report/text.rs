//! Prepares text that others wrote for a terminal: cleans, measures, cuts and wraps it.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Returns true if a character could move the cursor, hide text or turn its direction.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Spells out every control and invisible character but the end of a line; tabs become spaces.
pub fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\n' => cleaned.push(c),
            '\t' => cleaned.push(' '),
            c if is_unsafe(c) => cleaned.extend(c.escape_unicode()),
            c => cleaned.push(c),
        }
    }
    cleaned
}

/// The first line of a text that others wrote, cleaned and cut to at most `cap` characters.
pub fn one_line(text: &str, cap: usize) -> String {
    let line = clean(
        text.lines()
            .find(|line| !line.trim().is_empty())
            .unwrap_or_default()
            .trim(),
    );
    match line.char_indices().nth(cap) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// JSON on one line that is still the same JSON, with every unsafe character as an escape of its own.
pub(super) fn safe_json(value: &serde_json::Value) -> String {
    let escape = |c: char| {
        let mut units = [0; 2];
        c.encode_utf16(&mut units)
            .iter()
            .map(|unit| format!("\\u{unit:04x}"))
            .collect()
    };
    value
        .to_string()
        .chars()
        .map(|c| if is_unsafe(c) { escape(c) } else { c.to_string() })
        .collect()
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
    fn nothing_that_moves_a_cursor_or_hides_text_is_left() {
        let hostile = "a\u{1b}[2Jb\rc\u{9b}31m\u{7f}\u{202e}d\te\u{200b}\nf\r\ng";
        insta::assert_snapshot!(clean(hostile), @r"
        a\u{1b}[2Jb\u{d}c\u{9b}31m\u{7f}\u{202e}d e\u{200b}
        f
        g
        ");
    }

    #[test]
    fn one_line_is_the_first_that_says_something() {
        assert_eq!(one_line("\n  first\nsecond", 80), "first");
        assert_eq!(one_line("abcdef", 3), "abc…");
        assert_eq!(one_line("", 3), "");
    }

    #[test]
    fn json_made_safe_is_the_same_json() {
        let value = serde_json::json!({ "a\u{202e}": "\u{1b}\u{9b}\u{e0001}é" });
        let safe = safe_json(&value);
        assert_eq!(safe, r#"{"a\u202e":"\u001b\u009b\udb40\udc01é"}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }

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
