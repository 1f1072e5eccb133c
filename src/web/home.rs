//! The home page: the capabilities by domain.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State as Given;
use axum::response::Response;
use maud::{Markup, html};

use super::{State, layout, respond};
use crate::capability::Capability;

pub(super) async fn show(Given(state): Given<State>) -> Response {
    respond::page(state, |state| Ok(page(state))).await
}

fn page(state: &State) -> Markup {
    let mut domains: BTreeMap<&str, BTreeMap<&str, Vec<&Arc<Capability>>>> = BTreeMap::new();
    // The registry is sorted by version, so the first one comes first, which a name without a version means.
    for capability in state.bundle.registry.iter() {
        let id = &capability.reference.id;
        let tools = domains.entry(id.domain()).or_default();
        tools.entry(id.tool()).or_default().push(capability);
    }
    let body = html! {
        h1 { "Capabilities" }
        p { "Contracts of tools that agents call, the tests that prove them, and the proven providers." }
        @for (domain, capabilities) in &domains {
            h2 id=(domain) { (domain) }
            ul class="plain" {
                @for (tool, versions) in capabilities {
                    @for capability in versions.iter().take(1) { li {
                        a href={ "/capabilities/" (capability.reference.id) } { (tool) }
                        " " span class="faint" {
                            @for (at, known) in versions.iter().enumerate() {
                                @if at > 0 { ", " }
                                "v" (known.reference.version)
                            }
                            " · " (capability.category)
                        }
                        br;
                        (capability.summary)
                    } }
                }
            }
        }
    };
    layout::page("Capabilities", &body)
}
