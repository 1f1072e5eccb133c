//! The end of what a child wrote to standard error, kept for messages.

use std::collections::VecDeque;

use parking_lot::Mutex;

/// The number of bytes that are kept.
const KEPT_BYTES: usize = 4 * 1024;

/// The number of characters of it that an error quotes.
const QUOTED: usize = 200;

/// Keeps the end of a stream.
#[derive(Debug, Default)]
pub(super) struct StderrTail(Mutex<VecDeque<u8>>);

impl StderrTail {
    /// Adds what came, and forgets what is too old.
    pub(super) fn add(&self, bytes: &[u8]) {
        let mut kept = self.0.lock();
        kept.extend(bytes.iter().skip(bytes.len().saturating_sub(KEPT_BYTES)));
        let excess = kept.len().saturating_sub(KEPT_BYTES);
        kept.drain(..excess);
    }

    /// All that is kept.
    pub(super) fn all(&self) -> Vec<u8> {
        let kept = self.0.lock();
        kept.iter().copied().collect()
    }

    /// The very last, on one line, to stand behind another text; nothing where the child was silent.
    pub(super) fn quoted(&self, redact: &dyn Fn(String) -> String) -> String {
        let text = redact(String::from_utf8_lossy(&self.all()).into_owned());
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            return String::new();
        }
        let skip = text.chars().count().saturating_sub(QUOTED);
        let cut = if skip > 0 { "…" } else { "" };
        let text: String = text.chars().skip(skip).collect();
        format!("; its last words: {:?}", format!("{cut}{text}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_is_kept_and_quoted() {
        let words = StderrTail::default();
        assert_eq!(words.quoted(&|text| text), "");
        words.add(b"first\n");
        words.add(&vec![b'x'; 3 * KEPT_BYTES]);
        words.add(b"\nthe end, tok-1234\n");
        assert_eq!(words.all().len(), KEPT_BYTES);
        let quoted = words.quoted(&|text| text.replace("tok-1234", "[redacted]"));
        assert!(
            quoted.starts_with("; its last words: \"…xxx") && quoted.ends_with("x the end, [redacted]\""),
            "{quoted}"
        );
    }
}
