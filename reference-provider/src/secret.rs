//! A secret that comes from the environment and is never shown.

use std::fmt;

use sha2::{Digest, Sha256};

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a secret; None for an empty one.
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        (!text.is_empty()).then_some(Self(text))
    }

    /// Returns true if a text is the secret. The time that this takes says nothing about where they differ.
    pub(crate) fn is(&self, text: &[u8]) -> bool {
        Sha256::digest(&self.0) == Sha256::digest(text)
    }

    /// The text, for where it has to be sent or used.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_compared_and_not_printed() {
        let secret = Secret::new("sk_test_1").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret");
        assert!(secret.is(b"sk_test_1"));
        assert!(!secret.is(b"sk_test_") && !secret.is(b"sk_test_12") && !secret.is(b""));
        assert!(Secret::new("").is_none());
    }
}
