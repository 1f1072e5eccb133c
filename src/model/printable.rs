//! The cleaner: makes text that others wrote safe to print, on a terminal or on a page.

use std::io;

/// Returns true if a character could move the cursor, hide text or turn its direction.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        )
        || matches!(c, '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0d}' | '\u{feff}' | '\u{ffa0}')
        || matches!(c, '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}')
        || matches!(c, '\u{e0000}'..='\u{e0fff}')
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

/// JSON that is still the same JSON, with every unsafe character in it as an escape of its own. `json` is JSON as a library wrote it: what
/// is unsafe stands within its texts.
pub fn printable_json(json: &str) -> String {
    let mut printable = String::with_capacity(json.len());
    push_printable(&mut printable, json);
    printable
}

/// A JSON text of one line as readers of YAML take it. JSON writes a character beyond the first plane as two escapes, which YAML does not know.
pub fn printable_yaml(json: &str) -> String {
    let mut printable = String::with_capacity(json.len());
    for c in json.chars() {
        match u32::from(c) {
            code if is_unsafe(c) && code > 0xffff => printable.extend([format!("\\U{code:08x}")]),
            code if is_unsafe(c) => printable.extend([format!("\\u{code:04x}")]),
            _ => printable.push(c),
        }
    }
    printable
}

fn push_printable(printable: &mut String, json: &str) {
    for c in json.chars() {
        if c != '\n' && is_unsafe(c) {
            let mut units = [0; 2];
            let units = c.encode_utf16(&mut units).iter();
            printable.extend(units.map(|unit| format!("\\u{unit:04x}")));
        } else {
            printable.push(c);
        }
    }
}

/// Makes JSON printable while a library writes it, so that no long text of it is held. Call `flush` at the end.
#[derive(Debug)]
pub struct PrintableJson<W: io::Write> {
    out: W,
    /// The bytes that are not written yet.
    waiting: Vec<u8>,
}

impl<W: io::Write> PrintableJson<W> {
    /// The most bytes that wait for more.
    const MOST_WAITING: usize = 32 * 1024;

    /// A writer that writes printable JSON to another.
    pub fn new(out: W) -> Self {
        Self {
            out,
            waiting: Vec::with_capacity(Self::MOST_WAITING),
        }
    }

    /// Writes what waits, but for the beginning of a character at its end.
    fn write_waiting(&mut self) -> io::Result<()> {
        let whole = match std::str::from_utf8(&self.waiting) {
            Ok(text) => text,
            Err(error) if error.error_len().is_some() => {
                return Err(io::Error::new(io::ErrorKind::InvalidData, error));
            }
            Err(error) => std::str::from_utf8(&self.waiting[..error.valid_up_to()]).unwrap_or_default(),
        };
        let mut printable = String::with_capacity(whole.len());
        push_printable(&mut printable, whole);
        let end = whole.len();
        self.out.write_all(printable.as_bytes())?;
        self.waiting.drain(..end);
        Ok(())
    }
}

impl<W: io::Write> io::Write for PrintableJson<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= Self::MOST_WAITING {
            self.write_waiting()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_waiting()?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

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
    fn json_made_printable_is_the_same_json() {
        let value = serde_json::json!({ "a\u{202e}": "\u{1b}\u{9b}\u{e0001}é\n" });
        let printable = printable_json(&value.to_string());
        assert_eq!(printable, r#"{"a\u202e":"\u001b\u009b\udb40\udc01é\n"}"#);
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&printable).unwrap(),
            value
        );
        let pretty = printable_json(&format!("{value:#}"));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&pretty).unwrap(), value);
    }

    #[test]
    fn yaml_has_one_escape_a_character() {
        let value =
            serde_json::json!("flag \u{1f3f4}\u{e0067}\u{e0062}, \u{fffe}\u{ffff}\u{85}\u{2028}\\u\n");
        let yaml = printable_yaml(&value.to_string());
        assert_eq!(
            yaml,
            "\"flag \u{1f3f4}\\U000e0067\\U000e0062, \\ufffe\\uffff\\u0085\\u2028\\\\u\\n\""
        );
        assert_eq!(serde_saphyr::from_str::<serde_json::Value>(&yaml).unwrap(), value);
    }

    #[test]
    fn json_is_made_printable_as_it_is_written_wherever_the_pieces_end() {
        let value = serde_json::json!({ "a\u{202e}": "\u{1b}\u{9b}\u{e0001}é\n".repeat(9_000) });
        let json = value.to_string();
        for piece in [1, 3, 5, 40_000] {
            let mut out = Vec::new();
            let mut writer = PrintableJson::new(&mut out);
            for bytes in json.as_bytes().chunks(piece) {
                writer.write_all(bytes).unwrap();
            }
            writer.flush().unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), printable_json(&json));
        }
    }
}
