//! `confirm_booking`: the provider takes a booking that waited, and its customer is told so. What is confirmed stays as it is.

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::json;

use super::spec::{ContractText, ToolSpec, invalid_input, typed};
use super::{Answer, Call};
use crate::clock::Clock;
use crate::fault::{Fault, Faults};
use crate::lifecycle::Status;
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
    let any_tenant = call.faults.has(Fault::ConfirmsAcrossTenants);
    let request = Confirmation {
        tenant: (!any_tenant).then(|| call.tenant.slug.clone()),
        id: input.booking_id.clone(),
        now: call.clock.now(),
        faults: call.faults,
    };
    let outcome = call.provider.store.write(move |db| request.run(db)).await?;
    call.provider.post.ring();
    Ok(match outcome {
        Err("unknown_booking") if call.faults.has(Fault::ConfirmUnknownOk) => confirmed(&input.booking_id),
        Err(code) => Answer::refused(code),
        Ok(()) => confirmed(&input.booking_id),
    })
}

fn confirmed(id: &str) -> Answer {
    Answer::success(json!({ "booking_id": id, "status": Status::Confirmed.name() }))
}

/// A wish to confirm a booking of this tenant, or of any.
struct Confirmation {
    tenant: Option<String>,
    id: String,
    now: DateTime<Utc>,
    faults: Faults,
}

impl Confirmation {
    /// Confirms the booking and tells its customer, or says with which code it is refused.
    fn run(self, db: &Connection) -> rusqlite::Result<Result<(), &'static str>> {
        let Some(booking) = bookings::find(db, self.tenant.as_deref(), &self.id)? else {
            return Ok(Err("unknown_booking"));
        };
        let revives = booking.status == Status::Cancelled && self.faults.has(Fault::ConfirmRevivesCancelled);
        if revives {
            history::force(db, &booking, Status::Confirmed, self.now, None)?;
        } else if let Some(code) = booking.status.refusal() {
            return Ok(Err(code));
        }
        let is_repeat = booking.status == Status::Confirmed;
        if is_repeat && self.faults.has(Fault::SecondConfirmFails) {
            return Ok(Err("booking_over"));
        }
        if self.faults.has(Fault::ConfirmDoesNothing) {
            return Ok(Ok(()));
        }
        let confirms = history::advance(db, &booking, Status::Confirmed, self.now, None)?;
        if confirms && !self.faults.has(Fault::ConfirmIsSilent) {
            outbox::insert(db, MessageKind::Confirmed, &booking, self.now)?;
        } else if is_repeat && self.faults.has(Fault::SecondConfirmNotifies) {
            outbox::insert_again(db, MessageKind::Confirmed, &booking, self.now)?;
        }
        Ok(Ok(()))
    }
}
