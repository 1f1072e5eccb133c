//! Tenants of the reference provider that each have one fault, and one without any: all alike but for the fault.

use std::net::{Ipv4Addr, SocketAddr};

use reference_provider::{Fault, Options, Server, Tenants, Version};

use super::AppError;
use super::fault_catalogue::{Catalogue, Shape};
use super::reference::{claims, entry};
use crate::capability::Registry;
use crate::model::{CapabilityRef, IdError, ProviderId};
use crate::provider::Provider;

/// The platform without a fault.
const FAULTLESS: &str = "faultless";

/// The tenant of each platform that has the fault and is proven.
const SHOP: &str = "shop";

/// The second tenant of each platform, without any fault: a provider that does not know the bookings of the first.
const PEER: &str = "peer";

/// The tools that a peer claims, so that it is there for the tests of each domain that look at one, and costs little.
const PEER_CLAIMS: [&str; 2] = ["list_services", "get_invoice"];

/// The provider that has a fault.
pub(super) fn provider_with(fault: Fault) -> Result<ProviderId, IdError> {
    format!("{}:{SHOP}", platform(fault)).parse()
}

/// Starts one provider with a platform for each fault and one without, and names their tenants as providers.
pub(super) async fn start(
    registry: &Registry,
    faults: &[Fault],
    catalogue: Catalogue,
) -> Result<(Server, Vec<Provider>), AppError> {
    let platforms: Vec<String> = faults
        .iter()
        .map(|fault| platform(*fault))
        .chain([FAULTLESS.to_owned()])
        .collect();
    let tenants: String = platforms
        .iter()
        .flat_map(|platform| [SHOP, PEER].map(|tenant| tenant_of(platform, tenant, catalogue)))
        .collect();
    let tenants = Tenants::parse(&format!("tenants:\n{tenants}"), "the fault tenants")?;
    let options = Options {
        sandbox: true,
        faults: faults
            .iter()
            .map(|fault| (Some(slug(&platform(*fault), SHOP)), *fault))
            .collect(),
        ..Options::in_memory(tenants)
    };
    let server = Server::start(options, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let mut providers = Vec::new();
    for version in Version::ALL {
        let all = claims(registry, version);
        let few: Vec<CapabilityRef> = all
            .iter()
            .filter(|claim| PEER_CLAIMS.contains(&claim.id.tool()))
            .cloned()
            .collect();
        for platform in &platforms {
            for (tenant, claims) in [(SHOP, &all), (PEER, &few)] {
                let slug = slug(platform, tenant);
                providers.push(entry(&server, platform, tenant, &slug, version, claims)?);
            }
        }
    }
    Ok((server, providers))
}

fn platform(fault: Fault) -> String {
    fault.name().replace('_', "-")
}

fn slug(platform: &str, tenant: &str) -> String {
    format!("{platform}-{tenant}")
}

/// A tenant with a catalogue. Services are named after the platform, so that platforms never share a request, and the tenants of one do.
fn tenant_of(platform: &str, tenant: &str, catalogue: Catalogue) -> String {
    let Shape {
        zone,
        step,
        days,
        hours,
        services,
    } = catalogue.shape();
    let hours: Vec<String> = days.iter().map(|day| format!("{day}: [\"{hours}\"]")).collect();
    let services: String = services
        .iter()
        .map(|(id, minutes, price)| {
            let price = price
                .map(|price| format!(" price: \"{price}\","))
                .unwrap_or_default();
            format!("      - {{ id: {platform}-{id}, name: The {id},{price} duration_minutes: {minutes} }}\n")
        })
        .collect();
    format!(
        "  - slug: {slug}
    name: Shop
    timezone: {zone}
    currency: USD
    slot_step_minutes: {step}
    horizon_days: 60
    hours: {{ {hours} }}
    services:
{services}",
        slug = slug(platform, tenant),
        hours = hours.join(", "),
    )
}
