//! Answers that are not a tool's: they are JSON, and have no `ok`.

use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::store::StoreError;

/// The answer where an address names a tenant that is not there.
pub(super) fn unknown_tenant(slug: &str) -> Response {
    problem(
        StatusCode::NOT_FOUND,
        "unknown_tenant",
        &format!("there is no tenant {slug:?}"),
    )
}

/// The answer where the bookings could not be read or kept.
pub(super) fn storage_failed(error: &StoreError) -> Response {
    problem(
        StatusCode::INTERNAL_SERVER_ERROR,
        "storage_failed",
        &error.to_string(),
    )
}

pub(super) fn problem(status: StatusCode, code: &str, message: &str) -> Response {
    as_json(status, json!({ "error": code, "message": message }).to_string())
}

pub(super) fn as_json(status: StatusCode, body: impl Into<Bytes>) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.into()).into_response()
}
