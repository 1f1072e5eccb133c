//! Badges: a standing as an SVG picture, and as JSON for services that draw badges themselves.

use axum::extract::{Path, State as Given};
use axum::response::Response;
use maud::html;
use serde_json::json;

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
    let name = |ending| file.strip_suffix(ending).map(str::to_owned);
    match (name(".svg"), name(".json")) {
        (Some(name), _) => {
            respond::document(state, "image/svg+xml; charset=utf-8", move |state| {
                Ok(Badge::of(state, &provider, &name)?.draw())
            })
            .await
        }
        (None, Some(name)) => {
            respond::document(state, "application/json", move |state| {
                Ok(Badge::of(state, &provider, &name)?.json())
            })
            .await
        }
        (None, None) => respond::document(state, "text/plain", |_| Err(WebError::UnknownBadge)).await,
    }
}

/// The words and the colour of a badge.
struct Badge {
    label: String,
    message: String,
    colour: &'static str,
    title: String,
}

impl Badge {
    /// The badge of a claim. A provider without runs has a badge too, because a badge may be embedded before the first run.
    fn of(state: &State, provider: &str, name: &str) -> Result<Self, WebError> {
        let provider: ProviderId = provider.parse().map_err(|_| WebError::UnknownBadge)?;
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
        let mark = claim.and_then(|claim| claim.mark());
        let colour = match (standing, mark) {
            (Standing::Conformant, None) => "#12682f",
            // The word of the provider alone is not green.
            (Standing::Conformant, Some(_)) => "#1c5a8a",
            (Standing::Unproven | Standing::Unknown, _) => "#5a6068",
            (Standing::NotConformant, _) => "#b3161b",
        };
        let proof = claim.and_then(|claim| claim.proof.as_ref());
        let mut message = match proof.filter(|_| standing == Standing::Conformant) {
            Some(proof) => format!(
                "{standing} {} of {} rules",
                proof.proven_rules(),
                proof.total_rules()
            ),
            None => standing.to_string(),
        };
        if let Some(mark) = mark {
            message = format!("{message}, {mark}");
        }
        let words = claim.map_or_else(|| standing.to_string(), |claim| claim.in_words());
        Ok(Self {
            label: format!("{} v{}", reference.id.tool(), reference.version),
            message,
            colour,
            title: format!("{provider} {reference}: {words}"),
        })
    }

    fn draw(&self) -> String {
        let (first, second) = (
            self.label.len() * CHARACTER + 12,
            self.message.len() * CHARACTER + 12,
        );
        let picture = html! {
            svg xmlns="http://www.w3.org/2000/svg" width=(first + second) height="20" role="img" aria-label=(self.title) {
                title { (self.title) }
                rect width=(first + second) height="20" rx="3" fill="#24292f" {}
                rect x=(first) width=(second) height="20" rx="3" fill=(self.colour) {}
                g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" {
                    text x=(first / 2) y="14" { (self.label) }
                    text x=(first + second / 2) y="14" { (self.message) }
                }
            }
        };
        picture.into_string()
    }

    /// The badge in the form of shields.io endpoints.
    fn json(&self) -> String {
        json!({
            "schemaVersion": 1,
            "label": self.label,
            "message": self.message,
            "color": self.colour,
        })
        .to_string()
    }
}
