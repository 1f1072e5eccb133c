//! `effects`: what went out about bookings, in order. Served in the sandbox only.

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Answer;
use super::answer::wire_time;
use super::call::Call;
use super::spec::{ContractText, ToolSpec, invalid_input, typed};
use crate::store::{StoreError, outbox};

/// The tool.
pub(super) const SPEC: ToolSpec = ToolSpec {
    name: "effects",
    domain: "sandbox",
    contract: ContractText::Same(include_str!("../../contract/effects.json")),
    input_error: invalid_input,
    handler: |call, input| Box::pin(typed(call, input, answer)),
};

/// The most messages that are listed: the last ones. An answer stays far below a megabyte.
const MOST: u32 = 1000;

#[derive(Deserialize)]
pub(super) struct Input {
    booking_id: Option<String>,
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    let tenant = call.tenant.slug.clone();
    let found = call
        .provider
        .store
        .read(move |db| outbox::list(db, &tenant, input.booking_id.as_deref(), MOST))
        .await?;
    let listed: Vec<Value> = found
        .into_iter()
        .map(|message| {
            json!({
                "kind": message.kind.name(),
                "booking_id": message.booking_id,
                "to": message.recipient,
                "at": wire_time(message.at),
            })
        })
        .collect();
    Ok(Answer::success(json!({ "effects": listed })))
}
