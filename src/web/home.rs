//! The home page: what this is, the search, the capabilities with how many providers keep each, and what changed lately.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State as Given;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use maud::{Markup, html};

use super::error::WebError;
use super::{State, layout, paging, respond, search, text};
use crate::app::ClaimStanding;
use crate::capability::Capability;
use crate::model::{CapabilityId, CapabilityRef, ProviderId, RunId, plural};
use crate::standing::Standing;

/// What the site is.
const WHAT: &str = "Contracts of tools that agents call, the tests that prove them, and the providers that are proven to keep them.";
/// The largest number of changes that are shown.
const CHANGES: usize = 10;
/// The time that the trend looks back over.
const LATELY: TimeDelta = TimeDelta::days(30);

pub(super) async fn show(Given(state): Given<State>) -> Response {
    respond::page(state, page).await
}

/// How many providers keep a capability, at any of its versions.
#[derive(Debug, Default)]
struct Kept {
    keeping: usize,
    all: usize,
    /// Claims that became conformant lately, and those that ceased to be.
    gained: usize,
    lost: usize,
}

fn page(state: &State) -> Result<Markup, WebError> {
    let standings = state.history.standings_so_far(&state.bundle, None)?;
    let kept = kept(&standings.claims, Utc::now() - LATELY);
    let mut domains: BTreeMap<&str, BTreeMap<&str, Vec<&Arc<Capability>>>> = BTreeMap::new();
    // The registry is sorted by version, so the first one comes first, which a name without a version means.
    for capability in state.bundle.registry.iter() {
        let id = &capability.reference.id;
        let tools = domains.entry(id.domain()).or_default();
        tools.entry(id.tool()).or_default().push(capability);
    }
    let body = html! {
        h1 { "Proofhouse" }
        p { (WHAT) }
        (search::form(""))
        (paging::pending(standings.pending))
        @for (domain, capabilities) in &domains {
            h2 id=(domain) { (domain) }
            ul class="cards" {
                @for (tool, versions) in capabilities {
                    @for capability in versions.iter().take(1) {
                        li {
                            a href={ "/capabilities/" (capability.reference.id) } { (tool) } " "
                            span class="faint" {
                                @for (at, known) in versions.iter().enumerate() {
                                    @if at > 0 { ", " }
                                    "v" (known.reference.version)
                                }
                            }
                            br;
                            (standing(kept.get(&capability.reference.id))) br;
                            (text::prose(&capability.summary))
                        }
                    }
                }
            }
        }
        h2 id="changes" { "What changed lately" }
        (changes(&standings.claims))
    };
    let card = layout::Card {
        title: "Capabilities",
        path: "/",
        says: WHAT,
    };
    Ok(layout::page(state, card, &body))
}

fn kept(claims: &[Arc<ClaimStanding>], since: DateTime<Utc>) -> BTreeMap<CapabilityId, Kept> {
    let mut by_provider: BTreeMap<(&CapabilityId, &ProviderId), bool> = BTreeMap::new();
    let mut found: BTreeMap<CapabilityId, Kept> = BTreeMap::new();
    for claim in claims {
        let of = &claim.history.claim;
        let keeps = by_provider.entry((&of.capability.id, &of.provider)).or_default();
        *keeps |= claim.now.standing == Standing::Conformant;
        let entry = found.entry(of.capability.id.clone()).or_default();
        for change in claim
            .history
            .transitions()
            .iter()
            .filter(|change| change.at >= since)
        {
            entry.gained += usize::from(change.to == Standing::Conformant);
            entry.lost += usize::from(change.from == Some(Standing::Conformant));
        }
    }
    for ((capability, _), keeps) in by_provider {
        let entry = found.entry(capability.clone()).or_default();
        entry.all += 1;
        entry.keeping += usize::from(keeps);
    }
    found
}

fn standing(kept: Option<&Kept>) -> Markup {
    html! {
        @match kept {
            None => span class="faint" { "no provider yet" },
            Some(kept) => {
                (text::kept(kept.keeping, kept.all, &format!("{} of {} keep it", kept.keeping, plural(kept.all, "provider"))))
                @if kept.gained > 0 { " " span class="good" title="claims that became conformant in 30 days" { "▲" (kept.gained) } }
                @if kept.lost > 0 { " " span class="bad" title="claims that ceased to be conformant in 30 days" { "▼" (kept.lost) } }
            },
        }
    }
}

/// A change of one provider by one run, of one or more capabilities.
struct Change<'a> {
    at: DateTime<Utc>,
    provider: &'a ProviderId,
    run: RunId,
    from: Option<Standing>,
    to: Standing,
    mark: Option<&'static str>,
    capabilities: Vec<&'a CapabilityRef>,
}

/// The latest changes. Those of one provider by one run are one.
fn changes(claims: &[Arc<ClaimStanding>]) -> Markup {
    let mut found: BTreeMap<_, Change<'_>> = BTreeMap::new();
    for claim in claims {
        let of = &claim.history.claim;
        for change in claim.history.transitions() {
            let key = (
                change.at,
                change.run.clone(),
                of.provider.clone(),
                change.from,
                change.to,
            );
            let entry = found.entry(key).or_insert_with(|| Change {
                at: change.at,
                provider: &of.provider,
                run: change.run.clone(),
                from: change.from,
                to: change.to,
                mark: change.origin.mark(),
                capabilities: Vec::new(),
            });
            entry.capabilities.push(&of.capability);
        }
    }
    let rows = html! {
        @for change in found.values().rev().take(CHANGES) {
            tr {
                th scope="row" { a href={ "/runs/" (change.run) } { (text::ago(change.at)) } }
                td { a href={ "/providers/" (change.provider) } { (change.provider) } }
                td {
                    @match change.capabilities.as_slice() {
                        [only] => a href={ "/capabilities/" (only) } { (only) },
                        many => { (many.len()) " capabilities" },
                    }
                }
                td { @if let Some(from) = change.from { (text::standing(from)) " → " } (text::standing(change.to)) (text::mark(change.mark)) }
            }
        }
    };
    html! {
        @if found.is_empty() { p { "No run has decided anything yet." } } @else {
            (layout::table("The latest changes of standing first", &["when", "provider", "what", "change"], &rows))
        }
    }
}
