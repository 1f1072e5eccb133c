//! Providers and where they stand.

use axum::extract::{Path, State as Given};
use axum::response::Response;

use super::asked::answer;
use crate::web::{State, view};

pub(super) async fn list(Given(state): Given<State>) -> Response {
    answer(state, |state| Ok(view::providers(state)?)).await
}

pub(super) async fn show(Given(state): Given<State>, Path(provider): Path<String>) -> Response {
    answer(state, move |state| Ok(view::provider(state, &provider)?)).await
}
