//! Badges: a standing as an SVG picture.

use axum::extract::{Path, State as Given};
use axum::response::Response;
use maud::html;

use super::error::WebError;
use super::{State, respond};
use crate::app::CapabilityPage;
use crate::model::{CapabilityRef, ProviderId};
use crate::standing::Standing;

/// The average width of a character in units of the picture.
const CHARACTER: usize = 7;

pub(super) async fn show(
    Given(state): Given<State>,
    Path((provider, file)): Path<(String, String)>,
) -> Response {
    respond::document(state, "image/svg+xml; charset=utf-8", move |state| {
        draw(state, &provider, &file)
    })
    .await
}

/// Draws a badge. A provider without runs has a badge too, because a badge may be embedded before the first run.
fn draw(state: &State, provider: &str, file: &str) -> Result<String, WebError> {
    let unknown = || WebError::UnknownBadge;
    let name = file.strip_suffix(".svg").ok_or_else(unknown)?;
    let provider: ProviderId = provider.parse().map_err(|_| unknown())?;
    let newest = CapabilityPage::find(&state.bundle.registry, name, None)?.capability;
    let standings = state.history.standings(&state.bundle, None, Some(&provider))?;
    let meant = |claimed: &CapabilityRef| {
        claimed.id == newest.reference.id
            && (!name.contains('@') || claimed.version == newest.reference.version)
    };
    // Without a version, the newest version that the provider was proven for, which may not be the newest published one.
    let claim = standings
        .iter()
        .filter(|claim| meant(&claim.history.claim.capability))
        .max_by_key(|claim| &claim.history.claim.capability.version);
    let reference = claim.map_or(&newest.reference, |claim| &claim.history.claim.capability);
    let standing = claim.map_or(Standing::Unknown, |claim| claim.now.standing);
    let colour = match standing {
        Standing::Conformant => "#12682f",
        Standing::Unknown => "#5a6068",
        Standing::NotConformant => "#b3161b",
    };
    let left = format!("{} v{}", reference.id.tool(), reference.version);
    let right = standing.as_str();
    let (first, second) = (left.len() * CHARACTER + 12, right.len() * CHARACTER + 12);
    let title = format!("{provider} {reference}: {right}");
    let picture = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(first + second) height="20" role="img" aria-label=(title) {
            title { (title) }
            rect width=(first + second) height="20" rx="3" fill="#24292f" {}
            rect x=(first) width=(second) height="20" rx="3" fill=(colour) {}
            g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" {
                text x=(first / 2) y="14" { (left) }
                text x=(first + second / 2) y="14" { (right) }
            }
        }
    };
    Ok(picture.into_string())
}
