//! `advance_clock`: moves the tenant's own clock, or tells what it shows. Served in the sandbox only.

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::json;

use super::answer::Answer;
use super::answer::wire_time;
use super::call::Call;
use super::spec::{ContractText, ToolSpec, invalid_input, typed};
use crate::clock::Turn;
use crate::notify::remind;
use crate::store::StoreError;

/// The tool.
pub(super) const SPEC: ToolSpec = ToolSpec {
    name: "advance_clock",
    domain: "sandbox",
    contract: ContractText::Same(include_str!("../../contract/advance_clock.json")),
    input_error: invalid_input,
    handler: |call, input| Box::pin(typed(call, input, answer)),
};

#[derive(Deserialize)]
pub(super) struct Input {
    #[serde(default)]
    seconds: f64,
    freeze: Option<bool>,
    #[serde(default)]
    reset: bool,
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the schema keeps it within five years"
    )]
    let milliseconds = (input.seconds * 1000.0).round() as i64;
    let turned = call.clock.turn(Turn {
        reset: input.reset,
        freeze: input.freeze,
        by: TimeDelta::milliseconds(milliseconds),
    });
    let Some((now, frozen)) = turned else {
        return Ok(Answer::malformed("invalid_input"));
    };
    // What has fallen due by the new time has gone out before the answer says that it is so late.
    remind(call.provider, Some(&call.tenant.slug)).await?;
    Ok(Answer::success(
        json!({ "now": wire_time(now), "frozen": frozen }),
    ))
}
