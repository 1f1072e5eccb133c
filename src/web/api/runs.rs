//! Routes of runs and their reports.

use axum::extract::{Path, State as Given};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;

use super::query::{QueryParams, size};
use super::respond::json;
use crate::web::{State, view};

/// The page of the list of runs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RunQuery {
    /// The cursor `next` of the page before. Without it, the first page.
    before: Option<String>,
    /// The largest number of runs, up to 500. The default is 50.
    limit: Option<usize>,
}

pub(super) async fn list(Given(state): Given<State>, QueryParams(query): QueryParams<RunQuery>) -> Response {
    json(state, move |state| {
        let size = size(query.limit)?;
        Ok(view::runs(state, query.before.as_deref(), size)?)
    })
    .await
}

pub(super) async fn show(Given(state): Given<State>, Path(run): Path<String>) -> Response {
    json(state, move |state| Ok(view::run(state, &run)?)).await
}
