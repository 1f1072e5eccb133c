//! From a server that wants a token to the authorization server that gives one.

use reqwest::Url;
use serde_json::json;

use super::address::{identifier, of_issuer, of_resource};
use super::challenge::Challenge;
use super::error::OauthError;
use super::fetch::Fetcher;
use super::metadata::{ResourceMetadata, ServerMetadata};

const RESOURCE: &str = "metadata of the resource";
const SERVER: &str = "metadata of the authorization server";

/// What is given by hand and need not be found.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// The authorization server.
    pub issuer: Option<&'a str>,
    /// The resource that a token is for.
    pub resource: Option<&'a str>,
}

/// What is known of where a server's tokens come from.
#[derive(Debug, Clone)]
pub struct Discovered {
    /// The resource that a token is for.
    pub(super) resource: String,
    /// The scopes that the server asks for, by its challenge, else by its metadata.
    pub(super) scopes: Vec<String>,
    pub(super) server: ServerMetadata,
}

/// Finds the authorization server of `server`.
pub(super) async fn discover(
    fetcher: &Fetcher,
    server: &Url,
    wanted: Wanted<'_>,
) -> Result<Discovered, OauthError> {
    if let (Some(issuer), Some(resource)) = (wanted.issuer, wanted.resource) {
        return Ok(Discovered {
            resource: resource.to_owned(),
            scopes: Vec::new(),
            server: of_server(fetcher, issuer).await?,
        });
    }
    let challenge = challenge(fetcher, server).await?;
    let resource = of_protected(fetcher, server, challenge.as_ref()).await;
    // With an issuer given by hand, a server may be without metadata.
    let resource = match (resource, wanted.issuer) {
        (Err(_), Some(_)) => None,
        (resource, _) => resource?,
    };
    let asked = challenge.map(|challenge| challenge.scopes()).unwrap_or_default();
    let issuer = match (wanted.issuer, &resource) {
        (Some(issuer), _) => issuer.to_owned(),
        (None, Some(resource)) => {
            let first = resource.issuers.first().cloned();
            first.ok_or_else(|| OauthError::Undiscovered {
                url: server.to_string(),
                reason: "its metadata lists no `authorization_servers`".to_owned(),
            })?
        }
        // Before there was such metadata, the authorization server was at the root of the server itself.
        (None, None) => server.origin().ascii_serialization(),
    };
    let found = of_server(fetcher, &issuer).await;
    let metadata = match (found, &resource, wanted.issuer) {
        (Err(OauthError::Undiscovered { .. }), None, None) => {
            return Err(OauthError::Undiscovered {
                url: server.to_string(),
                reason:
                    "there is neither metadata of it (RFC 9728) nor of an authorization server at its root"
                        .to_owned(),
            });
        }
        (found, _, _) => found?,
    };
    let (named, scopes) = match resource {
        Some(resource) => (resource.resource, resource.scopes),
        None => (identifier(server), Vec::new()),
    };
    Ok(Discovered {
        resource: wanted.resource.map_or(named, str::to_owned),
        scopes: if asked.is_empty() { scopes } else { asked },
        server: metadata,
    })
}

/// What a server says that is asked without a token: a message of MCP first, then a listing over plain HTTP.
pub(super) async fn challenge(fetcher: &Fetcher, server: &Url) -> Result<Option<Challenge>, OauthError> {
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    let mut tools = server.clone();
    tools.set_path(&format!("{}/tools", server.path().trim_end_matches('/')));
    for (url, body) in [(server, Some(&ping)), (server, None), (&tools, None)] {
        let answer = fetcher.bare(url, body, None).await?;
        if answer.status.as_u16() == 401 {
            let challenge = Challenge::of(&answer.headers);
            if challenge.is_some() {
                return Ok(challenge);
            }
        }
    }
    Ok(None)
}

/// The metadata of a protected resource: at the address that it names, else at the well-known ones.
pub(super) async fn of_protected(
    fetcher: &Fetcher,
    server: &Url,
    challenge: Option<&Challenge>,
) -> Result<Option<ResourceMetadata>, OauthError> {
    if let Some(named) = challenge.and_then(|challenge| challenge.metadata.as_ref()) {
        let url = server.join(named).map_err(|_| {
            OauthError::wrong(RESOURCE, server, format!("stands at `{named}`, which is no URL"))
        })?;
        let document = fetcher.document(RESOURCE, &url).await?;
        let document = document.ok_or_else(|| OauthError::unreadable(RESOURCE, &url, "is not there"))?;
        return ResourceMetadata::read(&document, &url, server).map(Some);
    }
    for url in of_resource(server) {
        if let Some(document) = fetcher.document(RESOURCE, &url).await? {
            return ResourceMetadata::read(&document, &url, server).map(Some);
        }
    }
    Ok(None)
}

/// The metadata of an authorization server, at any of its well-known addresses.
pub(super) async fn of_server(fetcher: &Fetcher, issuer: &str) -> Result<ServerMetadata, OauthError> {
    let url = Url::parse(issuer).map_err(|_| OauthError::Unfit {
        issuer: crate::model::one_line(issuer, 200),
        reason: "is no URL".to_owned(),
    })?;
    fetcher.check("authorization server", &url)?;
    let mut unreadable = None;
    for at in of_issuer(&url) {
        match fetcher.document(SERVER, &at).await {
            Ok(Some(document)) => return ServerMetadata::read(&document, &at, issuer, fetcher),
            Ok(None) => {}
            // A page for everything, as some servers have it, hides none of the other addresses.
            Err(error @ OauthError::Unreadable { .. }) => {
                unreadable.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    Err(unreadable.unwrap_or_else(|| OauthError::Undiscovered {
        url: url.to_string(),
        reason: "there is no metadata at its well-known addresses (RFC 8414, OpenID Connect)".to_owned(),
    }))
}
