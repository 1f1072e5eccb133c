//! Signed notes (C2SP `signed-note`): a text with signatures in lines under it, by keys that have names.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::certificate::{LogKey, PrivateKey};

/// The most signature lines of a note that are read.
const MOST_SIGNATURES: usize = 64;

/// An error of a note.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The text is no signed note.
    #[error("it is no signed note: {0}")]
    Form(&'static str),
    /// The key did not sign it.
    #[error("`{0}` did not sign it")]
    Unsigned(String),
    /// A signature that is said to be of the key does not hold.
    #[error("the signature of `{0}` does not hold")]
    Broken(String),
}

/// Signs a text, which ends in a line feed, as a note.
pub(super) fn sign(log: &LogKey, text: &str, key: &PrivateKey) -> String {
    let signature = [&log.id()[..], &key.sign(text.as_bytes())].concat();
    format!("{text}\n\u{2014} {} {}\n", log.name(), STANDARD.encode(signature))
}

/// The text of a note that this key signed. Signatures of other keys are passed over.
pub(super) fn open<'n>(log: &LogKey, note: &'n str) -> Result<&'n str, NoteError> {
    if note.chars().any(|c| c.is_control() && c != '\n') {
        return Err(NoteError::Form("it has control characters"));
    }
    let (text, _) = note
        .rsplit_once("\n\n")
        .ok_or(NoteError::Form("it has no signatures"))?;
    // The text keeps its line feed; the empty line stands between the two.
    let (text, signatures) = note
        .split_at_checked(text.len().saturating_add(1))
        .ok_or(NoteError::Form("it has no signatures"))?;
    let signatures = signatures.strip_prefix('\n').unwrap_or(signatures);
    if !signatures.ends_with('\n') {
        return Err(NoteError::Form("its last line has no end"));
    }
    if signatures.lines().count() > MOST_SIGNATURES {
        return Err(NoteError::Form("it has too many signatures"));
    }
    let mut signed = false;
    for line in signatures.lines() {
        let line = line
            .strip_prefix("\u{2014} ")
            .ok_or(NoteError::Form("a line of a signature begins otherwise"))?;
        let (name, signature) = line
            .split_once(' ')
            .ok_or(NoteError::Form("a signature has no name"))?;
        let bytes = STANDARD
            .decode(signature)
            .map_err(|_| NoteError::Form("a signature is no base64"))?;
        let Some(signature) = bytes.strip_prefix(&log.id()).filter(|_| name == log.name()) else {
            continue;
        };
        let signature =
            <&[u8; 64]>::try_from(signature).map_err(|_| NoteError::Broken(log.name().to_owned()))?;
        if !log.public().verifies(text.as_bytes(), signature) {
            return Err(NoteError::Broken(log.name().to_owned()));
        }
        signed = true;
    }
    if signed {
        Ok(text)
    } else {
        Err(NoteError::Unsigned(log.name().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key and the note in the documentation of the package `golang.org/x/mod/sumdb/note`.
    const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
                        then you don't know what your problem is.\n\n\
                        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn a_note_of_another_program_is_opened_and_a_bent_one_is_not() {
        let key: LogKey = KEY.parse().unwrap();
        assert!(open(&key, NOTE).unwrap().ends_with("your problem is.\n"));
        let bent = NOTE.replace("answer", "Answer");
        assert_eq!(
            open(&key, &bent),
            Err(NoteError::Broken("PeterNeumann".to_owned()))
        );
        let other = NOTE.replace("PeterNeumann", "PaulNeumann");
        assert_eq!(
            open(&key, &other),
            Err(NoteError::Unsigned("PeterNeumann".to_owned()))
        );
        for wrong in [
            "",
            "x\n",
            "x\n\n",
            "x\n\n\u{2014} a\n",
            "x\n\nPeterNeumann x08g\n",
            &NOTE[..NOTE.len() - 1],
        ] {
            assert!(open(&key, wrong).is_err(), "{wrong}");
        }
    }
}
