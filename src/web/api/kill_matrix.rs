//! The kill matrix of the bundled suites.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// As `proofhouse prove` has written it, beside the page of the guides.
const PUBLISHED: &str = include_str!("../../../docs/kill-matrix.json");

pub(super) async fn show() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], PUBLISHED).into_response()
}
