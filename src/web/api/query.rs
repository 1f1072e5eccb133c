//! Query parameters, parsed strictly: one that is unknown or cannot be parsed is a problem, never ignored.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// The number of entries of a page: by default, of a plain list by default, and at most.
const PAGE: usize = 50;
pub(super) const LIST_PAGE: usize = 100;
const LARGEST_PAGE: usize = 500;

/// The page of a list of providers. The header `Link` of a response names the page that follows.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderQuery {
    /// The last provider of the page before. Without it, the first page.
    pub(super) after: Option<String>,
    /// The largest number of providers, up to 500. The default is 100.
    pub(super) limit: Option<usize>,
}

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

/// The number of entries of a page, checked.
pub(super) fn size(limit: Option<usize>) -> Result<usize, Problem> {
    match limit {
        None => Ok(PAGE),
        Some(limit @ 1..=LARGEST_PAGE) => Ok(limit),
        Some(_) => Err(Problem::malformed(format!(
            "limit: a number from 1 to {LARGEST_PAGE} is expected"
        ))),
    }
}
