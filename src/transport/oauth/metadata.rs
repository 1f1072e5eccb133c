//! The documents about a protected resource (RFC 9728) and an authorization server (RFC 8414, `OpenID` Connect Discovery).

use reqwest::Url;
use serde_json::{Map, Value};

use super::address::{covers, same_issuer};
use super::error::OauthError;
use super::fetch::Fetcher;

/// The most entries of a list that are read.
const MOST_LISTED: usize = 200;

/// The document about a server whose calls need a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ResourceMetadata {
    /// The name of the server, as tokens name it.
    pub(super) resource: String,
    pub(super) issuers: Vec<String>,
    pub(super) scopes: Vec<String>,
}

/// The document about an authorization server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ServerMetadata {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: Option<Url>,
    pub(super) token_endpoint: Option<Url>,
    pub(super) registration_endpoint: Option<Url>,
    pub(super) revocation_endpoint: Option<Url>,
    pub(super) scopes: Vec<String>,
    /// How a client may prove itself; None where it is not said.
    pub(super) auth_methods: Option<Vec<String>>,
    /// By what a client may sign; None where it is not said.
    pub(super) algorithms: Option<Vec<String>>,
    pub(super) challenge_methods: Vec<String>,
    pub(super) grants: Option<Vec<String>>,
    /// True if it names itself in what it sends to a callback (RFC 9207).
    pub(super) names_itself: bool,
    /// True if the name of a client may be the address of a document about it.
    pub(super) reads_clients: bool,
}

impl ResourceMetadata {
    /// Reads the document about `server`. It must be about that server, or about what it is a part of.
    pub(super) fn read(document: &Map<String, Value>, at: &Url, server: &Url) -> Result<Self, OauthError> {
        const WHAT: &str = "metadata of the resource";
        let wrong = |reason: String| OauthError::wrong(WHAT, at, reason);
        let resource = text(document, "resource").ok_or_else(|| wrong("names no `resource`".to_owned()))?;
        let named = Url::parse(&resource).ok().filter(|named| covers(named, server));
        if named.is_none() {
            return Err(wrong(format!("is about another server: {resource}")));
        }
        Ok(Self {
            resource,
            issuers: list(document, "authorization_servers").unwrap_or_default(),
            scopes: list(document, "scopes_supported").unwrap_or_default(),
        })
    }
}

impl ServerMetadata {
    /// Reads the document about `issuer`, which must name itself so.
    pub(super) fn read(
        document: &Map<String, Value>,
        at: &Url,
        issuer: &str,
        fetcher: &Fetcher,
    ) -> Result<Self, OauthError> {
        const WHAT: &str = "metadata of the authorization server";
        let wrong = |reason: String| OauthError::wrong(WHAT, at, reason);
        let named = text(document, "issuer").ok_or_else(|| wrong("names no `issuer`".to_owned()))?;
        if !same_issuer(&named, issuer) {
            return Err(wrong(format!("names another issuer, {named}, and not {issuer}")));
        }
        let endpoint = |key: &'static str| {
            let Some(value) = document.get(key).filter(|value| !value.is_null()) else {
                return Ok(None);
            };
            let url = value.as_str().and_then(|text| Url::parse(text).ok());
            let url = url.ok_or_else(|| wrong(format!("has a `{key}` that is no URL")))?;
            fetcher.check(key, &url)?;
            Ok(Some(url))
        };
        let flag = |key: &str| document.get(key) == Some(&Value::Bool(true));
        Ok(Self {
            authorization_endpoint: endpoint("authorization_endpoint")?,
            token_endpoint: endpoint("token_endpoint")?,
            registration_endpoint: endpoint("registration_endpoint")?,
            revocation_endpoint: endpoint("revocation_endpoint")?,
            scopes: list(document, "scopes_supported").unwrap_or_default(),
            auth_methods: list(document, "token_endpoint_auth_methods_supported"),
            algorithms: list(document, "token_endpoint_auth_signing_alg_values_supported"),
            challenge_methods: list(document, "code_challenge_methods_supported").unwrap_or_default(),
            grants: list(document, "grant_types_supported"),
            names_itself: flag("authorization_response_iss_parameter_supported"),
            reads_clients: flag("client_id_metadata_document_supported"),
            issuer: named,
        })
    }
}

pub(super) fn text(document: &Map<String, Value>, key: &str) -> Option<String> {
    document.get(key)?.as_str().map(str::to_owned)
}

fn list(document: &Map<String, Value>, key: &str) -> Option<Vec<String>> {
    let items = document.get(key)?.as_array()?;
    let texts = items.iter().take(MOST_LISTED).filter_map(Value::as_str);
    Some(texts.map(str::to_owned).collect())
}
