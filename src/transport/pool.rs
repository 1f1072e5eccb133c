//! One pool of connections for all providers of a run.

use std::collections::HashMap;
use std::sync::{Arc, Once, OnceLock};
use std::time::Duration;

use indexmap::IndexMap;
use parking_lot::Mutex;
use reqwest::{Client, Url};

use super::auth::Auth;
use super::client_options::ClientOptions;
use super::error::ConnectError;
use super::files::{self, Files};
use super::http::{self, HttpTransport};
use super::keep_alive::KeepAlive;
use super::mcp::{self, HttpWire, McpTransport};
use super::pace::Pace;
use super::public::{self, PublicOnly};
use super::raw::{Raw, RawHttp};
use super::roots::roots;
use super::sender::{Connections, Sender};
use super::stdio::StdioWire;
use super::types::{Limits, Transport};
use crate::model::{Endpoint, EnvValue};

/// The time for which a connection is kept without a request. Common servers close theirs after two to five seconds without a word; a
/// request that crosses such a closing would look like a provider that hangs up. Within a run the next call comes sooner.
const IDLE: Duration = Duration::from_secs(1);

/// The number of idle connections that are kept for one host: tenants of a platform share it, each with its lanes and its races.
const IDLE_PER_HOST: usize = 256;

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
    limits: Limits,
    user_agent: String,
    /// By [`Reach::index`], each built when it is first needed.
    clients: [OnceLock<Result<Client, ConnectError>>; 8],
    /// By the origin of the server: its tenants share connections, and what is known of them.
    keep_alive: Mutex<HashMap<String, Arc<KeepAlive>>>,
}

/// The abilities that a client needs for a URL.
#[derive(Debug, Clone, Copy)]
struct Reach {
    tls: bool,
    proxied: bool,
    pooled: bool,
}

impl Reach {
    fn of(url: &Url) -> Self {
        let host = url.host_str().unwrap_or_default();
        let name = host.trim_start_matches('[').trim_end_matches([']', '.']);
        let local = name.eq_ignore_ascii_case("localhost")
            || name.to_ascii_lowercase().ends_with(".localhost")
            || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        Self {
            tls: url.scheme() == "https",
            proxied: !local,
            pooled: true,
        }
    }

    fn index(self) -> usize {
        (usize::from(self.tls) << 2) | (usize::from(self.proxied) << 1) | usize::from(self.pooled)
    }
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
            limits,
            user_agent: user_agent.into(),
            clients: Default::default(),
            keep_alive: Mutex::default(),
        };
        pool.client(Reach {
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
            &self.user_agent,
            way.client,
            self.limits,
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
        if self.limits.public_only {
            return Err(ConnectError::Private {
                target: command.to_owned(),
            });
        }
        let policy = way.client.server_requests;
        let wire = StdioWire::new(command, args, env, way.pace, policy, self.limits, lookup)?;
        let (recorder, target) = (wire.recorder(), wire.target());
        Ok(McpTransport::new(
            wire,
            &self.user_agent,
            way.client,
            self.limits,
            recorder,
            target,
        ))
    }

    /// The sender of requests to a server, over the connections that its providers share.
    fn sender(&self, base: &Url, accept: &'static str, way: &Way<'_>) -> Result<Sender, ConnectError> {
        if self.limits.public_only && !public::may_be_public(base) {
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
            pooled: self.client(reach)?.clone(),
            single: self
                .client(Reach {
                    pooled: false,
                    ..reach
                })?
                .clone(),
            keep_alive,
        };
        Sender::new(connections, accept, way.auth, way.pace, self.limits)
    }

    fn client(&self, reach: Reach) -> Result<&Client, ConnectError> {
        let client = self
            .clients
            .get(reach.index())
            .ok_or_else(|| ConnectError::Client {
                reason: "there is no client of this kind".to_owned(),
            })?;
        client
            .get_or_init(|| self.build(reach))
            .as_ref()
            .map_err(Clone::clone)
    }

    fn build(&self, reach: Reach) -> Result<Client, ConnectError> {
        let mut builder = Client::builder()
            .user_agent(&self.user_agent)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .http1_only()
            .tcp_nodelay(true)
            // A little less than a call, so that a host that swallows connections is told from one that answers late.
            .connect_timeout(self.limits.call.mul_f64(0.9))
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(if reach.pooled { IDLE_PER_HOST } else { 0 });
        if !reach.tls {
            builder = builder.tls_certs_only([]);
        } else if !roots().is_empty() {
            builder = builder.tls_certs_merge(roots().iter().cloned());
        }
        // A proxy would look the name up by itself.
        if !reach.proxied || self.limits.public_only {
            builder = builder.no_proxy();
        }
        if self.limits.public_only {
            builder = builder.dns_resolver(Arc::new(PublicOnly));
        }
        builder.build().map_err(|error| {
            let mut cause: &dyn std::error::Error = &error;
            while let Some(deeper) = cause.source() {
                cause = deeper;
            }
            ConnectError::Client {
                reason: cause.to_string(),
            }
        })
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
    fn a_proxy_is_used_for_other_machines_and_certificates_for_https_only() {
        let rows = [
            ("http://127.0.0.1:4700", false, false),
            ("http://localhost/p", false, false),
            ("http://salon.localhost./p", false, false),
            ("http://[::1]:80", false, false),
            ("http://127.0.0.53", false, false),
            ("https://localhost", true, false),
            ("http://provider:4700", false, true),
            ("http://10.0.0.1", false, true),
            ("http://localhost.example.com", false, true),
            ("https://example.com", true, true),
        ];
        for (url, tls, proxied) in rows {
            let reach = Reach::of(&Url::parse(url).unwrap());
            assert_eq!((reach.tls, reach.proxied), (tls, proxied), "{url}");
        }
    }

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
