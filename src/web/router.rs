//! The routes of the site, and the server.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::listen::Bounds;
use super::places::Places;
use super::visitors::{self, Visitors};
use super::{
    State, api, badge, capability, certificate, compare, diff, feed, headers, home, kill_matrix, layout,
    listen, live, matrix, mcp, metrics, platform, probes, provider, provider_list, respond, run, runs,
    search, server_error, site_map, test_page, transparency,
};

/// The time for responses under way to end when the site stops.
const GRACE: Duration = Duration::from_secs(3);

/// The router of the site.
pub fn router(state: State) -> Router {
    Router::new()
        .route("/", get(home::show))
        .route("/capabilities/{name}", get(capability::show))
        .route("/capabilities/{name}/diff", get(diff::show))
        .route("/capabilities/{name}/matrix", get(matrix::show))
        .route("/capabilities/{name}/tests/{test}", get(test_page::show))
        .route("/search", get(search::show))
        .route("/providers", get(provider_list::show))
        .route("/providers/{provider}", get(provider::show))
        .route("/platforms/{platform}", get(platform::show))
        .route("/compare", get(compare::show))
        .route("/runs", get(runs::show))
        .route("/runs/{run}", get(run::show))
        .route("/runs/{run}/live", get(live::events))
        .route("/certificates", get(certificate::list))
        .route("/certificates/{name}", get(certificate::show))
        .route("/log/checkpoint", get(transparency::checkpoint))
        .route("/log/tile/{*path}", get(transparency::tile))
        .route("/kill-matrix", get(kill_matrix::show))
        .route("/live.js", get(live::script))
        .route("/badge/{provider}/{file}", get(badge::show))
        .route("/feed.atom", get(feed::show))
        .route("/style.css", get(style))
        .route("/favicon.svg", get(probes::icon))
        .route("/favicon.ico", get(probes::icon))
        .route("/robots.txt", get(probes::robots))
        .route("/sitemap.xml", get(site_map::show))
        .route("/metrics", get(metrics::show))
        .route("/healthz", get(probes::healthy))
        .route("/readyz", get(probes::ready))
        .nest("/api/v1", api::router())
        .merge(mcp::router(&state))
        .fallback(async || respond::error_page(StatusCode::NOT_FOUND, "There is no such page."))
        .with_state(state.clone())
        .layer(from_fn(listen::within_time))
        .layer(from_fn(headers::cached))
        .layer(from_fn(headers::secured))
        .layer(from_fn_with_state(state.clone(), server_error::notify))
        .layer(from_fn_with_state(state, metrics::counted))
}

/// The description of the JSON API, OpenAPI 3.1.
pub fn openapi() -> Value {
    api::document()
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], layout::STYLE).into_response()
}

/// Serves the site until `stop` is done.
///
/// # Errors
///
/// The listener fails.
pub async fn serve(
    state: State,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    state.history.judge_ahead(&state.bundle);
    let (say, stopping) = watch::channel(false);
    let bounds = Bounds::of_this_process();
    let proxies = state.proxies.clone();
    let visitors = Arc::new(Visitors {
        proxies: proxies.clone(),
        places: Places::new(bounds.total),
        most: bounds.an_address,
    });
    let router = router(state)
        .layer(Extension(live::Stopping(stopping)))
        .layer(from_fn_with_state(visitors, visitors::ascribed));
    let stop = async move {
        stop.await;
        let _ = say.send(true);
    };
    listen::serve_connections(listener, router, bounds, &proxies, stop, GRACE).await
}
