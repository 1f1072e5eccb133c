//! What machines ask of the site: whether it lives and can read its store, what a crawler may read, and the picture of the tab.

use axum::extract::State as Given;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::work::{self, Work};
use super::{State, layout};

const PLAIN: [(header::HeaderName, &str); 2] = [
    (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
    (header::CACHE_CONTROL, "no-store"),
];

/// Crawlers may read all but what every visitor gets anew, and the interfaces of programs.
const ROBOTS: &str =
    "User-agent: *\nDisallow: /api/\nDisallow: /mcp\nDisallow: /runs/*/live\nDisallow: /metrics\n";

/// The process answers.
pub(super) async fn healthy() -> Response {
    (PLAIN, "ok\n").into_response()
}

/// The process answers and reads its store.
pub(super) async fn ready(Given(state): Given<State>) -> Response {
    match work::run(Work::Page, move || state.history.list(1, None).map(drop)).await {
        Ok(Ok(())) => (PLAIN, "ready\n").into_response(),
        // The reason may name paths, and is for the operator.
        _ => (
            StatusCode::SERVICE_UNAVAILABLE,
            PLAIN,
            "the store cannot be read\n",
        )
            .into_response(),
    }
}

pub(super) async fn robots(Given(state): Given<State>) -> Response {
    let map = state.base_url.as_ref();
    let map = map.map_or_else(String::new, |_| {
        format!("Sitemap: {}\n", state.address("/sitemap.xml"))
    });
    let text = format!("{ROBOTS}{map}");
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

pub(super) async fn icon() -> Response {
    ([(header::CONTENT_TYPE, "image/svg+xml")], layout::ICON).into_response()
}
