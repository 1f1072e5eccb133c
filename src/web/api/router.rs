//! The router of the API.

use axum::Router;
use axum::routing::get;

use super::openapi;
use super::problem::Problem;
use super::route::routes;
use crate::web::State;

/// All routes, and the document that describes them.
pub(in crate::web) fn router() -> Router<State> {
    let described = Router::new().route("/openapi.json", get(openapi::show));
    routes()
        .into_iter()
        .fold(described, |router, route| router.route(route.path, route.handler))
        .fallback(async || Problem::unknown("there is no such route; /api/v1/openapi.json describes all"))
}
