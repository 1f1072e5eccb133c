//! The digest of a published version.

use sha2::{Digest, Sha256};

use crate::diagnostic::BYTE_ORDER_MARK;
use crate::model::hex;

/// SHA-256 over the named files in the order given, in hexadecimal digits.
///
/// Each file goes in as a line with its name and its length in bytes, then its bytes as they are, then a line feed: so no two sets
/// of files run together, and line endings count.
pub(super) fn of(files: &[(&str, &str)]) -> String {
    let mut hash = Sha256::new();
    for (name, text) in files {
        hash.update(format!("{name} {}\n", text.len()));
        hash.update(text);
        hash.update("\n");
    }
    hex(&hash.finalize())
}

/// Returns true if a text has line ends or a byte order mark as editors and git put them in by themselves.
pub(super) fn is_rewritten(text: &str) -> bool {
    text.starts_with(BYTE_ORDER_MARK) || text.contains('\r')
}

/// The text with line feeds alone, and without a byte order mark.
pub(super) fn plain(text: &str) -> String {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    text.replace("\r\n", "\n").replace('\r', "\n")
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn the_digest_is_that_of_the_framed_bytes() {
        // printf 'a 1\nx\nb 0\n\n' | sha256sum
        assert_eq!(
            of(&[("a", "x"), ("b", "")]),
            "8c324b40be66061c1706f3c8466dd5f4a2418b0d8766ba62b01bfa9c45b71a39"
        );
    }

    #[test]
    fn names_lengths_and_line_endings_count() {
        let digest = of(&[("a", "x\n"), ("b", "y")]);
        assert_ne!(digest, of(&[("a", "x"), ("b", "\ny")]));
        assert_ne!(digest, of(&[("a", "x\r\n"), ("b", "y")]));
        assert_ne!(digest, of(&[("a", "x\n"), ("c", "y")]));
    }
}
