//! The route of the kill matrix of the bundled suites.

use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::app::PUBLISHED_MATRIX;

pub(super) async fn show() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], PUBLISHED_MATRIX).into_response()
}
