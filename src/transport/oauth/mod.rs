//! Tokens of authorization servers (OAuth 2.1 as MCP has it): which server gives them, how it is asked, and their renewal.
//!
//! It owns discovery (RFC 9728, RFC 8414, `OpenID`), the registration of a client (RFC 7591), and every request to an authorization
//! server. Those go to https or to this machine only, follow no redirect with a credential, and are read up to a cap. It refuses to know
//! where a browser is, and keeps nothing itself.

mod address;
mod challenge;
mod client;
mod discovery;
mod error;
mod fetch;
mod grant;
mod guard;
mod jwt;
mod kept;
mod metadata;
mod pkce;
mod registration;
mod server;
mod source;
mod token;

pub use address::is_secure;
pub use client::Client;
pub use discovery::{Discovered, Wanted};
pub use error::OauthError;
pub use grant::Tokens;
pub use guard::GuardRule;
pub use kept::{name_of, with_tokens};
pub use pkce::{Callback, Pending};
pub use server::AuthorizationServer;

pub(super) use challenge::advice;
pub(super) use client::Proof;
pub(super) use fetch::Fetcher;
pub(super) use guard::look;
pub(super) use jwt::SigningKey;
pub(super) use kept::{login_of, not_logged_in, revoke};
pub(super) use source::{Replaced, TokenSource, Way};
pub(super) use token::Token;
