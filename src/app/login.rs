//! Logins of people: from the address of a server to tokens that are kept on this machine, and back.

use std::time::Duration;

use super::callback::CallbackListener;
use crate::login::{self, CONFIG_VARIABLE, Login, LoginError, Logins};
use crate::model::{Redactor, Secret};
use crate::transport::oauth::{
    AuthorizationServer, Client, GuardRule, OauthError, Pending, Wanted, name_of, with_tokens,
};
use crate::transport::{ConnectError, Limits, Pool};

/// What is known of a login before it begins.
#[derive(Debug, Clone, Default)]
pub struct LoginRequest {
    /// The address of the server.
    pub url: String,
    /// The name of a client that is registered already.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<Secret>,
    /// The address of a document about the client.
    pub client_metadata: Option<String>,
    /// What the token may be used for; empty leaves that to the server.
    pub scopes: Vec<String>,
    /// The authorization server.
    pub issuer: Option<String>,
    /// The resource that the token is for.
    pub resource: Option<String>,
    /// The port to which the browser comes back; 0 for any.
    pub port: u16,
}

/// The reason why there is no login.
#[derive(Debug, thiserror::Error)]
pub enum LoginFailure {
    /// There is no folder to keep it in.
    #[error("the environment names neither a home nor a folder for logins")]
    NoFolder,
    /// The address is of no use.
    #[error("{0}")]
    Address(#[from] ConnectError),
    /// A file of it cannot be used.
    #[error("{0}")]
    File(#[from] LoginError),
    /// No port is free to come back to.
    #[error("cannot listen for the browser: {0}")]
    Listen(#[from] std::io::Error),
    /// The authorization server gives no token.
    #[error("{0}")]
    Server(String),
    /// The browser did not come back.
    #[error("no browser came back within {0} s")]
    TooLate(u64),
}

impl LoginFailure {
    /// What can be done about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoFolder => Some(format!("{CONFIG_VARIABLE} names one")),
            Self::TooLate(_) => Some("`--wait 15m` waits longer".to_owned()),
            Self::Listen(_) => Some("`--port 0` takes any port that is free".to_owned()),
            Self::Address(_) | Self::File(_) | Self::Server(_) => None,
        }
    }

    fn server(error: &OauthError, secrets: &Redactor) -> Self {
        Self::Server(error.told(secrets))
    }
}

/// A login that waits for the browser.
#[derive(Debug)]
pub struct PendingLogin {
    name: String,
    logins: Logins,
    server: AuthorizationServer,
    client: Client,
    scopes: Vec<String>,
    pending: Pending,
    listener: CallbackListener,
}

/// The logins that are kept on this machine.
///
/// # Errors
///
/// The environment names no folder for them.
pub fn logins(environment: &dyn Fn(&str) -> Option<String>) -> Result<Logins, LoginFailure> {
    let folder = login::folder(environment).ok_or(LoginFailure::NoFolder)?;
    Ok(Logins::at(folder))
}

impl PendingLogin {
    /// Finds the authorization server, gets a client there, and listens for the browser.
    ///
    /// # Errors
    ///
    /// There is no such server, or it cannot be used.
    pub async fn begin(
        request: LoginRequest,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, LoginFailure> {
        let logins = logins(environment)?;
        let pool = Pool::new(
            Limits::default(),
            concat!("proofhouse/", env!("CARGO_PKG_VERSION")),
        )?;
        let secrets = Redactor::new(request.client_secret.clone());
        let failed = |error: OauthError| LoginFailure::server(&error, &secrets);
        let name = name_of(&request.url).map_err(failed)?;
        let wanted = Wanted {
            issuer: request.issuer.as_deref(),
            resource: request.resource.as_deref(),
        };
        let server = pool
            .authorization_server(&request.url, wanted)
            .await
            .map_err(failed)?;
        let listener = CallbackListener::bind(request.port).await?;
        let redirect = listener.address();
        let given = request.client_id.map(|id| match request.client_secret.clone() {
            Some(secret) => Client::with_secret(id, secret, None),
            None => Client::public(id),
        });
        let document = request.client_metadata.as_deref();
        let client = server.client(given, document, &redirect).await.map_err(failed)?;
        let mut scopes = request.scopes;
        if scopes.is_empty() {
            scopes = server.scopes().to_vec();
        } else if let Ok(Some(earlier)) = logins.read(&name) {
            // Whoever needs more must not lose what there was.
            let more = earlier.scopes.into_iter().filter(|scope| !scopes.contains(scope));
            scopes.extend(more.collect::<Vec<_>>());
        }
        let pending = server.begin(&client, &redirect, &scopes).map_err(failed)?;
        Ok(Self {
            name,
            logins,
            server,
            client,
            scopes,
            pending,
            listener,
        })
    }

    /// The address that a person opens.
    pub fn url(&self) -> &str {
        self.pending.url.as_str()
    }

    /// The authorization server.
    pub fn issuer(&self) -> &str {
        self.server.issuer()
    }

    /// Waits for the browser, gets the tokens, and keeps them.
    ///
    /// # Errors
    ///
    /// The browser does not come back, or with no permission, or the tokens cannot be kept.
    pub async fn end(mut self, wait: Duration) -> Result<Login, LoginFailure> {
        let secrets = Redactor::new(self.client.secret().cloned());
        let failed = |error: OauthError| LoginFailure::server(&error, &secrets);
        let visitor = self.listener.visitor(wait).await;
        let visitor = visitor.ok_or(LoginFailure::TooLate(wait.as_secs()))?;
        let callback = self.pending.answered(&visitor.query);
        let tokens = match &callback {
            Ok(callback) => self.server.end(&mut self.client, &self.pending, callback).await,
            Err(error) => Err(error.clone()),
        };
        visitor.told(tokens.is_ok()).await;
        let tokens = tokens.map_err(failed)?;
        let login = Login {
            revocation_endpoint: self.server.revocation_endpoint().map(ToString::to_string),
            client_secret: self.client.secret().map(|secret| secret.expose().to_owned()),
            secret_in_body: self.client.secret_in_body(),
            scopes: self.scopes,
            ..Login::new(
                self.name,
                self.server.resource().to_owned(),
                self.server.issuer().to_owned(),
                self.server.token_endpoint().map_err(failed)?.to_string(),
                self.client.id().to_owned(),
            )
        };
        let login = with_tokens(login, &tokens);
        self.logins.keep(&login)?;
        Ok(login)
    }
}

/// Looks at how a server guards itself, by calls that do nothing.
///
/// # Errors
///
/// The server could not be asked.
pub async fn look_at_guard(url: &str) -> Result<Vec<GuardRule>, LoginFailure> {
    let pool = Pool::new(
        Limits::default(),
        concat!("proofhouse/", env!("CARGO_PKG_VERSION")),
    )?;
    let seen = pool.guard(url).await;
    seen.map_err(|error| LoginFailure::server(&error, &Redactor::default()))
}

/// Forgets the login at a server. None where there was none; else what was known of it, and whether the authorization server was told.
///
/// # Errors
///
/// The file cannot be removed.
pub async fn log_out(
    url: &str,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<(Login, bool)>, LoginFailure> {
    let logins = logins(environment)?;
    let none = Redactor::default();
    let name = name_of(url).map_err(|error| LoginFailure::server(&error, &none))?;
    let Some(login) = logins.forget(&name)? else {
        return Ok(None);
    };
    let pool = Pool::new(
        Limits::default(),
        concat!("proofhouse/", env!("CARGO_PKG_VERSION")),
    )?;
    // It is forgotten here whatever becomes of it there.
    let told = pool.revoke(&login).await.unwrap_or(false);
    Ok(Some((login, told)))
}
