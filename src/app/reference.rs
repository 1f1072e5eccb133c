//! The bundled reference provider, on a real wire: a free port of the loopback interface, everything in memory, its sandbox on.

use std::net::{Ipv4Addr, SocketAddr};

use reference_provider::{Options, Server, Tenants, Tool, Version};

use super::AppError;
use crate::capability::Registry;
use crate::model::{CapabilityRef, Endpoint};
use crate::provider::Provider;

/// The platform under which the bundled tenants are known.
const PLATFORM: &str = "bookio";

/// Starts the provider and names its tenants as providers, each once for every version of the contracts that it serves.
pub(super) async fn start(registry: &Registry) -> Result<(Server, Vec<Provider>), AppError> {
    let options = Options {
        sandbox: true,
        ..Options::in_memory(Tenants::bundled()?)
    };
    let server = Server::start(options, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let mut providers = Vec::new();
    for version in Version::ALL {
        let claims = claims(registry, version);
        for tenant in server.tenants() {
            providers.push(entry(
                &server,
                PLATFORM,
                &tenant.slug,
                &tenant.slug,
                version,
                &claims,
            )?);
        }
    }
    Ok((server, providers))
}

/// The contracts of a version, as far as the registry has them. A tool that is the same at every version is claimed with the first.
pub(super) fn claims(registry: &Registry, version: Version) -> Vec<CapabilityRef> {
    let reference = |tool: Tool| {
        format!("{}.{}@{}", tool.domain(), tool.name(), version.name())
            .parse()
            .ok()
    };
    version
        .tools()
        .filter_map(reference)
        .filter(|reference| registry.at(reference).is_some())
        .collect()
}

/// The tenant at `slug`, as a provider `platform:tenant` that serves a version and claims these.
pub(super) fn entry(
    server: &Server,
    platform: &str,
    tenant: &str,
    slug: &str,
    version: Version,
    claims: &[CapabilityRef],
) -> Result<Provider, AppError> {
    let name = server
        .tenants()
        .iter()
        .find(|known| known.slug == slug)
        .map(|known| known.name.clone());
    let endpoint = Endpoint::Http {
        url: server.version_url(slug, version),
    };
    Ok(Provider::new(format!("{platform}:{tenant}").parse()?, endpoint)
        .with_name(name)
        .with_claims(Some(claims.to_vec())))
}
