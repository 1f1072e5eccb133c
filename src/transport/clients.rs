//! The HTTP clients that everything shares: one for each kind of address.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::{Client, Url};

use super::error::ConnectError;
use super::public::PublicOnly;
use super::roots::roots;
use super::types::Limits;

/// The time for which a connection is kept without a request. Common servers close theirs after two to five seconds without a word; a
/// request that crosses such a closing would look like a provider that hangs up. Within a run the next call comes sooner.
const IDLE: Duration = Duration::from_secs(1);

/// The number of idle connections that are kept for one host: tenants of a platform share it, each with its lanes and its races.
const IDLE_PER_HOST: usize = 256;

/// The clients, each built when it is first needed.
#[derive(Debug)]
pub(super) struct Clients {
    pub(super) limits: Limits,
    pub(super) user_agent: String,
    /// By [`Reach::index`].
    clients: [OnceLock<Result<Client, ConnectError>>; 8],
}

/// The abilities that a client needs for a URL.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    pub(super) tls: bool,
    pub(super) proxied: bool,
    pub(super) pooled: bool,
}

impl Reach {
    /// What the host and the scheme of a URL need.
    pub(super) fn of(url: &Url) -> Self {
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

impl Clients {
    pub(super) fn new(limits: Limits, user_agent: String) -> Self {
        Self {
            limits,
            user_agent,
            clients: Default::default(),
        }
    }

    /// The client for such addresses.
    pub(super) fn get(&self, reach: Reach) -> Result<&Client, ConnectError> {
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
}
