//! Tenants of the reference provider that each have one fault, and one without any: all alike but for the fault.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use reference_provider::{Clock, Fault, Options, Server, SystemClock, Tenants, Version};

use super::AppError;
use super::fault_catalogue::{Catalogue, Shape};
use super::fault_fill::fill;
use super::fault_shop::Shop;
use super::reference::{claims, entry};
use crate::capability::{Capability, Registry};
use crate::model::{CapabilityRef, IdError, ProviderId};
use crate::provider::Provider;

/// The platform without a fault.
pub(super) const FAULTLESS: &str = "faultless";

/// The tenant of each platform that has the fault and is proven.
pub(super) const SHOP: &str = "shop";

/// The second tenant of each platform, without any fault: a provider that does not know the bookings of the first.
pub(super) const PEER: &str = "peer";

/// The tools that a peer claims, so that it is there for the tests of each domain that look at one, and costs little.
pub(super) const PEER_CLAIMS: [&str; 2] = ["list_services", "get_invoice"];

/// The provider that has a fault.
pub(super) fn provider_with(fault: Fault) -> Result<ProviderId, IdError> {
    format!("{}:{SHOP}", platform(fault)).parse()
}

/// The contracts that a tenant with a fault claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claimed {
    /// All of them.
    All,
    /// Those of the tool which its fault breaks, at every version; all where the fault shows at other tools.
    OfItsTool,
    /// That of the tool which its fault breaks.
    OfItsFault,
}

/// The contracts of the tool that a fault breaks, as far as they have the rule.
pub(super) fn broken_contracts(registry: &Registry, fault: Fault) -> Vec<CapabilityRef> {
    let breaks = fault.breaks();
    let has_rule =
        |contract: &&Arc<Capability>| contract.tool() == breaks.tool && contract.rule(breaks.rule).is_some();
    let broken = registry.iter().filter(has_rule);
    broken.map(|contract| contract.reference.clone()).collect()
}

/// Starts one provider with a platform for each fault and one without, and names their tenants as providers at these versions.
pub(super) async fn start(
    registry: &Registry,
    faults: &[Fault],
    catalogue: Catalogue,
    claimed: Claimed,
    versions: &[Version],
) -> Result<(Server, Vec<Provider>), AppError> {
    let platforms: Vec<String> = faults
        .iter()
        .map(|fault| platform(*fault))
        .chain([FAULTLESS.to_owned()])
        .collect();
    let server = serve(&platforms, faults, catalogue, Arc::new(SystemClock)).await?;
    let broken: BTreeMap<String, Vec<CapabilityRef>> = faults
        .iter()
        .map(|fault| (platform(*fault), broken_contracts(registry, *fault)))
        .collect();
    let tools: BTreeMap<String, &str> = faults
        .iter()
        .filter(|fault| !fault.shows_at_other_tools())
        .map(|fault| (platform(*fault), fault.breaks().tool))
        .collect();
    let mut providers = Vec::new();
    for version in versions.iter().copied() {
        let all = claims(registry, version);
        let few: Vec<CapabilityRef> = all
            .iter()
            .filter(|claim| PEER_CLAIMS.contains(&claim.id.tool()))
            .cloned()
            .collect();
        for platform in &platforms {
            let claims = all.iter();
            let mine: Vec<CapabilityRef> = match (claimed, broken.get(platform), tools.get(platform)) {
                (Claimed::OfItsFault, Some(broken), _) => {
                    claims.filter(|claim| broken.contains(claim)).cloned().collect()
                }
                (Claimed::OfItsTool, _, Some(tool)) => {
                    claims.filter(|claim| claim.id.tool() == *tool).cloned().collect()
                }
                _ => all.clone(),
            };
            // Without a claim at this version it is nobody's provider, and needs no peer.
            if mine.is_empty() {
                continue;
            }
            for (tenant, claims) in [(SHOP, &mine), (PEER, &few)] {
                let slug = slug(platform, tenant);
                providers.push(entry(&server, platform, tenant, &slug, version, claims)?);
            }
        }
    }
    Ok((server, providers))
}

/// Starts one provider with these platforms, each with a shop and a peer. The shop of the platform that is named after a fault has
/// it.
pub(super) async fn serve(
    platforms: &[String],
    faults: &[Fault],
    catalogue: Catalogue,
    clock: Arc<dyn Clock>,
) -> Result<Server, AppError> {
    let tenants: String = platforms
        .iter()
        .flat_map(|platform| [SHOP, PEER].map(|tenant| tenant_of(platform, tenant, catalogue)))
        .collect();
    let tenants = Tenants::parse(&format!("tenants:\n{tenants}"), "the fault tenants")?;
    let options = Options {
        clock,
        sandbox: true,
        faults: faults
            .iter()
            .map(|fault| (Some(slug(&platform(*fault), SHOP)), *fault))
            .collect(),
        ..Options::in_memory(tenants)
    };
    let server = Server::start(options, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    if catalogue.shape().is_nearly_full {
        fill_shops(&server, platforms, catalogue).await?;
    }
    Ok(server)
}

/// Fills the calendar of the shop of each platform.
async fn fill_shops(server: &Server, platforms: &[String], catalogue: Catalogue) -> Result<(), AppError> {
    let shape = catalogue.shape();
    let Some((shortest, ..)) = shape.services.iter().min_by_key(|(_, minutes, _)| *minutes) else {
        return Ok(());
    };
    let pool = Shop::pool()?;
    let shops = platforms
        .iter()
        .map(|platform| {
            let shop = Shop::open(&pool, server, &slug(platform, SHOP), Version::V0_1_0)?;
            Ok((shop, format!("{platform}-{shortest}")))
        })
        .collect::<Result<Vec<_>, AppError>>()?;
    fill(&shops, shape.horizon_days).await;
    Ok(())
}

pub(super) fn platform(fault: Fault) -> String {
    fault.name().replace('_', "-")
}

pub(super) fn slug(platform: &str, tenant: &str) -> String {
    format!("{platform}-{tenant}")
}

/// A tenant with a catalogue. Services are named after the platform, so that platforms never share a request, and the tenants of one do.
fn tenant_of(platform: &str, tenant: &str, catalogue: Catalogue) -> String {
    let Shape {
        zone,
        step,
        days,
        hours,
        horizon_days,
        services,
        is_nearly_full: _,
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
    horizon_days: {horizon_days}
    hours: {{ {hours} }}
    services:
{services}",
        slug = slug(platform, tenant),
        hours = hours.join(", "),
    )
}
