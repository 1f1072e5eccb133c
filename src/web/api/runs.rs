//! Runs and their reports.

use axum::extract::{Path, State as Given};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;

use super::asked::{Asked, answer};
use super::capabilities::size;
use crate::web::{State, view};

/// Which runs are asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    /// Go on where a page ended: its `next`.
    before: Option<String>,
    /// How many runs at most, up to 500; 50 where it is left out.
    limit: Option<usize>,
}

pub(super) async fn list(Given(state): Given<State>, Asked(asked): Asked<Listed>) -> Response {
    answer(state, move |state| {
        let size = size(asked.limit)?;
        Ok(view::runs(state, asked.before.as_deref(), size)?)
    })
    .await
}

pub(super) async fn show(Given(state): Given<State>, Path(run): Path<String>) -> Response {
    answer(state, move |state| Ok(view::run(state, &run)?)).await
}
