//! Logins that are kept: which one holds for a server, and what its authorization server is asked later.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use reqwest::Url;

use super::client::{Client, Proof, TokenEndpoint};
use super::error::OauthError;
use super::fetch::Fetcher;
use super::grant::{Grant, Tokens, ask};
use crate::login::{Held, Login, LoginError, Logins};
use crate::model::Secret;

/// The login that holds for a server: its own, else that of what it is a part of.
pub(in crate::transport) fn login_of(logins: &Logins, server: &Url) -> Result<Option<Login>, LoginError> {
    let mut url = server.clone();
    loop {
        if let Some(login) = logins.read(&named(&url))? {
            return Ok(Some(login));
        }
        if url.query().is_some() {
            url.set_query(None);
            continue;
        }
        let path = url.path().trim_end_matches('/');
        let Some((above, _)) = path.rsplit_once('/') else {
            return Ok(None);
        };
        let above = above.to_owned();
        url.set_path(&above);
    }
}

/// The name under which the login at a server is kept.
///
/// # Errors
///
/// It is the address of no server, or holds a credential.
pub fn name_of(server: &str) -> Result<String, OauthError> {
    let url = Url::parse(server).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    match url {
        Some(url) if url.username().is_empty() && url.password().is_none() => Ok(named(&url)),
        Some(_) => Err(OauthError::Own("the URL holds a credential".to_owned())),
        None => Err(OauthError::Own("it is not an http or https URL".to_owned())),
    }
}

fn named(server: &Url) -> String {
    let mut url = server.clone();
    url.set_fragment(None);
    match url.query() {
        Some(_) => url.to_string(),
        None => url.as_str().trim_end_matches('/').to_owned(),
    }
}

/// What to say where nobody has logged in.
pub(in crate::transport) fn not_logged_in(server: &Url) -> String {
    format!("nobody has logged in to it on this machine: `proofhouse login {server}`")
}

/// The login with other tokens. What the server does not say stays as it was.
#[must_use]
pub fn with_tokens(mut login: Login, tokens: &Tokens) -> Login {
    tokens.access.expose().clone_into(&mut login.access_token);
    if let Some(refresh) = &tokens.refresh {
        login.refresh_token = Some(refresh.expose().to_owned());
    }
    if let Some(scopes) = &tokens.scopes {
        login.scopes.clone_from(scopes);
    }
    let valid = tokens.valid.and_then(|valid| TimeDelta::from_std(valid).ok());
    login.expires_at = valid.and_then(|valid| Utc::now().checked_add_signed(valid));
    login
}

/// Renews a login and keeps it. Returns it with the time for which its token holds.
pub(super) async fn renewed(
    fetcher: Fetcher,
    logins: Logins,
    login: Login,
    refresh: Secret,
    _held: Held,
) -> Result<(Login, Option<Duration>), OauthError> {
    let tokens = refreshed(&fetcher, &login, &refresh).await?;
    let login = with_tokens(login, &tokens);
    // A run goes on with a token that cannot be kept. The next one has to log in again, and is told so.
    let _ = logins.keep(&login);
    Ok((login, tokens.valid))
}

async fn refreshed(fetcher: &Fetcher, login: &Login, refresh: &Secret) -> Result<Tokens, OauthError> {
    let url = Url::parse(&login.token_endpoint).map_err(|error| OauthError::Own(error.to_string()))?;
    let endpoint = TokenEndpoint {
        url,
        audience: login.issuer.clone(),
    };
    let grant = Grant::Refresh(refresh);
    ask(
        fetcher,
        &endpoint,
        &mut client_of(login),
        &grant,
        &[],
        Some(&login.resource),
    )
    .await
}

fn client_of(login: &Login) -> Client {
    Client {
        id: login.client_id.clone(),
        proof: match &login.client_secret {
            None => Proof::None,
            Some(secret) => Proof::secret(Secret::new(secret.as_str()), Some(login.secret_in_body)),
        },
    }
}

/// Tells the authorization server that the tokens of a login are not wanted any more (RFC 7009).
pub(in crate::transport) async fn revoke(fetcher: &Fetcher, login: &Login) -> Result<bool, OauthError> {
    const ENDPOINT: &str = "revocation endpoint";
    let Some(url) = login
        .revocation_endpoint
        .as_ref()
        .and_then(|url| Url::parse(url).ok())
    else {
        return Ok(false);
    };
    let proven = client_of(login).proven(&login.issuer)?;
    // With the token that renews, the others go as well.
    let (token, kind) = match &login.refresh_token {
        Some(token) => (token, "refresh_token"),
        None => (&login.access_token, "access_token"),
    };
    let mut fields = vec![("token", token.as_str()), ("token_type_hint", kind)];
    fields.extend(proven.fields.iter().map(|(name, value)| (*name, value.as_str())));
    let answer = fetcher.form(ENDPOINT, &url, &fields, proven.header).await?;
    Ok(answer.status.is_success())
}
