//! Certificates, and whether they hold.

use axum::extract::{Path, State as Given};
use axum::response::Response;

use super::asked::answer;
use crate::web::{State, view};

pub(super) async fn list(Given(state): Given<State>) -> Response {
    answer(state, |state| Ok(view::certificates(state)?)).await
}

pub(super) async fn show(Given(state): Given<State>, Path(certificate): Path<String>) -> Response {
    answer(state, move |state| Ok(view::certificate(state, &certificate)?)).await
}
