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
    let mut domains: BTreeMap<&str, BTreeMap<&str, &Arc<Capability>>> = BTreeMap::new();
    // The registry is sorted by version, so the newest one stays.
    for capability in state.bundle.registry.iter() {
        let id = &capability.reference.id;
        domains
            .entry(id.domain())
            .or_default()
            .insert(id.tool(), capability);
    }
    let body = html! {
        h1 { "Capabilities" }
        p { "Contracts of tools that agents call, the tests that prove them, and the proven providers." }
        @for (domain, capabilities) in &domains {
            h2 id=(domain) { (domain) }
            ul class="plain" {
                @for (tool, capability) in capabilities {
                    li {
                        a href={ "/capabilities/" (capability.reference.id) } { (tool) }
                        " " span class="faint" { "v" (capability.reference.version) " · " (capability.category) }
                        br;
                        (capability.summary)
                    }
                }
            }
        }
    };
    layout::page("Capabilities", &body)
}
