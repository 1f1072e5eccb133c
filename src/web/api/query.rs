//! Query parameters, parsed strictly: one that is unknown or cannot be parsed is a problem, never ignored.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// The parameters of a query.
pub(super) struct QueryParams<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for QueryParams<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(query)| Self(query))
            .map_err(|error| Problem::malformed(error.body_text()))
    }
}

/// Parses an optional parameter. A problem names the parameter.
pub(super) fn parse<T: FromStr<Err: ToString>>(
    name: &str,
    value: Option<&str>,
) -> Result<Option<T>, Problem> {
    value
        .map(|text| {
            text.parse()
                .map_err(|error: T::Err| Problem::malformed(format!("{name}: {}", error.to_string())))
        })
        .transpose()
}
