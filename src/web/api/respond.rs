//! JSON responses.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::problem::Problem;
use crate::web::State;

/// Responds with a value as JSON. `make` may wait for the store.
pub(super) async fn json<T: Serialize + 'static>(
    state: State,
    make: impl FnOnce(&State) -> Result<T, Problem> + Send + 'static,
) -> Response {
    let body = tokio::task::spawn_blocking(move || {
        let value = make(&state)?;
        serde_json::to_string(&value).map_err(|error| Problem::internal(&error))
    });
    match body.await {
        Ok(Ok(body)) => (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Ok(Err(problem)) => problem.into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}
