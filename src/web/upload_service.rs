//! The service for publishers: it knows their tokens, limits their requests and takes their runs.

use std::time::Duration;

use chrono::{DateTime, Utc};
use governor::clock::MonotonicClock;

use super::rate_limits::RateLimits;
use crate::app::{AppError, Tokens, UploadReceiver};
use crate::model::{Clock, SystemClock};
use crate::publish::TokenRecord;

/// Admits publishers by their tokens, and takes the runs that they upload.
pub struct UploadService {
    tokens: Tokens,
    receiver: UploadReceiver,
    limits: RateLimits,
}

/// The reason why a request is not admitted.
#[derive(Debug, thiserror::Error)]
pub(super) enum AdmissionError {
    /// The request has no token, or one that is unknown or revoked.
    #[error("a publisher's token is needed")]
    NoToken,
    /// The token has expired.
    #[error("the token expired on {}: ask the registry for another one", .0.format("%Y-%m-%d"))]
    Expired(DateTime<Utc>),
    /// A rate limit is reached. Holds the time to wait, in whole seconds.
    #[error("too many requests: wait a little")]
    TooManyRequests(Duration),
    /// The tokens cannot be read.
    #[error(transparent)]
    App(#[from] AppError),
}

impl UploadService {
    /// A service for the publishers who have one of these tokens.
    pub fn new(tokens: Tokens, receiver: UploadReceiver) -> Self {
        Self {
            tokens,
            receiver,
            limits: RateLimits::new(MonotonicClock),
        }
    }

    /// Finds the token of a request and counts the request. Wrong tokens are counted too, so that they cannot be guessed.
    pub(super) fn admit(&self, bearer: Option<&str>) -> Result<TokenRecord, AdmissionError> {
        let token = match bearer {
            Some(text) => self.tokens.find(text)?,
            None => None,
        };
        let counted = match &token {
            Some(token) => self.limits.count_request(&token.id),
            None => self.limits.count_guess(),
        };
        counted.map_err(AdmissionError::TooManyRequests)?;
        let token = token.ok_or(AdmissionError::NoToken)?;
        match token.is_expired(SystemClock.now()) {
            true => Err(AdmissionError::Expired(token.expires_at)),
            false => Ok(token),
        }
    }

    /// The tokens, with the use of each.
    pub(super) fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// The part that takes runs.
    pub(super) fn receiver(&self) -> &UploadReceiver {
        &self.receiver
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::app::History;

    #[test]
    fn guessing_tokens_is_limited_and_does_not_lock_out_a_valid_token() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = Tokens::open(folder.path()).unwrap();
        let (_, text) = tokens
            .make(
                "Bookio",
                &["bookio:*".to_owned()],
                TimeDelta::days(1),
                SystemClock.now(),
            )
            .unwrap();
        let history = History::open(folder.path()).unwrap();
        let service = UploadService::new(tokens, UploadReceiver::new(folder.path(), history));
        let refused_for_rate = |guesses: usize| {
            (0..guesses)
                .map(|_| service.admit(Some("phk_guess")).unwrap_err())
                .filter(|error| matches!(error, AdmissionError::TooManyRequests(_)))
                .count()
        };
        assert_eq!(refused_for_rate(50), 0);
        assert!(refused_for_rate(50) > 0);
        assert!(service.admit(Some(&text)).is_ok());
    }
}
