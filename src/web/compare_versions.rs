//! Two versions of a contract side by side: what the later one changes, and who keeps which.

use std::collections::BTreeMap;

use maud::html;

use super::compared::Compared;
use super::error::WebError;
use super::{State, diff, layout, paging, text};
use crate::app::{CapabilityPage, ClaimStanding, diff_contracts};
use crate::model::{CapabilityRef, ProviderId, plural};
use crate::standing::Standing;

/// The largest number of providers that are shown.
const MANY: usize = 100;

/// The standing at each of the two versions. None where a provider does not claim it.
type Both = [Option<Standing>; 2];

pub(super) fn of(state: &State, a: &str, b: &str) -> Result<Compared, WebError> {
    let named = |name: &str| {
        let found = CapabilityPage::find(&state.bundle.registry, name, None)?;
        Ok::<_, WebError>(found.capability.reference.clone())
    };
    let versions = [named(a)?, named(b)?];
    let [first, second] = &versions;
    let changes = diff_contracts(
        &state.bundle.registry,
        &first.to_string(),
        Some(&second.to_string()),
    )?;
    let mut providers: BTreeMap<ProviderId, Both> = BTreeMap::new();
    let mut pending = 0;
    for (at, version) in versions.iter().enumerate() {
        let found = state.history.standings_so_far(&state.bundle, Some(version))?;
        pending += found.pending;
        for claim in &found.claims {
            let both = providers.entry(claim.history.claim.provider.clone()).or_default();
            if let Some(place) = both.get_mut(at) {
                *place = Some(standing(claim));
            }
        }
    }
    let keeping = |at: usize| {
        let those = providers
            .values()
            .filter(|both| both.get(at) == Some(&Some(Standing::Conformant)));
        those.count()
    };
    let rows = html! {
        @for (provider, both) in providers.iter().take(MANY) {
            tr {
                th scope="row" { a href={ "/providers/" (provider) } { (provider) } }
                @for standing in both {
                    td { @match standing { Some(standing) => (text::standing(*standing)), None => span class="faint" { "no claim" } } }
                }
            }
        }
    };
    let body = html! {
        p class="verdict" {
            (plural(changes.changes.len(), "change")) " from " (linked(first)) " to " (linked(second)) ", kept by "
            (keeping(0)) " and " (keeping(1)) " of " (plural(providers.len(), "provider"))
        }
        h2 id="standing" { "Who keeps which" }
        @if providers.is_empty() { p { "No provider has been proven here." } } @else {
            (layout::table("The standing at both versions", &["provider", &first.to_string(), &second.to_string()], &rows))
        }
        @if providers.len() > MANY { p { (providers.len() - MANY) " more providers" } }
        (paging::pending(pending))
        (diff::all_changes(&changes))
    };
    Ok(Compared {
        title: format!("{first} and {second}"),
        body,
    })
}

fn standing(claim: &ClaimStanding) -> Standing {
    claim.now.standing
}

fn linked(version: &CapabilityRef) -> maud::Markup {
    html! { a href={ "/capabilities/" (version) } { "v" (version.version) } }
}
