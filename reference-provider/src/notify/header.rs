//! The values of headers that hold what somebody else chose: a name before an address, a subject. It owns their encoding (RFC 5322, and
//! RFC 2047 for whatever is not plain), so that each comes back as it was, and it refuses nothing: every text has a value.

use std::fmt::Write;

/// The longest name that is written as it is, in characters; a longer one is folded, for which it has to be encoded.
const LONGEST_PLAIN: usize = 40;

/// The characters of one encoded word, less those around them: a line has no more than 76, behind the name of its header too.
const LONGEST_WORD: usize = 52;

/// What separates two lines of one header.
const FOLD: &str = "\r\n ";

/// A mailbox: a name and an address. The name is one line.
pub(super) fn mailbox(name: &str, address: &str) -> String {
    let is_atom = |char: char| char.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(char);
    if name.is_empty() {
        return format!("<{address}>");
    }
    if !is_plain(name) || name.chars().count() > LONGEST_PLAIN {
        return format!("{}{FOLD}<{address}>", encoded_words(name));
    }
    if name.chars().all(is_atom) {
        return format!("{name} <{address}>");
    }
    let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{quoted}\" <{address}>")
}

/// A text such as a subject, where it is not plain.
pub(super) fn text(text: &str) -> Option<String> {
    (!is_plain(text)).then(|| encoded_words(text))
}

/// Returns true for a text of ASCII that can be shown and that nobody takes for an encoded word.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && !text.contains("=?") && !text.starts_with(' ')
}

/// A text as encoded words, a line each, in the shorter of the two encodings. Readers join them without what is between.
fn encoded_words(text: &str) -> String {
    let long = text.chars().map(|char| quoted(char).len()).sum::<usize>();
    let in_base64 = text.len().div_ceil(3).saturating_mul(4) < long;
    let (most, size): (usize, fn(char) -> usize) = match in_base64 {
        true => (LONGEST_WORD / 4 * 3, char::len_utf8),
        false => (LONGEST_WORD, |char| quoted(char).len()),
    };
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut length: usize = 0;
        let fits = |(_, char): &(usize, char)| {
            length = length.saturating_add(size(*char));
            length <= most
        };
        let end = rest.char_indices().take_while(fits).last();
        let end = end.map_or(rest.len(), |(at, char)| at.saturating_add(char.len_utf8()));
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        words.push(match in_base64 {
            true => format!("=?utf-8?b?{}?=", base64(word.as_bytes())),
            false => format!("=?utf-8?q?{}?=", word.chars().map(quoted).collect::<String>()),
        });
        rest = after;
    }
    words.join(FOLD)
}

/// A character in the encoding that leaves letters as they are.
fn quoted(char: char) -> String {
    match char {
        ' ' => "_".to_owned(),
        char if char.is_ascii_alphanumeric() => char.to_string(),
        char => {
            let mut codes = String::new();
            for byte in char.encode_utf8(&mut [0; 4]).bytes() {
                // Writing into a text does not fail.
                let _ = write!(codes, "={byte:02X}");
            }
            codes
        }
    }
}

/// Bytes in base64.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let at = |place: usize| u32::from(three.get(place).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for (place, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let digit = usize::try_from(bits >> shift & 63)
                .ok()
                .and_then(|digit| DIGITS.get(digit));
            text.push(
                digit
                    .filter(|_| place <= three.len())
                    .map_or('=', |digit| char::from(*digit)),
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_plain_quoted_or_encoded() {
        for (name, expected) in [
            ("Ada", "Ada <a@b.example>"),
            ("Ada Lovelace", "\"Ada Lovelace\" <a@b.example>"),
            ("O'Brien, Jr.", "\"O'Brien, Jr.\" <a@b.example>"),
            ("a \"b\" \\c", "\"a \\\"b\\\" \\\\c\" <a@b.example>"),
            ("Zoë", "=?utf-8?q?Zo=C3=AB?=\r\n <a@b.example>"),
            ("=?x?q?y?=", "=?utf-8?b?PT94P3E/eT89?=\r\n <a@b.example>"),
            ("", "<a@b.example>"),
        ] {
            assert_eq!(mailbox(name, "a@b.example"), expected, "{name}");
        }
    }

    #[test]
    fn base64_is_padded() {
        for (bytes, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), expected);
        }
    }

    #[test]
    fn no_line_is_too_long_and_no_letter_is_cut() {
        for name in [
            "漢".repeat(200),
            "x".repeat(200),
            "\"".repeat(200),
            "a😀".repeat(100),
            "é a".repeat(60),
        ] {
            let value = format!("Subject: {}", mailbox(&name, "a@b.example"));
            assert!(value.split("\r\n").all(|line| line.len() <= 76), "{value}");
            let words: Vec<_> = value.split("=?utf-8?").skip(1).collect();
            let in_base64 = words[0].starts_with("b?");
            assert!(
                words.iter().all(|word| word.starts_with("b?") == in_base64),
                "{value}"
            );
            if in_base64 {
                let bytes = words.iter().map(|word| {
                    let digits = word[2..].split("?=").next().unwrap().trim_end_matches('=');
                    digits.len() * 3 / 4
                });
                assert_eq!(bytes.sum::<usize>(), name.len(), "{value}");
            }
        }
    }

    #[test]
    fn a_name_of_some_length_is_one_word() {
        // Some readers put a space between two words of a name.
        for name in ["Владимир Иванов", "Zoë O\u{2019}Brien-Müller", "山田太郎左衛門尉"]
        {
            assert_eq!(
                mailbox(name, "a@b.example").matches("=?utf-8?").count(),
                1,
                "{name}"
            );
        }
    }
}
