//! The token of each request to one provider, where an authorization server gives one, and what becomes of a call that is refused with it.

use std::sync::Arc;

use reqwest::Url;

use super::error::TransportError;
use super::head::Head;
use super::oauth::{Replaced, Token, TokenSource, advice};
use crate::model::Redactor;

/// The most times that a call is sent again with a token that another call has got meanwhile.
const MOST_OF_OTHERS: u32 = 4;

/// The way to the tokens for one provider.
pub(super) struct Bearer {
    /// The address of the provider.
    server: Box<str>,
    /// None for a provider whose authorization server is not asked.
    tokens: Option<Arc<TokenSource>>,
}

/// The tokens that one call was sent with after the first.
#[derive(Default)]
pub(super) struct Renewals {
    /// True if one was got for this call.
    own: bool,
    of_others: u32,
}

impl Bearer {
    pub(super) fn new(server: &Url, tokens: Option<Arc<TokenSource>>) -> Self {
        Self {
            server: server.as_str().into(),
            tokens,
        }
    }

    /// The redactor, which also replaces the tokens.
    pub(super) fn redactor(&self, redactor: Redactor) -> Redactor {
        match &self.tokens {
            Some(tokens) => redactor.with_vault(tokens.vault().clone()),
            None => redactor,
        }
    }

    /// The token of a request; None for a provider whose authorization server is not asked.
    pub(super) async fn token(&self) -> Result<Option<Arc<Token>>, TransportError> {
        let Some(tokens) = &self.tokens else {
            return Ok(None);
        };
        let token = tokens.token().await;
        token
            .map(Some)
            .map_err(|reason| TransportError::NotAsked(format!("there is no token to ask it with: {reason}")))
    }

    /// Adds to a refusal what to do about it.
    pub(super) fn advise(&self, head: &mut Head) {
        if matches!(head.status.as_u16(), 401 | 403) {
            head.advice = advice(&self.server, head.status, &head.headers);
        }
    }

    /// Returns true if there is another token in the place of one that a request was refused with, which was not tried yet. Else the
    /// refusal says why there is none.
    pub(super) async fn replaced(
        &self,
        token: &Arc<Token>,
        head: &mut Result<Head, TransportError>,
        renewals: &mut Renewals,
    ) -> bool {
        let (Some(tokens), Ok(head)) = (&self.tokens, head) else {
            return false;
        };
        if !matches!(head.status.as_u16(), 401 | 403) {
            token.works();
            return false;
        }
        let replaced = match renewals.own || renewals.of_others >= MOST_OF_OTHERS {
            true => Ok(Replaced::No),
            false => tokens.replace(token, head.status, &head.headers).await,
        };
        match replaced {
            Ok(Replaced::Now) => renewals.own = true,
            Ok(Replaced::Already) => renewals.of_others = renewals.of_others.saturating_add(1),
            Ok(Replaced::No) => {
                if head.status.as_u16() == 401 {
                    head.advice = Some("the token of the authorization server is refused".to_owned());
                }
                return false;
            }
            Err(reason) => {
                head.advice = Some(reason);
                return false;
            }
        }
        true
    }
}
