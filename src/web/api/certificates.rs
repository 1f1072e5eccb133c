//! Routes of certificates.

use axum::extract::{Path, State as Given};
use axum::response::Response;

use super::respond::json;
use crate::web::{State, view};

pub(super) async fn list(Given(state): Given<State>) -> Response {
    json(state, |state| Ok(view::certificates(state)?)).await
}

pub(super) async fn show(Given(state): Given<State>, Path(certificate): Path<String>) -> Response {
    json(state, move |state| Ok(view::certificate(state, &certificate)?)).await
}
