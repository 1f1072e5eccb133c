//! A token, as it is sent, and when it ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::header::HeaderValue;

use super::error::OauthError;
use crate::model::Secret;

/// The longest time before its end at which a token is renewed.
const EARLY: Duration = Duration::from_secs(30);

/// A token, as it is sent.
#[derive(Debug)]
pub(in crate::transport) struct Token {
    pub(in crate::transport) header: HeaderValue,
    pub(super) secret: Secret,
    /// From when on it is renewed, and when it ends.
    pub(super) ends: Option<(Instant, Instant)>,
    /// True if it was got in the place of one that was refused.
    pub(super) is_second: bool,
    /// True once a call with it was let through.
    pub(super) worked: AtomicBool,
}

impl Token {
    pub(super) fn new(secret: &Secret, valid: Option<Duration>) -> Result<Self, OauthError> {
        let value = HeaderValue::from_str(&format!("Bearer {}", secret.expose()));
        let mut header = value.map_err(|_| OauthError::Own("the token fits no header".to_owned()))?;
        header.set_sensitive(true);
        let ends = valid.and_then(|valid| {
            let early = EARLY.min(valid.checked_div(5).unwrap_or_default());
            let now = Instant::now();
            Some((
                now.checked_add(valid.saturating_sub(early))?,
                now.checked_add(valid)?,
            ))
        });
        Ok(Self {
            header,
            secret: secret.clone(),
            ends,
            is_second: false,
            worked: AtomicBool::new(false),
        })
    }

    /// Notes that a call with it was let through.
    pub(in crate::transport) fn works(&self) {
        self.worked.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_fresh(&self) -> bool {
        self.ends.is_none_or(|(early, _)| Instant::now() < early)
    }

    pub(super) fn holds(&self) -> bool {
        self.ends.is_none_or(|(_, end)| Instant::now() < end)
    }
}
