//! The gate as a route.

use axum::extract::State as Given;
use axum::response::Response;
use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::Deserialize;

use super::problem::Problem;
use super::query::{QueryParams, parse};
use super::respond::json;
use crate::app::{self, GateRequest};
use crate::model::{Clock, SystemClock};
use crate::standing::{Demand, Share};
use crate::summary::ProofLevel;
use crate::web::State;

/// The claim and the demands. `min_pass_rate` and `over_seconds` must be given together.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GateQuery {
    /// The provider, `platform:tenant`.
    provider: String,
    /// `domain.tool@version`, or `domain.tool` for the first version.
    capability: String,
    /// The maximum age of the latest run that counts, in seconds.
    max_age_seconds: Option<u32>,
    /// The minimum share of must-level results that passed, between 0 and 1.
    min_pass_rate: Option<String>,
    /// The period until now over which the share is computed, in seconds.
    over_seconds: Option<u32>,
    /// The minimum number of rules of the contract that the latest run that counts has proven.
    min_rules: Option<usize>,
    /// The minimum level that the latest run that counts has proven.
    level: Option<ProofLevel>,
}

pub(super) async fn ask(Given(state): Given<State>, QueryParams(query): QueryParams<GateQuery>) -> Response {
    json(state, move |state| {
        let seconds = |seconds: u32| TimeDelta::seconds(seconds.into());
        let share: Option<Share> = parse("min_pass_rate", query.min_pass_rate.as_deref())?;
        let min_pass_rate = match (share, query.over_seconds) {
            (None, None) => None,
            (Some(share), Some(over)) => Some((share, seconds(over))),
            _ => {
                return Err(Problem::malformed(
                    "`min_pass_rate` and `over_seconds` go together",
                ));
            }
        };
        let provider = query
            .provider
            .parse()
            .map_err(|error| Problem::malformed(format!("provider: {error}")))?;
        let request = GateRequest {
            provider,
            capability: query.capability,
            demand: Demand {
                max_age: query.max_age_seconds.map(seconds),
                min_pass_rate,
                min_rules: query.min_rules,
                level: query.level,
            },
        };
        let found = app::gate(&state.bundle, Some(&state.history), &request, SystemClock.now())?;
        Ok(found.view())
    })
    .await
}
