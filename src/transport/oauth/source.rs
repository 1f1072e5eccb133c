//! The token that calls to a server are sent with: got before the first call, renewed before it ends, and once more where it is refused.
//! All lanes of a run share it, and renew it once.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use parking_lot::RwLock;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{StatusCode, Url};
use tokio::sync::Mutex;

use super::address::identifier;
use super::challenge::Challenge;
use super::client::{Client, Proof, TokenEndpoint};
use super::discovery::{Discovered, Wanted, discover};
use super::error::OauthError;
use super::fetch::Fetcher;
use super::grant::{Grant, Tokens, ask};
use crate::login::{Held, Login, LoginError, Logins};
use crate::model::{OauthSource, Redactor, Secret, Vault};

/// The longest time before its end at which a token is renewed.
const EARLY: Duration = Duration::from_secs(30);

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

/// A token, as it is sent.
#[derive(Debug)]
pub(in crate::transport) struct Token {
    pub(in crate::transport) header: HeaderValue,
    secret: Secret,
    /// From when on it is renewed, and when it ends.
    ends: Option<(Instant, Instant)>,
    /// True if it was got in the place of one that was refused.
    is_second: bool,
    /// True once a call with it was let through.
    worked: AtomicBool,
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

impl Token {
    fn new(secret: &Secret, valid: Option<Duration>) -> Result<Self, OauthError> {
        let value = HeaderValue::from_str(&format!("Bearer {}", secret.expose()));
        let mut header = value.map_err(|_| OauthError::Own("the token fits no header".to_owned()))?;
        header.set_sensitive(true);
        let ends = valid.and_then(|valid| {
            let early = EARLY.min(valid.checked_div(5).unwrap_or_default());
            let now = Instant::now();
            Some((
                now.checked_add(valid.saturating_sub(early))?,
                now.checked_add(valid)?,
            ))
        });
        Ok(Self {
            header,
            secret: secret.clone(),
            ends,
            is_second: false,
            worked: AtomicBool::new(false),
        })
    }

    /// Notes that a call with it was let through.
    pub(in crate::transport) fn works(&self) {
        self.worked.store(true, Ordering::Relaxed);
    }

    fn is_fresh(&self) -> bool {
        self.ends.is_none_or(|(early, _)| Instant::now() < early)
    }

    fn holds(&self) -> bool {
        self.ends.is_none_or(|(_, end)| Instant::now() < end)
    }
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
        if let Way::Client { client, source } = &way {
            if let Some(secret) = client.secret() {
                vault.add(secret.clone());
            }
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
                return Ok(Replaced::No);
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
        let _held = self.hold(&logins, &login.server).await?;
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
        let tokens = match refreshed(&self.fetcher, &login, &refresh).await {
            Err(error) if error.is_invalid_grant() => return Err(OauthError::Own(again)),
            tokens => tokens?,
        };
        let login = with_tokens(login, &tokens);
        self.remember(&login);
        logins.keep(&login).map_err(own)?;
        Token::new(&tokens.access, tokens.valid)
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
        let redactor = Redactor::default().with_vault(self.vault.clone());
        error.told(&redactor)
    }
}

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
