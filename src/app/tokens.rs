//! The use cases of publishers' tokens: make, list, revoke.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::AppError;
use crate::plan::NameFilter;
use crate::publish::{TokenHash, TokenRecord, new_token};
use crate::store::{SqliteStore, TokenStore};

/// The tokens of a registry.
#[derive(Clone)]
pub struct Tokens {
    store: Arc<dyn TokenStore>,
}

impl Tokens {
    /// Opens the tokens of the registry in a folder, which is created if it does not exist.
    ///
    /// # Errors
    ///
    /// The folder or its database cannot be used.
    pub fn open(folder: &Path) -> Result<Self, AppError> {
        Ok(Self {
            store: Arc::new(SqliteStore::open(folder)?),
        })
    }

    /// Makes a token. Returns its record and its text; the text is stored nowhere.
    ///
    /// # Errors
    ///
    /// A glob is invalid, the system has no random bytes, or the token cannot be stored.
    pub fn make(
        &self,
        publisher: &str,
        providers: &[String],
        now: DateTime<Utc>,
    ) -> Result<(TokenRecord, String), AppError> {
        NameFilter::new(providers)?;
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(|error| AppError::Bug(error.to_string()))?;
        let text = new_token(&random);
        let hash = TokenHash::of(&text);
        let record = TokenRecord {
            id: hash.id().to_owned(),
            publisher: publisher.to_owned(),
            providers: providers.to_vec(),
            created_at: now,
            revoked_at: None,
        };
        self.store.insert_token(&hash, &record)?;
        Ok((record, text))
    }

    /// Every token, the oldest first.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn list(&self) -> Result<Vec<TokenRecord>, AppError> {
        Ok(self.store.tokens()?)
    }

    /// Finds a token by its text. None if it is unknown or revoked.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn find(&self, text: &str) -> Result<Option<TokenRecord>, AppError> {
        Ok(self.store.find_token(&TokenHash::of(text))?)
    }

    /// Revokes a token as of `now`.
    ///
    /// # Errors
    ///
    /// There is no valid token with this id, or the store cannot be written.
    pub fn revoke(&self, id: &str, now: DateTime<Utc>) -> Result<(), AppError> {
        if self.store.revoke_token(id, now)? {
            return Ok(());
        }
        Err(AppError::UnknownToken { id: id.to_owned() })
    }
}
