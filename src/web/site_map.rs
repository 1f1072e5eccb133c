//! The site map for crawlers: the pages that stay, with whole addresses. A site that does not know its own address has none.

use axum::extract::State as Given;
use axum::response::Response;
use maud::{PreEscaped, html};

use super::error::WebError;
use super::{State, respond};

/// The largest number of providers, so that a map stays below the 50,000 addresses that a crawler takes.
const PROVIDERS: usize = 20_000;

pub(super) async fn show(Given(state): Given<State>) -> Response {
    respond::document(state, "application/xml; charset=utf-8", map).await
}

fn map(state: &State) -> Result<String, WebError> {
    if state.base_url.is_none() {
        return Err(WebError::NoSiteMap);
    }
    let mut paths: Vec<String> = ["/", "/providers", "/runs", "/certificates", "/kill-matrix"]
        .map(str::to_owned)
        .to_vec();
    for contract in state.bundle.registry.iter() {
        paths.push(format!("/capabilities/{}", contract.reference));
        paths.push(format!("/capabilities/{}/matrix", contract.reference));
    }
    for test in state.bundle.suites.iter() {
        paths.push(format!(
            "/capabilities/{}/tests/{}",
            test.id.capability, test.id.name
        ));
    }
    let providers = state.history.providers(None, None, PROVIDERS)?;
    paths.extend(providers.iter().map(|provider| format!("/providers/{provider}")));
    let map = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"))
        urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" {
            @for path in &paths { url { loc { (state.address(path)) } } }
        }
    };
    Ok(map.into_string())
}
