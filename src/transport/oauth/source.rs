//! The token that calls to a server are sent with: got before the first call, renewed before it ends, and once more where it is refused.
//! All lanes of a run share it, and renew it once.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use chrono::Utc;
use parking_lot::RwLock;
use reqwest::header::HeaderMap;
use reqwest::{StatusCode, Url};
use tokio::sync::Mutex;

use super::address::identifier;
use super::challenge::Challenge;
use super::client::{Client, TokenEndpoint};
use super::discovery::{Discovered, Wanted, discover};
use super::error::OauthError;
use super::fetch::Fetcher;
use super::grant::{Grant, ask};
use super::kept::{login_of, not_logged_in, renewed};
use super::token::Token;
use crate::login::{Held, Login, LoginError, Logins};
use crate::model::{OauthSource, Redactor, Secret, Vault, one_line};

/// The time for which a failure to get a token stands: many lanes would ask again at once.
const FAILED_FOR: Duration = Duration::from_secs(2);

/// How long is waited for another process that renews the same login.
const OTHER_PROCESS: Duration = Duration::from_secs(15);

/// How a token is got.
#[derive(Debug, Clone)]
pub(in crate::transport) enum Way {
    /// By the client's own credentials.
    Client {
        client: Client,
        source: Box<OauthSource>,
    },
    /// By a login that is kept in this folder.
    Login(PathBuf),
}

/// What became of a token that a call was refused with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::transport) enum Replaced {
    /// There is another, which was got for this call.
    Now,
    /// Another call has got another already.
    Already,
    /// There is none, and the refusal stands.
    No,
}

/// The source of the tokens for one server.
pub(in crate::transport) struct TokenSource {
    way: Way,
    server: Url,
    fetcher: Fetcher,
    /// What is got is a secret from then on.
    vault: Vault,
    token: RwLock<Option<Arc<Token>>>,
    renewal: Mutex<Renewal>,
}

/// What only one task does at a time.
#[derive(Default)]
struct Renewal {
    found: Option<Found>,
    /// Scopes that the server has asked for since.
    more: Vec<String>,
    /// The scopes of the last request.
    asked: Vec<String>,
    failed: Option<(Instant, OauthError)>,
}

/// It shows no token.
impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource")
            .field("server", &self.server.as_str())
            .finish_non_exhaustive()
    }
}

/// Where a client asks for its tokens.
struct Found {
    client: Client,
    endpoint: TokenEndpoint,
    resource: String,
    scopes: Vec<String>,
}

impl TokenSource {
    /// A source that has asked nobody yet.
    pub(in crate::transport) fn new(way: Way, server: Url, fetcher: Fetcher) -> Self {
        let vault = Vault::default();
        let mut fetcher = fetcher;
        if let Way::Client { source, .. } = &way {
            for given in [&source.issuer, &source.token_url].into_iter().flatten() {
                fetcher = fetcher.trusting(given);
            }
        }
        Self {
            way,
            server,
            fetcher,
            vault,
            token: RwLock::default(),
            renewal: Mutex::default(),
        }
    }

    /// The secrets that it has got.
    pub(in crate::transport) fn vault(&self) -> &Vault {
        &self.vault
    }

    /// The token to send a call with. The error is why there is none, in words.
    pub(in crate::transport) async fn token(&self) -> Result<Arc<Token>, String> {
        if let Some(token) = self.token.read().clone().filter(|token| token.is_fresh()) {
            return Ok(token);
        }
        let mut renewal = self.renewal.lock().await;
        let held = self.token.read().clone();
        if let Some(token) = held.clone().filter(|token| token.is_fresh()) {
            return Ok(token);
        }
        let got = self.renew(&mut renewal, held.as_deref(), false).await;
        match (got, held) {
            (Err(_), Some(token)) if token.holds() => Ok(token),
            (got, _) => got.map_err(|error| self.told(&error)),
        }
    }

    /// Gets another token in the place of one that a call was refused with. The error is why there is none, in words.
    pub(in crate::transport) async fn replace(
        &self,
        refused: &Arc<Token>,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Result<Replaced, String> {
        let challenge = Challenge::of(headers).unwrap_or_default();
        let more = challenge.wants_more(status);
        if status != StatusCode::UNAUTHORIZED && !more {
            return Ok(Replaced::No);
        }
        let mut renewal = self.renewal.lock().await;
        let held = self.token.read().clone();
        if held.is_some_and(|held| !Arc::ptr_eq(&held, refused)) {
            return Ok(Replaced::Already);
        }
        if more {
            // A login cannot be widened without the person.
            let Way::Client { .. } = &self.way else {
                return Ok(Replaced::No);
            };
            let known = renewal.asked.clone();
            let scopes = challenge.scopes().into_iter();
            let lacking: Vec<_> = scopes.filter(|scope| !known.contains(scope)).collect();
            if lacking.is_empty() {
                let scopes = one_line(&challenge.scopes().join(" "), 200);
                return Err(format!(
                    "the client does not get a scope that the call needs: {scopes}"
                ));
            }
            renewal.more.extend(lacking);
        } else if refused.is_second && !refused.worked.load(Ordering::Relaxed) {
            // Whoever refuses one token after the other takes none.
            return Ok(Replaced::No);
        }
        let renewed = self.renew(&mut renewal, Some(refused), true).await;
        renewed.map(|_| Replaced::Now).map_err(|error| self.told(&error))
    }

    async fn renew(
        &self,
        renewal: &mut Renewal,
        old: Option<&Token>,
        is_refused: bool,
    ) -> Result<Arc<Token>, OauthError> {
        if let Some((at, error)) = &renewal.failed
            && at.elapsed() < FAILED_FOR
        {
            return Err(error.clone());
        }
        let got = match &self.way {
            Way::Client { client, source } => self.by_client(renewal, client, source).await,
            Way::Login(folder) => self.by_login(folder, old).await,
        };
        match got {
            Ok(token) => {
                renewal.failed = None;
                let token = Arc::new(Token {
                    is_second: is_refused,
                    ..token
                });
                *self.token.write() = Some(Arc::clone(&token));
                Ok(token)
            }
            Err(error) => {
                renewal.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    async fn by_client(
        &self,
        renewal: &mut Renewal,
        client: &Client,
        source: &OauthSource,
    ) -> Result<Token, OauthError> {
        let found = match renewal.found.take() {
            Some(found) => found,
            None => self.find(client, source).await?,
        };
        let found = renewal.found.insert(found);
        let mut scopes = match source.scopes.is_empty() {
            true => found.scopes.clone(),
            false => source.scopes.clone(),
        };
        for scope in &renewal.more {
            if !scopes.contains(scope) {
                scopes.push(scope.clone());
            }
        }
        renewal.asked.clone_from(&scopes);
        let Found {
            client,
            endpoint,
            resource,
            ..
        } = found;
        let resource = source.resource.as_ref().unwrap_or(resource);
        let grant = Grant::Client;
        let tokens = ask(&self.fetcher, endpoint, client, &grant, &scopes, Some(resource)).await?;
        self.vault.add(tokens.access.clone());
        Token::new(&tokens.access, tokens.valid)
    }

    async fn find(&self, client: &Client, source: &OauthSource) -> Result<Found, OauthError> {
        if let Some(url) = &source.token_url {
            return Ok(Found {
                client: client.clone().unsettled(),
                endpoint: TokenEndpoint {
                    url: Url::parse(url).map_err(|error| OauthError::Own(error.to_string()))?,
                    audience: source.issuer.clone().unwrap_or_else(|| url.clone()),
                },
                resource: identifier(&self.server),
                scopes: Vec::new(),
            });
        }
        let wanted = Wanted {
            issuer: source.issuer.as_deref(),
            resource: source.resource.as_deref(),
        };
        let Discovered {
            resource,
            scopes,
            server,
        } = discover(&self.fetcher, &self.server, wanted).await?;
        client.fits(&server)?;
        let client = client.clone().settled(&server);
        let url = server.token_endpoint.ok_or_else(|| OauthError::Unfit {
            issuer: server.issuer.clone(),
            reason: "has no token endpoint".to_owned(),
        })?;
        Ok(Found {
            client,
            endpoint: TokenEndpoint {
                url,
                audience: server.issuer,
            },
            resource,
            scopes,
        })
    }

    async fn by_login(&self, folder: &Path, old: Option<&Token>) -> Result<Token, OauthError> {
        let logins = Logins::at(folder.to_owned());
        let own = |error: LoginError| OauthError::Own(error.to_string());
        let Some(login) = login_of(&logins, &self.server).map_err(own)? else {
            return Err(OauthError::Own(not_logged_in(&self.server)));
        };
        if let Some(token) = self.kept(&login, old)? {
            return Ok(token);
        }
        // Another process may be renewing it: a refresh token is worth something once.
        let held = self.hold(&logins, &login.server).await?;
        let Some(login) = logins.read(&login.server).map_err(own)? else {
            return Err(OauthError::Own(not_logged_in(&self.server)));
        };
        if let Some(token) = self.kept(&login, old)? {
            return Ok(token);
        }
        let again = format!("the login has ended: `proofhouse login {}`", login.server);
        let Some(refresh) = login.refresh_token.clone().map(Secret::new) else {
            return Err(OauthError::Own(again));
        };
        // Whoever waits for a call may stop waiting. What the server has given by then must be kept all the same.
        let task = tokio::spawn(renewed(self.fetcher.clone(), logins, login, refresh, held));
        let ended = task.await.map_err(|error| OauthError::Own(error.to_string()))?;
        let (login, valid) = match ended {
            Err(error) if error.is_invalid_grant() => return Err(OauthError::Own(again)),
            ended => ended?,
        };
        self.remember(&login);
        Token::new(&Secret::new(&*login.access_token), valid)
    }

    /// The token of a login as it is kept, where it is another than the old one and holds.
    fn kept(&self, login: &Login, old: Option<&Token>) -> Result<Option<Token>, OauthError> {
        self.remember(login);
        if old.is_some_and(|old| old.secret.expose() == login.access_token) {
            return Ok(None);
        }
        let left = match login.expires_at {
            None => None,
            Some(end) => match end.signed_duration_since(Utc::now()).to_std() {
                Ok(left) if !left.is_zero() => Some(left),
                _ => return Ok(None),
            },
        };
        Token::new(&Secret::new(&*login.access_token), left).map(Some)
    }

    async fn hold(&self, logins: &Logins, server: &str) -> Result<Held, OauthError> {
        let start = Instant::now();
        loop {
            let held = logins
                .hold(server)
                .map_err(|error| OauthError::Own(error.to_string()))?;
            match held {
                Some(held) => return Ok(held),
                None if start.elapsed() > OTHER_PROCESS => {
                    let words = "another process has been renewing the login for very long";
                    return Err(OauthError::Own(words.to_owned()));
                }
                None => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    fn remember(&self, login: &Login) {
        let secrets = [
            Some(&login.access_token),
            login.refresh_token.as_ref(),
            login.client_secret.as_ref(),
        ];
        for secret in secrets.into_iter().flatten() {
            self.vault.add(Secret::new(secret.as_str()));
        }
    }

    fn told(&self, error: &OauthError) -> String {
        let own = match &self.way {
            Way::Client { client, .. } => client.secret().cloned(),
            Way::Login(_) => None,
        };
        error.told(&Redactor::new(own).with_vault(self.vault.clone()))
    }
}
