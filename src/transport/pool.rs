//! One pool of connections for all providers of a run.

use std::collections::HashMap;
use std::sync::{Arc, Once};

use indexmap::IndexMap;
use parking_lot::Mutex;
use reqwest::Url;

use super::auth::Auth;
use super::bearer::Bearer;
use super::client_options::ClientOptions;
use super::clients::{Clients, Reach};
use super::error::ConnectError;
use super::exchange::Exchanger;
use super::files::{self, Files};
use super::http::{self, HttpTransport};
use super::keep_alive::KeepAlive;
use super::mcp::{self, HttpWire, McpTransport};
use super::oauth::{self, AuthorizationServer, GuardRule, OauthError, TokenSource, Wanted};
use super::pace::Pace;
use super::public;
use super::raw::{Raw, RawHttp};
use super::sender::{Connections, Sender};
use super::stdio::StdioWire;
use super::types::{Limits, Transport};
use crate::login::{Login, Logins};
use crate::model::{Endpoint, EnvValue};

/// Makes `ring` the cryptography of this process. To be called before the first connection; again does nothing.
pub fn install_crypto() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error says that there is a provider already, which is all that is wanted.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// How the way to a provider is gone, beside its address.
#[derive(Debug, Clone, Default)]
pub struct Way<'a> {
    /// The credentials, each in a header of its own.
    pub auth: &'a [Auth],
    /// The spacing of the calls.
    pub pace: Option<Pace>,
    /// How a server over MCP is spoken to.
    pub client: ClientOptions,
}

impl<'a> Way<'a> {
    fn paced(auth: Option<&'a Auth>, max_per_second: Option<f64>) -> Self {
        Self {
            auth: auth.map_or(&[], std::slice::from_ref),
            pace: max_per_second.and_then(Pace::per_second),
            client: ClientOptions::default(),
        }
    }
}

/// Hands out the ways to the providers of a run, which share their connections.
///
/// Proxies of the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`) hold for every host but this machine's own:
/// no proxy can mean the same loopback as we do. Root certificates are loaded with the first https URL, so that plain http
/// works on machines that have none.
#[derive(Debug)]
pub struct Pool {
    clients: Arc<Clients>,
    /// The sources of tokens, by how they are got and for whom: entries of one server share one, so that a token is renewed once.
    tokens: Mutex<HashMap<String, Arc<TokenSource>>>,
    /// By the origin of the server: its tenants share connections, and what is known of them.
    keep_alive: Mutex<HashMap<String, Arc<KeepAlive>>>,
}

impl Pool {
    /// An empty pool. It connects to nothing and loads no certificates.
    ///
    /// # Errors
    ///
    /// No client can be built, for example because `user_agent` holds what a header cannot.
    pub fn new(limits: Limits, user_agent: impl Into<String>) -> Result<Self, ConnectError> {
        install_crypto();
        let pool = Self {
            clients: Arc::new(Clients::new(limits, user_agent.into())),
            tokens: Mutex::default(),
            keep_alive: Mutex::default(),
        };
        pool.clients.get(Reach {
            tls: false,
            proxied: false,
            pooled: true,
        })?;
        Ok(pool)
    }

    /// The way to a provider over the binding that its manifest names. `max_per_second` spaces the calls to it evenly.
    ///
    /// # Errors
    ///
    /// The endpoint cannot be asked: its URL, its credential or its command is of no use.
    pub fn connect(
        &self,
        endpoint: &Endpoint,
        auth: Option<&Auth>,
        max_per_second: Option<f64>,
    ) -> Result<Arc<dyn Transport>, ConnectError> {
        self.open(endpoint, &Way::paced(auth, max_per_second))
    }

    /// The way to a provider, with all that there is to say of how to go it.
    ///
    /// # Errors
    ///
    /// The endpoint cannot be asked: its URL, its credential or its command is of no use.
    pub fn open(&self, endpoint: &Endpoint, way: &Way<'_>) -> Result<Arc<dyn Transport>, ConnectError> {
        Ok(match endpoint {
            Endpoint::Http { url } => {
                let base = base(url)?;
                let sender = self.sender(&base, http::ACCEPT, way)?;
                Arc::new(HttpTransport::new(sender, base))
            }
            Endpoint::Mcp { url } => Arc::new(self.mcp_client(url, way)?),
            Endpoint::Stdio { command, args, env } => {
                let lookup = |name: &str| std::env::var(name).ok();
                Arc::new(self.stdio_client(command, args, env, way, &lookup)?)
            }
        })
    }

    /// The way to a provider for requests of its own, which a dialect writes.
    ///
    /// # Errors
    ///
    /// The endpoint cannot be asked: its URL, its credential or its command is of no use.
    pub fn raw(&self, endpoint: &Endpoint, way: &Way<'_>) -> Result<Arc<dyn Raw>, ConnectError> {
        Ok(match endpoint {
            Endpoint::Http { url } => {
                let base = base(url)?;
                let sender = self.sender(&base, http::ACCEPT, way)?;
                Arc::new(RawHttp::new(sender, base))
            }
            Endpoint::Mcp { url } => Arc::new(self.mcp_client(url, way)?),
            Endpoint::Stdio { command, args, env } => {
                let lookup = |name: &str| std::env::var(name).ok();
                Arc::new(self.stdio_client(command, args, env, way, &lookup)?)
            }
        })
    }

    /// The way to a server over MCP for texts that no client would send.
    ///
    /// # Errors
    ///
    /// The endpoint cannot be asked, or is none of MCP.
    pub fn exchanger(&self, endpoint: &Endpoint, way: &Way<'_>) -> Result<Exchanger, ConnectError> {
        Ok(match endpoint {
            Endpoint::Mcp { url } | Endpoint::Http { url } => {
                let base = base(url)?;
                let sender = self.sender(&base, mcp::ACCEPT, way)?;
                Exchanger::of_http(sender, base, self.clients.limits)
            }
            Endpoint::Stdio { command, args, env } => {
                if self.clients.limits.public_only {
                    return Err(ConnectError::Private {
                        target: command.clone(),
                    });
                }
                let lookup = |name: &str| std::env::var(name).ok();
                let policy = way.client.server_requests;
                let wire =
                    StdioWire::new(command, args, env, way.pace, policy, self.clients.limits, &lookup)?;
                Exchanger::of_command(wire, self.clients.limits)
            }
        })
    }

    /// The way to files below a URL.
    ///
    /// # Errors
    ///
    /// The URL or this machine's certificates are of no use.
    pub fn files(&self, url: &str) -> Result<Files, ConnectError> {
        let base = base(url)?;
        let sender = self.sender(&base, files::ACCEPT, &Way::default())?;
        Ok(Files::new(RawHttp::new(sender, base)))
    }

    /// The way to a provider over plain HTTP.
    ///
    /// # Errors
    ///
    /// The URL, the credential or this machine's certificates are of no use.
    pub fn http(
        &self,
        url: &str,
        auth: Option<&Auth>,
        max_per_second: Option<f64>,
    ) -> Result<Arc<dyn Transport>, ConnectError> {
        let endpoint = Endpoint::Http { url: url.to_owned() };
        self.connect(&endpoint, auth, max_per_second)
    }

    /// The way to a provider over MCP's streamable HTTP.
    ///
    /// # Errors
    ///
    /// The URL, the credential or this machine's certificates are of no use.
    pub fn mcp(
        &self,
        url: &str,
        auth: Option<&Auth>,
        max_per_second: Option<f64>,
    ) -> Result<Arc<dyn Transport>, ConnectError> {
        let endpoint = Endpoint::Mcp { url: url.to_owned() };
        self.connect(&endpoint, auth, max_per_second)
    }

    fn mcp_client(&self, url: &str, way: &Way<'_>) -> Result<McpTransport<HttpWire>, ConnectError> {
        let base = base(url)?;
        let sender = self.sender(&base, mcp::ACCEPT, way)?;
        let recorder = Arc::clone(&sender.recorder);
        let wire = HttpWire::new(sender, base, way.client.server_requests);
        Ok(McpTransport::new(
            wire,
            &self.clients.user_agent,
            way.client,
            self.clients.limits,
            recorder,
            url.to_owned(),
        ))
    }

    /// The way to a provider that is a command. `lookup` reads our environment, from which its secrets come. Nothing is started
    /// before the first call.
    ///
    /// # Errors
    ///
    /// A variable that the command needs is not set.
    pub fn stdio(
        &self,
        command: &str,
        args: &[String],
        env: &IndexMap<String, EnvValue>,
        max_per_second: Option<f64>,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Arc<dyn Transport>, ConnectError> {
        let way = Way::paced(None, max_per_second);
        let client = self.stdio_client(command, args, env, &way, lookup)?;
        Ok(Arc::new(client))
    }

    fn stdio_client(
        &self,
        command: &str,
        args: &[String],
        env: &IndexMap<String, EnvValue>,
        way: &Way<'_>,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<McpTransport<StdioWire>, ConnectError> {
        if self.clients.limits.public_only {
            return Err(ConnectError::Private {
                target: command.to_owned(),
            });
        }
        let policy = way.client.server_requests;
        let wire = StdioWire::new(command, args, env, way.pace, policy, self.clients.limits, lookup)?;
        let (recorder, target) = (wire.recorder(), wire.target());
        Ok(McpTransport::new(
            wire,
            &self.clients.user_agent,
            way.client,
            self.clients.limits,
            recorder,
            target,
        ))
    }

    /// The sender of requests to a server, over the connections that its providers share.
    fn sender(&self, base: &Url, accept: &'static str, way: &Way<'_>) -> Result<Sender, ConnectError> {
        if self.clients.limits.public_only && !public::may_be_public(base) {
            return Err(ConnectError::Private {
                target: base.to_string(),
            });
        }
        let reach = Reach::of(base);
        let keep_alive = {
            let mut known = self.keep_alive.lock();
            let near = !reach.proxied && !reach.tls;
            let known = known.entry(base.origin().ascii_serialization());
            Arc::clone(known.or_insert_with(|| Arc::new(KeepAlive::new(near))))
        };
        let connections = Connections {
            pooled: self.clients.get(reach)?.clone(),
            single: self
                .clients
                .get(Reach {
                    pooled: false,
                    ..reach
                })?
                .clone(),
            keep_alive,
        };
        let tokens = way.auth.iter().find_map(Auth::way);
        let tokens = tokens.map(|way| self.token_source(way, base)).transpose()?;
        let bearer = Bearer::new(base, tokens);
        Sender::new(
            connections,
            bearer,
            accept,
            way.auth,
            way.pace,
            self.clients.limits,
        )
    }

    /// The source of the tokens for a server.
    fn token_source(&self, way: &oauth::Way, server: &Url) -> Result<Arc<TokenSource>, ConnectError> {
        if !oauth::is_secure(server) {
            let reason = "a token is sent to https and to this machine only: others on the way could read it";
            return Err(ConnectError::Token(reason.to_owned()));
        }
        if let oauth::Way::Login(folder) = way {
            let login = oauth::login_of(&Logins::at(folder.clone()), server);
            let login = login.map_err(|error| ConnectError::Token(error.to_string()))?;
            if login.is_none() {
                return Err(ConnectError::Token(oauth::not_logged_in(server)));
            }
        }
        let key = format!("{way:?} {server}");
        let mut known = self.tokens.lock();
        let source = known.entry(key).or_insert_with(|| {
            let fetcher = oauth::Fetcher::new(Arc::clone(&self.clients), server);
            Arc::new(TokenSource::new(way.clone(), server.clone(), fetcher))
        });
        Ok(Arc::clone(source))
    }

    /// Finds the authorization server of a server, for a login.
    ///
    /// # Errors
    ///
    /// The server names none, or one that cannot be used.
    pub async fn authorization_server(
        &self,
        url: &str,
        wanted: Wanted<'_>,
    ) -> Result<AuthorizationServer, OauthError> {
        let server = base(url).map_err(|error| OauthError::Own(error.to_string()))?;
        let fetcher = oauth::Fetcher::new(Arc::clone(&self.clients), &server);
        let fetcher = fetcher.trusting(wanted.issuer.unwrap_or_default());
        fetcher.check("server", &server)?;
        AuthorizationServer::of(fetcher, &server, wanted).await
    }

    /// Looks at how a server guards itself, by calls that do nothing.
    ///
    /// # Errors
    ///
    /// The server could not be asked.
    pub async fn guard(&self, url: &str) -> Result<Vec<GuardRule>, OauthError> {
        let server = base(url).map_err(|error| OauthError::Own(error.to_string()))?;
        oauth::look(&oauth::Fetcher::new(Arc::clone(&self.clients), &server), &server).await
    }

    /// Tells the authorization server of a login that its tokens are not wanted any more. False where it cannot be told.
    ///
    /// # Errors
    ///
    /// The server could not be asked.
    pub async fn revoke(&self, login: &Login) -> Result<bool, OauthError> {
        let server = base(&login.server).map_err(|error| OauthError::Own(error.to_string()))?;
        oauth::revoke(&oauth::Fetcher::new(Arc::clone(&self.clients), &server), login).await
    }
}

/// The base URL of a provider.
fn base(url: &str) -> Result<Url, ConnectError> {
    let base = Url::parse(url)
        .ok()
        .filter(|base| matches!(base.scheme(), "http" | "https") && base.has_host());
    match base {
        Some(base) if base.fragment().is_some() => Err(ConnectError::Fragment),
        Some(base) if base.username().is_empty() && base.password().is_none() => Ok(base),
        None if !url.contains('@') => Err(ConnectError::Url { url: url.to_owned() }),
        _ => Err(ConnectError::UrlCredential),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_reached_is_refused_with_the_reason() {
        let pool = Pool::new(Limits::default(), "proofhouse/test").unwrap();
        for url in ["ftp://x", "localhost:80", "/p", "http://"] {
            assert_eq!(
                pool.http(url, None, None).err().unwrap(),
                ConnectError::Url { url: url.to_owned() }
            );
        }
        assert!(matches!(
            Pool::new(Limits::default(), "a\nb"),
            Err(ConnectError::Client { .. })
        ));
    }
}
