//! The settings of Stripe: its URL, and the secrets that come from the environment.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::secret::Secret;

/// The URL of the real Stripe.
const STRIPE: &str = "https://api.stripe.com";

/// The settings of Stripe.
#[derive(Debug, Clone)]
pub struct StripeOptions {
    /// The URL.
    pub url: StripeUrl,
    /// The key of the account: `sk_…`.
    pub key: Secret,
    /// The secret that signs its webhooks: `whsec_…`.
    pub webhook_secret: Secret,
}

/// An address that a key may be sent to: `https`, or `http` on the own machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripeUrl(String);

/// The reason why a key may not be sent to a URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not an address that a secret key may be sent to: it takes https, or http on the loopback interface"
)]
pub struct StripeUrlError(String);

impl StripeUrl {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for StripeUrl {
    fn default() -> Self {
        Self(STRIPE.to_owned())
    }
}

impl fmt::Display for StripeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for StripeUrl {
    type Err = StripeUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || StripeUrlError(text.to_owned());
        let url = reqwest::Url::parse(text).map_err(|_| wrong())?;
        let host = url.host_str().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let near = host == "localhost" || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        let safe = url.scheme() == "https" || (url.scheme() == "http" && near);
        if !safe
            || host.is_empty()
            || url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
        {
            return Err(wrong());
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_sent_over_https_or_to_the_own_machine_alone() {
        for good in [
            "https://api.stripe.com",
            "http://127.0.0.1:8420/",
            "http://localhost:8420",
            "http://[::1]:8420",
        ] {
            assert_eq!(
                good.parse::<StripeUrl>().unwrap().as_str(),
                good.trim_end_matches('/')
            );
        }
        for bad in [
            "http://api.stripe.com",
            "http://127.0.0.1.example.com",
            "ftp://localhost",
            "api.stripe.com",
            "https://me@api.stripe.com",
            "https://api.stripe.com?x",
            "",
        ] {
            assert!(bad.parse::<StripeUrl>().is_err(), "{bad}");
        }
    }
}
