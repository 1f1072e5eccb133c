//! The wrapper around a tool: the input before it, the answer after it.

use serde_json::Value;

use super::{input, respond::respond};
use crate::fault::{Fault, Faults};
use crate::store::StoreError;
use crate::tools::{self, Answer, Call};

/// Answers a call as the faults of its tenant have it.
pub(crate) async fn answer(call: Call<'_>, faults: Faults, mut input: Value) -> Result<Answer, StoreError> {
    input::loosen(call, faults, &mut input);
    if !call
        .contract
        .admits(&input, |keyword, pointer| input::waives(faults, keyword, pointer))
    {
        let mut answer = tools::refuse(call, &input);
        if faults.has(Fault::InvalidInputIs500) {
            answer.status = 500;
        }
        return Ok(respond(call, faults, answer));
    }
    let answer = tools::run(call, input).await?;
    Ok(respond(call, faults, answer))
}
