//! A client, as an authorization server knows it, and how it proves itself.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use reqwest::header::HeaderValue;

use super::error::OauthError;
use super::jwt::SigningKey;
use super::metadata::ServerMetadata;
use crate::model::{Clock as _, Secret, SystemClock, encoded};

/// The kind of a signed statement (RFC 7523).
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A client of an authorization server.
#[derive(Debug, Clone)]
pub struct Client {
    pub(super) id: String,
    pub(super) proof: Proof,
}

/// What a client proves itself with.
#[derive(Debug, Clone)]
pub(in crate::transport) enum Proof {
    /// Nothing: its name is all there is.
    None,
    Secret {
        secret: Secret,
        /// Whether the secret goes into the body or into a header; None leaves that to the server.
        in_body: Option<bool>,
        /// True if the server takes it in the other place too, and does not say where it takes that of this client.
        is_open: bool,
    },
    Key(Arc<SigningKey>),
}

impl Proof {
    pub(in crate::transport) fn secret(secret: Secret, in_body: Option<bool>) -> Self {
        Self::Secret {
            secret,
            in_body,
            is_open: false,
        }
    }
}

impl Client {
    pub(in crate::transport) fn new(id: String, proof: Proof) -> Self {
        Self { id, proof }
    }

    /// A client without a secret.
    pub fn public(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            proof: Proof::None,
        }
    }

    /// A client with a secret. `in_body` says where the secret is sent; None leaves that to the server.
    pub fn with_secret(id: impl Into<String>, secret: Secret, in_body: Option<bool>) -> Self {
        Self {
            id: id.into(),
            proof: Proof::secret(secret, in_body),
        }
    }

    /// Its name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its secret, where it has one.
    pub fn secret(&self) -> Option<&Secret> {
        match &self.proof {
            Proof::Secret { secret, .. } => Some(secret),
            Proof::None | Proof::Key(_) => None,
        }
    }

    /// Returns true if its secret goes into the body.
    pub fn secret_in_body(&self) -> bool {
        matches!(
            &self.proof,
            Proof::Secret {
                in_body: Some(true),
                ..
            }
        )
    }

    /// The client with the place of its secret settled, by what the server takes.
    #[must_use]
    pub(super) fn settled(mut self, server: &ServerMetadata) -> Self {
        if let Proof::Secret { in_body, is_open, .. } = &mut self.proof
            && in_body.is_none()
        {
            let takes = |method: &str| {
                let methods = server.auth_methods.as_ref();
                methods.map(|methods| methods.iter().any(|known| known == method))
            };
            // What nothing is said of is taken in a header (RFC 8414, 2).
            let in_header = takes("client_secret_basic").unwrap_or(true);
            *is_open = in_header && takes("client_secret_post") == Some(true);
            *in_body = Some(!in_header);
        }
        self
    }

    /// The client, at a server of which nothing is known.
    #[must_use]
    pub(super) fn unsettled(mut self) -> Self {
        if let Proof::Secret { in_body, is_open, .. } = &mut self.proof {
            *is_open = in_body.is_none();
        }
        self
    }

    /// The client with its secret in the other place, where the server may take it there.
    pub(super) fn turned(&self) -> Option<Self> {
        match &self.proof {
            Proof::Secret {
                secret,
                in_body,
                is_open: true,
            } => Some(Self {
                id: self.id.clone(),
                proof: Proof::secret(secret.clone(), Some(*in_body != Some(true))),
            }),
            _ => None,
        }
    }

    /// What proves it, in a request for `audience`: a header, and fields of the form.
    pub(super) fn proven(&self, audience: &str) -> Result<Proven, OauthError> {
        let mut fields = vec![("client_id", self.id.clone())];
        let mut header = None;
        match &self.proof {
            Proof::None => {}
            Proof::Secret {
                secret,
                in_body: Some(true),
                ..
            } => fields.push(("client_secret", secret.expose().to_owned())),
            Proof::Secret { secret, .. } => {
                // Both are encoded before they are joined (RFC 6749, 2.3.1).
                let pair = format!("{}:{}", encoded(&self.id), encoded(secret.expose()));
                let value = format!("Basic {}", STANDARD.encode(pair));
                let value = HeaderValue::from_str(&value);
                header = Some(value.map_err(|error| OauthError::Own(error.to_string()))?);
                fields.clear();
            }
            Proof::Key(key) => {
                let assertion = key.assertion(&self.id, audience, SystemClock.now())?;
                fields.push(("client_assertion_type", ASSERTION.to_owned()));
                fields.push(("client_assertion", assertion));
            }
        }
        Ok(Proven { fields, header })
    }

    /// Refuses a server that does not take the signatures of this client's key.
    pub(super) fn fits(&self, server: &ServerMetadata) -> Result<(), OauthError> {
        let Proof::Key(key) = &self.proof else {
            return Ok(());
        };
        match &server.algorithms {
            Some(known) if !known.iter().any(|known| known == key.algorithm()) => Err(OauthError::Unfit {
                issuer: server.issuer.clone(),
                reason: format!(
                    "takes no signature by {}, only by {}",
                    key.algorithm(),
                    crate::model::one_line(&known.join(", "), 200)
                ),
            }),
            _ => Ok(()),
        }
    }
}

/// What proves a client in one request.
pub(super) struct Proven {
    pub(super) fields: Vec<(&'static str, String)>,
    pub(super) header: Option<HeaderValue>,
}

/// Where tokens are asked for.
#[derive(Debug, Clone)]
pub(super) struct TokenEndpoint {
    pub(super) url: Url,
    /// The name under which a signed statement addresses the server.
    pub(super) audience: String,
}
