//! The page of a platform: its tenants, how each of them stands, and who keeps which capability.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State as Given};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::error::WebError;
use super::paging::{self, Paged};
use super::{State, layout, respond, text, view};
use crate::app::ClaimStanding;
use crate::model::{CapabilityRef, ProviderId, plural};
use crate::standing::Standing;

/// The number of tenants of a page: more columns than this nobody reads.
const TENANTS: usize = 25;

/// The query of the page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct PlatformQuery {
    /// The last tenant of the page before.
    after: Option<String>,
}

pub(super) async fn show(
    Given(state): Given<State>,
    Path(platform): Path<String>,
    Query(query): Query<PlatformQuery>,
) -> Response {
    respond::page(state, move |state| page(state, &platform, query.after.as_deref())).await
}

/// A tenant with its claims.
struct Tenant {
    id: ProviderId,
    claims: Vec<Arc<ClaimStanding>>,
}

impl Tenant {
    fn keeps_all(&self) -> bool {
        let kept = |claim: &Arc<ClaimStanding>| claim.now.standing == Standing::Conformant;
        self.claims.iter().all(kept)
    }

    fn claim_to(&self, capability: &CapabilityRef) -> Option<&ClaimStanding> {
        let mut claims = self.claims.iter();
        let found = claims.find(|claim| claim.history.claim.capability == *capability);
        found.map(Arc::as_ref)
    }
}

fn page(state: &State, platform: &str, after: Option<&str>) -> Result<Markup, WebError> {
    let after = paging::after(after)?.filter(|after| after.platform() == platform);
    let found = state.history.tenants(platform, after.as_ref(), TENANTS + 1)?;
    let found = Paged::of(found, TENANTS, ToString::to_string);
    if found.items.is_empty() {
        return Err(WebError::UnknownPlatform(text::one_line(platform)));
    }
    let standings = state.history.standings_of_so_far(&state.bundle, &found.items)?;
    let mut by_tenant: BTreeMap<&ProviderId, Vec<Arc<ClaimStanding>>> = BTreeMap::new();
    for claim in &standings.claims {
        let claims = by_tenant.entry(&claim.history.claim.provider).or_default();
        claims.push(Arc::clone(claim));
    }
    let tenants: Vec<_> = found
        .items
        .iter()
        .map(|id| Tenant {
            id: id.clone(),
            claims: by_tenant.remove(id).unwrap_or_default(),
        })
        .collect();
    let is_part = after.is_some() || found.next.is_some();
    let keeping = tenants.iter().filter(|tenant| tenant.keeps_all()).count();
    let summary = format!(
        "{keeping} of {}{} keep all that they claim",
        plural(tenants.len(), "tenant"),
        if is_part { " of this page" } else { "" }
    );
    let body = html! {
        p class="faint" { a href="/providers" { "providers" } }
        h1 { (platform) }
        p class="verdict" { (text::kept(keeping, tenants.len(), &summary)) }
        (paging::pending(standings.pending))
        h2 id="tenants" { "Tenants" }
        (tenant_table(&tenants))
        (paging::next_link("after", found.next.as_ref(), "More tenants"))
        h2 id="capabilities" { "Who keeps what" }
        (matrix(&tenants))
    };
    let card = layout::Card {
        title: platform,
        path: &format!("/platforms/{platform}"),
        says: &format!("The platform {platform}: {summary}."),
    };
    Ok(layout::page(state, card, &body))
}

fn tenant_table(tenants: &[Tenant]) -> Markup {
    let rows = html! {
        @for tenant in tenants {
            @let entry = view::entry(&tenant.id, &tenant.claims);
            @let latest = tenant.claims.iter().filter_map(|claim| claim.now.latest.as_ref()).max_by_key(|(_, at)| *at);
            tr {
                th scope="row" { a href={ "/providers/" (tenant.id) } { (tenant.id.tenant()) } }
                td class="number" { (entry.conformant) }
                td class="number" { (entry.not_conformant) }
                td class="number" { (entry.unproven) }
                td class="number" { (entry.unknown) }
                td class="number" { (entry.self_attested) }
                td { @if let Some((run, at)) = latest { a href={ "/runs/" (run) } { (text::ago(*at)) } } }
            }
        }
    };
    let columns = [
        "tenant",
        "conformant",
        "not conformant",
        "unproven",
        "unknown",
        "self-attested",
        "latest that counts",
    ];
    layout::table_with_numbers("Claims by standing", &columns, 1..6, &rows)
}

/// Capabilities by tenants: those that fewest keep come first.
fn matrix(tenants: &[Tenant]) -> Markup {
    let mut capabilities: BTreeMap<&CapabilityRef, (usize, usize)> = BTreeMap::new();
    for claim in tenants.iter().flat_map(|tenant| &tenant.claims) {
        let (keeping, all) = capabilities.entry(&claim.history.claim.capability).or_default();
        *keeping += usize::from(claim.now.standing == Standing::Conformant);
        *all += 1;
    }
    let mut capabilities: Vec<_> = capabilities.into_iter().collect();
    capabilities.sort_by_key(|(_, (keeping, all))| std::cmp::Reverse(all - keeping));
    let head = html! {
        tr {
            th scope="col" { "capability" }
            th scope="col" class="number" { "kept" }
            @for tenant in tenants {
                th scope="col" class="cell" { a class="upright" href={ "/providers/" (tenant.id) } { (tenant.id.tenant()) } }
            }
        }
    };
    let rows = html! {
        @for (capability, (keeping, all)) in &capabilities {
            tr {
                th scope="row" { a href={ "/capabilities/" (capability) } { (capability) } }
                td class="number" { (keeping) "/" (all) }
                @for tenant in tenants {
                    @match tenant.claim_to(capability) {
                        None => td class="cell" {},
                        Some(claim) => {
                            @let (sign, class) = text::standing_sign(claim.now.standing);
                            td class={ "cell " (class) } { (text::to_latest(claim, sign)) }
                        },
                    }
                }
            }
        }
    };
    layout::grid("The standing of each claim", &head, &rows)
}
