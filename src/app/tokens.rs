//! The use cases of publishers' tokens: make, rotate, list, revoke, and count what they are used for.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::AppError;
use crate::plan::NameFilter;
use crate::publish::{QuotaError, TokenHash, TokenRecord, TokenUse, new_token};
use crate::store::{StorePlace, TokenStore, Wait};

/// The longest time for which a token is valid.
const LONGEST: TimeDelta = TimeDelta::days(366);

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
        Self::open_at(&StorePlace::of_folder(folder))
    }

    /// Opens the tokens of the registry whose store is at a place.
    ///
    /// # Errors
    ///
    /// The store cannot be used.
    pub fn open_at(place: &StorePlace) -> Result<Self, AppError> {
        Ok(Self { store: place.open()? })
    }

    /// Makes a token that is valid for some time. Returns its record and its text; the text is stored nowhere.
    ///
    /// # Errors
    ///
    /// A glob or the time is invalid, the system has no random bytes, or the token cannot be stored.
    pub fn make(
        &self,
        publisher: &str,
        providers: &[String],
        valid: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<(TokenRecord, String), AppError> {
        NameFilter::new(providers)?;
        if valid <= TimeDelta::zero() || valid > LONGEST {
            return Err(AppError::TokenValidity {
                days: LONGEST.num_days(),
            });
        }
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(|error| AppError::Bug(error.to_string()))?;
        let text = new_token(&random);
        let hash = TokenHash::of(&text);
        let record = TokenRecord {
            id: hash.id().to_owned(),
            publisher: publisher.to_owned(),
            providers: providers.to_vec(),
            created_at: now,
            expires_at: now + valid,
            revoked_at: None,
        };
        self.store.insert_token(&hash, &record).wait()?;
        Ok((record, text))
    }

    /// Makes a token of the same publisher and scope as the token `id`, and revokes that one. Returns the new token.
    ///
    /// # Errors
    ///
    /// There is no token with this id that is not revoked, or as for [`make`](Self::make).
    pub fn rotate(
        &self,
        id: &str,
        valid: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<(TokenRecord, String), AppError> {
        let all = self.store.tokens().wait()?;
        let old = all
            .iter()
            .find(|token| token.id == id && token.revoked_at.is_none())
            .ok_or_else(|| AppError::UnknownToken { id: id.to_owned() })?;
        let made = self.make(&old.publisher, &old.providers, valid, now)?;
        self.revoke(id, now)?;
        Ok(made)
    }

    /// Every token, the oldest first, with its use over all days.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn list(&self) -> Result<Vec<(TokenRecord, TokenUse)>, AppError> {
        let tokens = self.store.tokens().wait()?.into_iter();
        tokens
            .map(|token| {
                let used = self.store.token_use(&token.id, None).wait()?;
                Ok((token, used))
            })
            .collect()
    }

    /// Checks that a token may send so many `bytes` more today. None if it may.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn exceeded(
        &self,
        token: &TokenRecord,
        bytes: u64,
        now: DateTime<Utc>,
    ) -> Result<Option<QuotaError>, AppError> {
        let used = self.store.token_use(&token.id, Some(now.date_naive())).wait()?;
        Ok(used.check(bytes).err())
    }

    /// Counts stored runs and received bytes of a token.
    ///
    /// # Errors
    ///
    /// The store cannot be written.
    pub fn count(
        &self,
        token: &TokenRecord,
        runs: u64,
        bytes: u64,
        now: DateTime<Utc>,
    ) -> Result<(), AppError> {
        Ok(self.store.count_token_use(&token.id, now, runs, bytes).wait()?)
    }

    /// Finds a token by its text. None if it is unknown or revoked. It may have expired.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn find(&self, text: &str) -> Result<Option<TokenRecord>, AppError> {
        Ok(self.store.find_token(&TokenHash::of(text)).wait()?)
    }

    /// Revokes a token as of `now`.
    ///
    /// # Errors
    ///
    /// There is no valid token with this id, or the store cannot be written.
    pub fn revoke(&self, id: &str, now: DateTime<Utc>) -> Result<(), AppError> {
        if self.store.revoke_token(id, now).wait()? {
            return Ok(());
        }
        Err(AppError::UnknownToken { id: id.to_owned() })
    }
}
