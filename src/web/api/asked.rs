//! What a request asks for, read strictly: a parameter that is not known or cannot be read is a problem, never ignored.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::web::State;

/// The parameters of a query.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(asked)| Self(asked))
            .map_err(|error| Problem::malformed(error.body_text()))
    }
}

/// A parameter, where it is given.
pub(super) fn read<T: FromStr<Err: ToString>>(name: &str, given: Option<&str>) -> Result<Option<T>, Problem> {
    given
        .map(|text| {
            text.parse()
                .map_err(|error: T::Err| Problem::malformed(format!("{name}: {}", error.to_string())))
        })
        .transpose()
}

/// Makes an answer where waiting for the store is allowed.
pub(super) async fn answer<T: Serialize + 'static>(
    state: State,
    make: impl FnOnce(&State) -> Result<T, Problem> + Send + 'static,
) -> Response {
    let made = tokio::task::spawn_blocking(move || {
        let made = make(&state)?;
        serde_json::to_string(&made).map_err(|error| Problem::internal(&error))
    });
    match made.await {
        Ok(Ok(body)) => (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Ok(Err(problem)) => problem.into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}
