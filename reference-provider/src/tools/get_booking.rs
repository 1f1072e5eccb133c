//! `get_booking`: one booking by its id, as it stands, and how it came to stand there.

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Answer;
use super::answer::wire_time;
use super::call::Call;
use super::spec::{ContractText, ToolSpec, invalid_input, typed};
use crate::store::history::{self, Change};
use crate::store::{StoreError, bookings};

/// The tool.
pub(super) const SPEC: ToolSpec = ToolSpec {
    name: "get_booking",
    domain: "booking",
    contract: ContractText::PerVersion([
        include_str!("../../contract/get_booking.json"),
        include_str!("../../contract/v0.2.0/get_booking.json"),
    ]),
    input_error: invalid_input,
    handler: |call, input| Box::pin(typed(call, input, answer)),
};

#[derive(Deserialize)]
pub(super) struct Input {
    booking_id: String,
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    let tenant = call.tenant.slug.clone();
    let found = call
        .provider
        .store
        .read(move |db| {
            let Some(booking) = bookings::find(db, &tenant, &input.booking_id)? else {
                return Ok(None);
            };
            let details = bookings::details(db, &booking.id)?;
            let moves = history::of(db, &booking.id)?;
            Ok(Some((booking, details, moves)))
        })
        .await?;
    let Some((booking, details, moves)) = found else {
        return Ok(Answer::refused("unknown_booking"));
    };
    let history: Vec<Value> = moves.into_iter().map(change).collect();
    let mut answer = Answer::success(json!({
        "booking_id": booking.id,
        "status": booking.status.name(),
        "start_at": wire_time(booking.slot.start),
        "end_at": wire_time(booking.slot.end),
        "service": { "id": booking.service_id, "name": booking.service_name },
        "customer": { "name": booking.customer_name, "email": booking.customer_email },
        "status_history": history,
    }));
    let (price, currency) = details.price.unzip();
    let more = [("notes", details.notes), ("price", price), ("currency", currency)];
    for (key, value) in more {
        if let Some(value) = value {
            answer.body.insert(key.to_owned(), value.into());
        }
    }
    Ok(answer)
}

/// A move on the wire. The first one comes from nowhere.
fn change(change: Change) -> Value {
    let mut entry = json!({ "to": change.to.name(), "at": wire_time(change.at) });
    if let Some(from) = change.from {
        entry["from"] = from.name().into();
    }
    entry
}
