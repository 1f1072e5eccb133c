//! JSON in colours.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use crate::report::text_length;

const KEY: Style = AnsiColor::Cyan.on_default();
const TEXT: Style = AnsiColor::Green.on_default();
const NUMBER: Style = AnsiColor::Yellow.on_default();
const WORD: Style = AnsiColor::Magenta.on_default();

/// JSON as a library wrote it, with its parts in colours. A text that is a key is told by the colon after it.
pub(super) fn highlighted(json: &str) -> String {
    let mut out = String::with_capacity(json.len().saturating_mul(2));
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let (style, length) = match first {
            '"' => {
                let length = text_length(rest);
                let is_key = rest.get(length..).is_some_and(|after| after.starts_with(':'));
                (Some(if is_key { KEY } else { TEXT }), length)
            }
            '-' | '0'..='9' => (
                Some(NUMBER),
                length_while(rest, |c| "+-.eE0123456789".contains(c)),
            ),
            'a'..='z' => (Some(WORD), length_while(rest, |c| c.is_ascii_lowercase())),
            _ => (None, first.len_utf8()),
        };
        let (piece, after) = rest.split_at(length.min(rest.len()));
        match style {
            Some(style) => {
                let _ = write!(out, "{style}{piece}{style:#}");
            }
            None => out.push_str(piece),
        }
        rest = after;
    }
    out
}

fn length_while(text: &str, is: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is(c)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_colour_and_nothing_else_changes() {
        let json = serde_json::json!({ "a\"b": [1, -2.5e3, "x: \\", true, null], "ü": {} });
        let text = serde_json::to_string_pretty(&json).unwrap();
        let coloured = highlighted(&text);
        assert!(coloured.contains("\u{1b}[36m\"a\\\"b\"\u{1b}[0m"), "{coloured}");
        assert!(coloured.contains("\u{1b}[33m-2500.0\u{1b}[0m"), "{coloured}");
        assert!(coloured.contains("\u{1b}[35mnull\u{1b}[0m"), "{coloured}");
        let mut plain = coloured;
        for code in [
            "\u{1b}[36m",
            "\u{1b}[32m",
            "\u{1b}[33m",
            "\u{1b}[35m",
            "\u{1b}[0m",
        ] {
            plain = plain.replace(code, "");
        }
        assert_eq!(plain, text);
    }
}
