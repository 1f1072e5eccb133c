//! The bundled reference provider, on a real wire: a free port of the loopback interface, everything in memory.

use std::net::{Ipv4Addr, SocketAddr};

use indexmap::IndexMap;
use reference_provider::{Options, Server, Tenants};

use super::AppError;
use super::connect::Candidate;
use crate::capability::Registry;
use crate::model::{CapabilityId, Endpoint, IdError};

/// The platform under which the bundled tenants are known.
const PLATFORM: &str = "bookio";

/// Starts the provider and names its tenants as providers.
pub(super) async fn start(registry: &Registry) -> Result<(Server, Vec<Candidate>), AppError> {
    let options = Options::in_memory(Tenants::bundled()?);
    let server = Server::start(options, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let claims = reference_provider::Tool::ALL
        .iter()
        .filter_map(|tool| format!("booking.{}", tool.name()).parse::<CapabilityId>().ok())
        .filter_map(|id| {
            registry
                .get(&id, None)
                .map(|capability| capability.reference.clone())
        })
        .collect::<Vec<_>>();
    let candidates = server
        .tenants()
        .iter()
        .map(|tenant| {
            Ok(Candidate {
                id: format!("{PLATFORM}:{}", tenant.slug).parse()?,
                name: Some(tenant.name.clone()),
                endpoint: Endpoint::Http {
                    url: server.tenant_url(&tenant.slug),
                },
                auth: None,
                claims: Some(claims.clone()),
                max_per_second: None,
                given: IndexMap::new(),
            })
        })
        .collect::<Result<Vec<_>, IdError>>()
        .map_err(|error| AppError::Entry {
            provider: PLATFORM.to_owned(),
            reason: error.to_string(),
            hint: None,
        })?;
    Ok((server, candidates))
}
