//! Tokens of publishers. They are random and long, so storing a plain hash is safe.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::model::{ProviderId, hex};
use crate::plan::{NameFilter, PatternError};

/// The prefix of every token. Secret scanners find a leaked token by it.
pub const TOKEN_PREFIX: &str = "phk_";

/// The SHA-256 of a token, in hex. A token has 256 random bits, so it cannot be found from its hash.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenHash(String);

impl TokenHash {
    /// The hash of a token.
    pub fn of(token: &str) -> Self {
        Self(hex(&Sha256::digest(token)))
    }

    /// A hash that was stored. None for a text that is none.
    pub fn stored(text: &str) -> Option<Self> {
        let is_hash = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_hash.then(|| Self(text.to_owned()))
    }

    /// The hash as it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of the token: the beginning of its hash.
    pub fn id(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenHash({})", self.id())
    }
}

/// Makes the text of a token of random bytes.
pub fn new_token(random: &[u8; 32]) -> String {
    format!("{TOKEN_PREFIX}{}", URL_SAFE_NO_PAD.encode(random))
}

/// A token as a registry keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// The id.
    pub id: String,
    /// The name of the publisher.
    pub publisher: String,
    /// Globs of the ids of the providers whose runs it may publish, at least one.
    pub providers: Vec<String>,
    /// The time at which it was made.
    pub created_at: DateTime<Utc>,
    /// The time from which on it is valid no more.
    pub expires_at: DateTime<Utc>,
    /// The time of its revocation. None for a valid token.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl TokenRecord {
    /// Returns true if the token has expired at `now`.
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        now >= self.expires_at
    }

    /// Returns true if the token may publish runs of a provider.
    ///
    /// # Errors
    ///
    /// One of its globs cannot be read.
    pub fn covers(&self, provider: &ProviderId) -> Result<bool, PatternError> {
        let filter = NameFilter::new(&self.providers)?;
        Ok(!self.providers.is_empty() && filter.takes(provider.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_told_by_its_hash_and_its_hash_does_not_hold_it() {
        let token = new_token(&[7; 32]);
        assert!(token.starts_with(TOKEN_PREFIX) && token.len() > 40, "{token}");
        let hash = TokenHash::of(&token);
        assert_eq!(hash, TokenHash::of(&token));
        assert_ne!(hash, TokenHash::of(&new_token(&[8; 32])));
        assert!(!format!("{hash:?}").contains(&token[4..]));
    }

    #[test]
    fn a_token_without_a_scope_speaks_of_nobody() {
        let record = |providers: &[&str]| TokenRecord {
            id: String::new(),
            publisher: String::new(),
            providers: providers.iter().map(|glob| (*glob).to_owned()).collect(),
            created_at: DateTime::UNIX_EPOCH,
            expires_at: DateTime::UNIX_EPOCH,
            revoked_at: None,
        };
        let provider: ProviderId = "bookio:first".parse().unwrap();
        assert!(record(&["other:*", "bookio:*"]).covers(&provider).unwrap());
        assert!(!record(&["other:*"]).covers(&provider).unwrap());
        assert!(!record(&[]).covers(&provider).unwrap());
    }
}
