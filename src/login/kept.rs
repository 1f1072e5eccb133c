//! What is kept of a login.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The format of the file.
pub(super) const FORMAT: &str = "proofhouse.login/1";

/// A login at one server. `Debug` shows no token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// `proofhouse.login/1`.
    pub format: String,
    /// The address of the server, as the person wrote it.
    pub server: String,
    /// The resource that the tokens are for.
    pub resource: String,
    /// The authorization server.
    pub issuer: String,
    /// Its address at which tokens are given.
    pub token_endpoint: String,
    /// Its address at which tokens are taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation_endpoint: Option<String>,
    /// The name under which it knows the client.
    pub client_id: String,
    /// The secret of the client, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// True if the secret is sent in the body and not in a header.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secret_in_body: bool,
    /// What the token may be used for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// The token that calls are sent with.
    pub access_token: String,
    /// The token that gets the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// The instant at which the access token ends, where the server has said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

impl Login {
    /// A login without tokens yet.
    pub fn new(
        server: String,
        resource: String,
        issuer: String,
        token_endpoint: String,
        client_id: String,
    ) -> Self {
        Self {
            format: FORMAT.to_owned(),
            server,
            resource,
            issuer,
            token_endpoint,
            revocation_endpoint: None,
            client_id,
            client_secret: None,
            secret_in_body: false,
            scopes: Vec::new(),
            access_token: String::new(),
            refresh_token: None,
            expires_at: None,
        }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("server", &self.server)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}
