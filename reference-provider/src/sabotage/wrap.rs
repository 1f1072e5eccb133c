//! The wrapper around a tool: what a fault changes before it, beside it and after it.

use serde_json::Value;

use super::{answers, beside, fields, inputs, loosen, race, refusals, respond::respond, tenant, twins};
use crate::fault::{Fault, Faults};
use crate::store::StoreError;
use crate::tools::{self, Answer, Call};

/// Answers a call as the faults of its tenant have it.
pub(crate) async fn answer(
    mut call: Call<'_>,
    faults: Faults,
    mut input: Value,
) -> Result<Answer, StoreError> {
    loosen::change(call, faults, &mut input);
    let end = loosen::take_end(call, faults, &mut input);
    let waives = |keyword: &str, pointer: &str| loosen::waives(faults, keyword, pointer);
    if !call.contract.admits(&input, waives) {
        let mut answer = tools::refuse(call, &input);
        let breaks_day = answer.error() == Some("invalid_date") && is_written_as_day(&input);
        if faults.has(Fault::InvalidInputIs500) || (breaks_day && faults.has(Fault::ImpossibleDateIs500)) {
            answer.status = 500;
        }
        return Ok(respond(call, faults, answer));
    }
    if let Some(refusal) = refusals::refuse(call, faults, &input) {
        return Ok(respond(call, faults, refusal));
    }
    let under_way = match twins::begin(call, faults, &input).await {
        Ok(under_way) => under_way,
        Err(refusal) => return Ok(respond(call, faults, refusal)),
    };
    let asked = input.clone();
    inputs::change(&mut call, faults, &mut input);
    tenant::follow(&mut call, faults, &input).await?;
    race::look(&mut call, faults, &input).await?;
    let answer = beside::run(call, faults, input).await?;
    let mut answer = answers::change(call, faults, &asked, answer).await?;
    if let Some(end) = end.filter(|_| answer.is_success()) {
        fields::set(&mut answer, "end_at", end);
    }
    if let Some(under_way) = under_way {
        under_way.end().await;
    }
    Ok(respond(call, faults, answer))
}

/// Returns true if the date of an input is written as one, although the calendar may not have it.
fn is_written_as_day(input: &Value) -> bool {
    let date = input["date"].as_str().unwrap_or_default();
    date.len() == 10
        && date.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}
