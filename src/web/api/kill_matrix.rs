//! The route of the kill matrix of the bundled suites.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// The matrix in JSON, as `proofhouse prove` wrote it.
const PUBLISHED: &str = include_str!("../../../docs/kill-matrix.json");

pub(super) async fn show() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], PUBLISHED).into_response()
}
