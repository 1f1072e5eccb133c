//! `confirm_booking`: the provider takes a booking that waited, and its customer is told so. What is confirmed stays as it is.

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::json;

use super::answer::Answer;
use super::call::Call;
use super::spec::{ContractText, ToolSpec, invalid_input, typed};
use crate::clock::Clock;
use crate::lifecycle::Status;
use crate::policy::{Persistence, Policy};
use crate::store::{MessageKind, StoreError, bookings, history, outbox};

/// The tool.
pub(super) const SPEC: ToolSpec = ToolSpec {
    name: "confirm_booking",
    domain: "booking",
    contract: ContractText::Same(include_str!("../../contract/confirm_booking.json")),
    input_error: invalid_input,
    handler: |call, input| Box::pin(typed(call, input, answer)),
};

#[derive(Deserialize)]
pub(super) struct Input {
    booking_id: String,
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    let request = Confirmation {
        tenant: call.tenant.slug.clone(),
        id: input.booking_id.clone(),
        now: call.clock.now(),
        policy: call.policy,
    };
    let outcome = call.provider.store.write(move |db| request.run(db)).await?;
    call.provider.post.ring();
    Ok(match outcome {
        Err(code) => Answer::refused(code),
        Ok(()) => {
            Answer::success(json!({ "booking_id": input.booking_id, "status": Status::Confirmed.name() }))
        }
    })
}

/// A request to confirm a booking of a tenant.
struct Confirmation {
    tenant: String,
    id: String,
    now: DateTime<Utc>,
    policy: Policy,
}

impl Confirmation {
    /// Confirms the booking and notifies its customer, or returns the code of the refusal.
    fn run(self, db: &Connection) -> rusqlite::Result<Result<(), &'static str>> {
        let Some(booking) = bookings::find(db, &self.tenant, &self.id)? else {
            return Ok(Err("unknown_booking"));
        };
        if let Some(code) = booking.status.refusal() {
            return Ok(Err(code));
        }
        if self.policy.confirmations.persistence == Persistence::AnsweredOnly {
            return Ok(Ok(()));
        }
        let confirms = history::advance(db, &booking, Status::Confirmed, self.now, None)?;
        if confirms && self.policy.notifications.confirmation.sends(true) {
            outbox::insert(db, MessageKind::Confirmed, &booking, self.now)?;
        }
        Ok(Ok(()))
    }
}
