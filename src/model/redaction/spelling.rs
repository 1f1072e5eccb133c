//! The spellings of a secret that no undoing of escapes brings back to it: base64, hexadecimal, and the start of one that was cut.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// The least number of bytes of a cut spelling that is taken for the start of a secret, rather than for a word that begins so.
const SHORTEST_START: usize = 4;

/// The least number of characters of base64 within base64 that is looked for.
const SHORTEST_NESTED: usize = 12;

/// The number of bytes by which a spelling is found; what follows is compared then. So many are no accident.
const HEAD: usize = 32;

/// The mark behind a text that was cut.
const CUT: &str = "…";

/// A text by which a secret is found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spelling {
    /// The text by which it is found.
    pub(super) head: Vec<u8>,
    /// The text that follows in a spelling that is longer than its head.
    pub(super) rest: Vec<u8>,
    /// True if the character of base64 before it holds some bits of the secret.
    pub(super) wider_before: bool,
    /// True if the character of base64 behind it holds some bits of the secret.
    pub(super) wider_after: bool,
    /// The number of bytes at its end that belong to the mark of a cut.
    pub(super) mark: usize,
}

impl Spelling {
    fn plain(text: impl Into<Vec<u8>>) -> Self {
        let mut head: Vec<u8> = text.into();
        let rest = head.split_off(head.len().min(HEAD));
        Self {
            head,
            rest,
            wider_before: false,
            wider_after: false,
            mark: 0,
        }
    }

    fn whole(&self) -> Vec<u8> {
        [self.head.as_slice(), &self.rest].concat()
    }

    /// The starts of this spelling, each with the mark of a cut behind it.
    fn starts(&self) -> impl Iterator<Item = Self> + '_ {
        (SHORTEST_START..self.head.len()).map(|length| Self {
            head: [&self.head[..length], CUT.as_bytes()].concat(),
            rest: Vec::new(),
            wider_before: self.wider_before,
            wider_after: false,
            mark: CUT.len(),
        })
    }

    /// The range of the spelling in a text in which its head was found.
    pub(super) fn range(&self, text: &[u8], found: Range<usize>) -> Range<usize> {
        let (mut start, mut end) = (found.start, found.end.saturating_sub(self.mark));
        let behind = text.get(found.end..).unwrap_or_default().iter().zip(&self.rest);
        let same = behind
            .take_while(|(found, rest)| found.eq_ignore_ascii_case(rest))
            .count();
        end += same;
        let is_one = |at: usize| text.get(at).copied().is_some_and(is_base64);
        if self.wider_before && start.checked_sub(1).is_some_and(is_one) {
            start -= 1;
        }
        if self.wider_after && same == self.rest.len() && is_one(end) {
            end += 1;
        }
        start..end
    }
}

/// Every spelling of a secret.
pub(super) fn spellings(secret: &str) -> Vec<Spelling> {
    let mut all = vec![
        Spelling::plain(secret),
        Spelling::plain(crate::model::hex(secret.as_bytes())),
        Spelling::plain(secret.replace(' ', "+")),
    ];
    let encoded = in_base64(secret.as_bytes());
    let nested = encoded.iter().flat_map(|spelling| in_base64(&spelling.whole()));
    let nested: Vec<_> = nested
        .filter(|spelling| spelling.head.len() >= SHORTEST_NESTED)
        .collect();
    all.extend(encoded);
    let starts: Vec<_> = all.iter().flat_map(Spelling::starts).collect();
    all.extend(starts);
    all.extend(nested);
    all.sort();
    all.dedup();
    all
}

/// The characters of base64 that depend on these bytes alone, in both alphabets, for each place at which the bytes may stand in a longer
/// text: a character holds 6 bits, so each third place looks the same.
fn in_base64(bytes: &[u8]) -> Vec<Spelling> {
    let mut all = Vec::new();
    for before in 0..3_usize {
        let padded = [&vec![0; before], bytes].concat();
        let (bits_before, bits) = (before * 8, padded.len() * 8);
        let (from, to) = (bits_before.div_ceil(6), bits / 6);
        for text in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            if let Some(text) = text.as_bytes().get(from..to)
                && text.len() >= SHORTEST_START
            {
                all.push(Spelling {
                    wider_before: !bits_before.is_multiple_of(6),
                    wider_after: !bits.is_multiple_of(6),
                    ..Spelling::plain(text)
                });
            }
        }
    }
    all
}

/// Returns true for a character of either alphabet of base64.
fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base64_of_a_longer_text_holds_one_spelling_at_each_place() {
        let spelled = in_base64(b"hunter22");
        for before in 0..7 {
            let text = format!("{}hunter22 and more", "x".repeat(before));
            let encoded = STANDARD_NO_PAD.encode(text);
            let found = spelled.iter().any(|spelling| {
                let mut windows = encoded.as_bytes().windows(spelling.head.len());
                windows.any(|window| window == spelling.head)
            });
            assert!(found, "{before}: {encoded}");
        }
    }

    #[test]
    fn a_short_secret_has_no_spelling_of_a_few_characters() {
        for spelling in spellings("abcd") {
            assert!(spelling.head.len() - spelling.mark >= 4, "{spelling:?}");
        }
    }
}
