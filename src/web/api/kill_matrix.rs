//! The kill matrix of the bundled suites.

use axum::extract::State as Given;
use axum::response::Response;
use serde_json::Value;

use super::asked::answer;
use super::problem::Problem;
use crate::web::State;

/// As `proofhouse prove` has written it, beside the page of the guides.
const PUBLISHED: &str = include_str!("../../../docs/kill-matrix.json");

pub(super) async fn show(Given(state): Given<State>) -> Response {
    answer(state, |_| {
        serde_json::from_str::<Value>(PUBLISHED).map_err(|error| Problem::internal(&error))
    })
    .await
}
