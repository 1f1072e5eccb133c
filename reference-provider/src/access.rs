//! Who may call a provider, and where it may listen for them.
//!
//! A provider lists its customers to whoever calls its tools. So it listens on other addresses than those of this machine only where a
//! token is asked for, or where it was said that everybody may call.

use std::net::SocketAddr;

use axum::http::{HeaderMap, header};

use crate::error::Error;
use crate::secret::Secret;

/// Who may call the tools.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Access {
    /// Whoever is on this machine; the provider listens on its loopback interface only.
    #[default]
    Machine,
    /// Who sends this token: `Authorization: Bearer …`.
    Token(Secret),
    /// Everybody who reaches the address.
    Everybody,
}

impl Access {
    /// Refuses an address at which strangers would reach more than they should: the tools without a word about them, or those of the
    /// sandbox, which move clocks and show what went out.
    pub(crate) fn check(&self, address: SocketAddr, sandbox: bool) -> Result<(), Error> {
        if is_loopback(address) {
            return Ok(());
        }
        match self {
            Self::Machine => Err(Error::OffLoopback { address }),
            Self::Everybody if sandbox => Err(Error::SandboxForStrangers { address }),
            Self::Token(_) | Self::Everybody => Ok(()),
        }
    }

    /// Returns true if a request with these headers may call.
    pub(crate) fn admits(&self, headers: &HeaderMap) -> bool {
        match self {
            Self::Machine | Self::Everybody => true,
            Self::Token(token) => {
                let mut given = headers.get_all(header::AUTHORIZATION).iter();
                match (given.next(), given.next()) {
                    (Some(given), None) => bearer(given.as_bytes()).is_some_and(|given| token.is(given)),
                    _ => false,
                }
            }
        }
    }
}

/// Returns true if only this machine reaches the address, also where IPv6 spells one of IPv4.
pub(crate) fn is_loopback(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}

/// The token of `Bearer …` (RFC 6750, section 2.1); the name of the scheme may be in capitals (RFC 9110, section 11.1).
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(7)?;
    scheme
        .eq_ignore_ascii_case(b"bearer ")
        .then(|| token.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Access {
        Access::Token(Secret::new("s3cret").unwrap())
    }

    #[test]
    fn off_loopback_a_provider_needs_a_token_or_a_word_and_its_sandbox_a_token() {
        let check = |access: &Access, address: &str, sandbox| access.check(address.parse().unwrap(), sandbox);
        for near in ["127.0.0.1:1", "127.8.0.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
            assert!(check(&Access::Machine, near, true).is_ok(), "{near}");
        }
        for far in ["0.0.0.0:1", "[::]:1", "10.0.0.7:1", "[::ffff:10.0.0.7]:1"] {
            let refused = check(&Access::Machine, far, false);
            assert!(matches!(refused, Err(Error::OffLoopback { .. })), "{far}");
            assert!(check(&Access::Everybody, far, false).is_ok(), "{far}");
            let refused = check(&Access::Everybody, far, true);
            assert!(matches!(refused, Err(Error::SandboxForStrangers { .. })), "{far}");
            assert!(check(&token(), far, true).is_ok(), "{far}");
        }
    }

    #[test]
    fn one_header_with_the_whole_token_admits() {
        let admits = |given: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in given {
                headers.append(header::AUTHORIZATION, value.parse().unwrap());
            }
            token().admits(&headers)
        };
        assert!(admits(&["Bearer s3cret"]) && admits(&["bearer s3cret"]));
        for given in [
            &[][..],
            &["s3cret"],
            &["Bearer"],
            &["Bearer "],
            &["Bearer s3cre"],
            &["Bearer s3cret2"],
            &["Basic s3cret"],
            &["Bearer s3cret", "Bearer s3cret"],
        ] {
            assert!(!admits(given), "{given:?}");
        }
    }
}
