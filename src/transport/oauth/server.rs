//! An authorization server, and what a person's login asks of it.

use reqwest::Url;

use super::client::{Client, TokenEndpoint};
use super::discovery::{Discovered, Wanted, discover};
use super::error::OauthError;
use super::fetch::Fetcher;
use super::grant::{Grant, Tokens, ask};
use super::pkce::{Callback, Pending, challenge, random};
use super::registration::register;

/// The authorization server of one server.
#[derive(Debug)]
pub struct AuthorizationServer {
    fetcher: Fetcher,
    found: Discovered,
}

impl AuthorizationServer {
    /// Finds the authorization server of a server.
    pub(in crate::transport) async fn of(
        fetcher: Fetcher,
        server: &Url,
        wanted: Wanted<'_>,
    ) -> Result<Self, OauthError> {
        let found = discover(&fetcher, server, wanted).await?;
        Ok(Self { fetcher, found })
    }

    /// Its name.
    pub fn issuer(&self) -> &str {
        &self.found.server.issuer
    }

    /// The resource that its tokens are for.
    pub fn resource(&self) -> &str {
        &self.found.resource
    }

    /// The scopes that the server asks for.
    pub fn scopes(&self) -> &[String] {
        &self.found.scopes
    }

    /// Its address at which tokens are given.
    ///
    /// # Errors
    ///
    /// It has none.
    pub fn token_endpoint(&self) -> Result<&Url, OauthError> {
        let url = self.found.server.token_endpoint.as_ref();
        url.ok_or_else(|| self.unfit("has no token endpoint"))
    }

    /// Its address at which tokens are taken back.
    pub fn revocation_endpoint(&self) -> Option<&Url> {
        self.found.server.revocation_endpoint.as_ref()
    }

    fn unfit(&self, reason: &str) -> OauthError {
        OauthError::Unfit {
            issuer: self.issuer().to_owned(),
            reason: reason.to_owned(),
        }
    }

    /// The client of a login: `given`, else the document about one, where the server reads those, else one that registers itself.
    ///
    /// # Errors
    ///
    /// The server takes none of them.
    pub async fn client(
        &self,
        given: Option<Client>,
        document: Option<&str>,
        redirect: &str,
    ) -> Result<Client, OauthError> {
        let client = match (given, document) {
            (Some(client), _) => client,
            (None, Some(document)) if self.found.server.reads_clients => Client::public(document),
            (None, _) => register(&self.fetcher, &self.found.server, redirect).await?,
        };
        Ok(client.settled(&self.found.server))
    }

    /// Begins a login that comes back to `redirect`.
    ///
    /// # Errors
    ///
    /// The server has no page for it, or does not protect what it sends back.
    pub fn begin(&self, client: &Client, redirect: &str, scopes: &[String]) -> Result<Pending, OauthError> {
        let server = &self.found.server;
        let page = server.authorization_endpoint.as_ref();
        let mut url = page
            .ok_or_else(|| self.unfit("has no authorization endpoint"))?
            .clone();
        if !server.challenge_methods.iter().any(|method| method == "S256") {
            return Err(self.unfit(
                "does not say that it checks PKCE by S256 (`code_challenge_methods_supported`), without which others could take the code",
            ));
        }
        let (state, verifier) = (random()?, random()?);
        let mut scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        // Without it, many servers give no token that renews.
        let lasts = server.scopes.iter().any(|scope| scope == "offline_access");
        if lasts && !scopes.contains(&"offline_access") {
            scopes.push("offline_access");
        }
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("response_type", "code")
                .append_pair("client_id", &client.id)
                .append_pair("redirect_uri", redirect)
                .append_pair("state", state.expose())
                .append_pair("code_challenge", &challenge(&verifier))
                .append_pair("code_challenge_method", "S256")
                .append_pair("resource", self.resource());
            if !scopes.is_empty() {
                query.append_pair("scope", &scopes.join(" "));
            }
            if scopes.contains(&"offline_access") {
                // OpenID Connect wants consent to it each time.
                query.append_pair("prompt", "consent");
            }
        }
        Ok(Pending {
            url,
            state,
            verifier,
            redirect: redirect.to_owned(),
            issuer: server.issuer.clone(),
            names_itself: server.names_itself,
        })
    }

    /// Ends a login: what the browser came back with, for tokens.
    ///
    /// # Errors
    ///
    /// The server gives none.
    pub async fn end(
        &self,
        client: &mut Client,
        pending: &Pending,
        callback: &Callback,
    ) -> Result<Tokens, OauthError> {
        let grant = Grant::Code {
            code: &callback.code,
            verifier: &pending.verifier,
            redirect: &pending.redirect,
        };
        let endpoint = TokenEndpoint {
            url: self.token_endpoint()?.clone(),
            audience: self.issuer().to_owned(),
        };
        ask(
            &self.fetcher,
            &endpoint,
            client,
            &grant,
            &[],
            Some(self.resource()),
        )
        .await
    }
}
