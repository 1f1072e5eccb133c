//! The undoing of escapes: of URLs (`%41`), JSON and Rust (`\u0041`, `\u{41}`, `\x41`, `\"`) and HTML (`&#65;`, `&quot;`).
//!
//! All at once and without regard to where a text comes from: the result is only searched.

use std::ops::Range;

/// A text without its escapes, and where each of its bytes stood.
#[derive(Debug, Default)]
pub(super) struct Unescaped {
    pub(super) bytes: Vec<u8>,
    /// The range of the source of each byte.
    places: Vec<(usize, usize)>,
    /// True if there was an escape.
    changed: bool,
}

impl Unescaped {
    /// Undoes one level of escapes. None where there is none.
    pub(super) fn of(source: &[u8]) -> Option<Self> {
        if !source.iter().any(|byte| matches!(byte, b'%' | b'\\' | b'&')) {
            return None;
        }
        let mut unescaped = Self::default();
        let mut at = 0;
        while let Some((&byte, rest)) = source.get(at..).and_then(<[u8]>::split_first) {
            let read = match byte {
                b'%' => percent(rest),
                b'\\' => backslash(rest),
                b'&' => entity(rest),
                _ => None,
            };
            let mut buffer = [byte, 0, 0, 0];
            let (bytes, length) = match read {
                Some((Escaped::Byte(byte), length)) => {
                    buffer[0] = byte;
                    (&buffer[..1], length)
                }
                Some((Escaped::Char(c), length)) => (c.encode_utf8(&mut buffer).as_bytes(), length),
                None => (&buffer[..1], 0),
            };
            let end = at + 1 + length;
            unescaped.changed |= length > 0;
            unescaped.places.extend(bytes.iter().map(|_| (at, end)));
            unescaped.bytes.extend(bytes);
            at = end;
        }
        unescaped.changed.then_some(unescaped)
    }

    /// The place in the source of a range of the text.
    pub(super) fn source_of(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let places = self.places.get(range.clone())?;
        Some(places.first()?.0..places.last()?.1)
    }
}

/// The meaning of an escape.
enum Escaped {
    Byte(u8),
    Char(char),
}

/// The meaning of an escape, with the number of bytes behind its first that belong to it.
type Read = Option<(Escaped, usize)>;

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn percent(rest: &[u8]) -> Read {
    let byte = u8::try_from(hexadecimal(rest.get(..2)?)?).ok()?;
    Some((Escaped::Byte(byte), 2))
}

fn backslash(rest: &[u8]) -> Read {
    let simple = |c| Some((Escaped::Char(c), 1));
    match rest.first()? {
        b'u' if rest.get(1) == Some(&b'{') => {
            let length = rest.iter().take(10).position(|byte| *byte == b'}')?;
            let c = char::from_u32(hexadecimal(rest.get(2..length)?)?)?;
            Some((Escaped::Char(c), length + 1))
        }
        b'u' => {
            let unit = hexadecimal(rest.get(1..5)?)?;
            if let Some(c) = char::from_u32(unit) {
                return Some((Escaped::Char(c), 5));
            }
            let low = rest
                .get(5..7)
                .filter(|next| next == b"\\u")
                .and(rest.get(7..11))?;
            let units = [u16::try_from(unit).ok()?, u16::try_from(hexadecimal(low)?).ok()?];
            let c = char::decode_utf16(units).next()?.ok()?;
            Some((Escaped::Char(c), 11))
        }
        b'x' => {
            let byte = u8::try_from(hexadecimal(rest.get(1..3)?)?).ok()?;
            Some((Escaped::Byte(byte), 3))
        }
        b'n' => simple('\n'),
        b'r' => simple('\r'),
        b't' => simple('\t'),
        b'b' => simple('\u{8}'),
        b'f' => simple('\u{c}'),
        b'0' => simple('\0'),
        byte @ (b'"' | b'\'' | b'\\' | b'/') => simple(char::from(*byte)),
        _ => None,
    }
}

fn entity(rest: &[u8]) -> Read {
    let end = rest.iter().take(10).position(|byte| *byte == b';')?;
    let name = rest.get(..end)?;
    let c = match name {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(hexadecimal(digits)?)?,
        [b'#', digits @ ..] => char::from_u32(std::str::from_utf8(digits).ok()?.parse().ok()?)?,
        _ => return None,
    };
    Some((Escaped::Char(c), end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undone(text: &str) -> String {
        Unescaped::of(text.as_bytes()).map_or_else(
            || text.to_owned(),
            |undone| String::from_utf8_lossy(&undone.bytes).into_owned(),
        )
    }

    #[test]
    fn escapes_of_urls_json_rust_and_html_are_undone() {
        assert_eq!(undone(r#"a%41%2f\u0042\u{43}\x44&#69;&#x46;\"\/"#), "aA/BCDEF\"/");
        assert_eq!(undone(r"\ud83d\ude00"), "😀");
        assert_eq!(undone("%F0%9f%98%80"), "😀");
        assert_eq!(undone("&amp;lt; &lt;"), "&lt; <");
    }

    #[test]
    fn what_is_no_escape_stays() {
        for text in [
            "100% \\q &c; &# \\u12 \\ud800 %",
            "\\",
            "&",
            "%4",
            "\\u{}",
            "\\u{110000}",
            "&#99999999;",
        ] {
            assert_eq!(undone(text), text);
        }
    }

    #[test]
    fn a_place_leads_back_to_all_of_its_escape() {
        let undone = Unescaped::of(br"x\u0041%42y").unwrap();
        assert_eq!(undone.bytes, b"xABy");
        assert_eq!(undone.source_of(&(1..3)), Some(1..10));
        assert_eq!(undone.source_of(&(0..4)), Some(0..11));
        assert_eq!(undone.source_of(&(4..5)), None);
    }
}
