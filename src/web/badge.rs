//! Badges: a standing as an SVG picture.

use axum::extract::{Path, State as Given};
use axum::response::Response;
use maud::html;

use super::error::WebError;
use super::{State, respond};
use crate::app::CapabilityPage;
use crate::model::ProviderId;
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
    // Without a version, the first published one, as everywhere. The badge names it.
    let reference = CapabilityPage::find(&state.bundle.registry, name, None)?
        .capability
        .reference
        .clone();
    let standings = state
        .history
        .standings(&state.bundle, Some(&reference), Some(&provider))?;
    let claim = standings.first();
    let standing = claim.map_or(Standing::Unknown, |claim| claim.now.standing);
    let colour = match standing {
        Standing::Conformant => "#12682f",
        Standing::Unproven | Standing::Unknown => "#5a6068",
        Standing::NotConformant => "#b3161b",
    };
    let left = format!("{} v{}", reference.id.tool(), reference.version);
    let proof = claim.and_then(|claim| claim.proof.as_ref());
    let right = match proof.filter(|_| standing == Standing::Conformant) {
        Some(proof) => format!(
            "{standing} {} of {} rules",
            proof.proven_rules(),
            proof.total_rules()
        ),
        None => standing.to_string(),
    };
    let (first, second) = (left.len() * CHARACTER + 12, right.len() * CHARACTER + 12);
    let words = claim.map_or_else(|| standing.to_string(), |claim| claim.in_words());
    let title = format!("{provider} {reference}: {words}");
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
