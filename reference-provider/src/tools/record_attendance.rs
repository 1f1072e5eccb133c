//! `record_attendance`: whether the customer of a confirmed booking came, once it has begun. What is recorded stays.

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::json;

use super::answer::Answer;
use super::call::Call;
use super::spec::{ContractText, ToolSpec, invalid_input, typed};
use crate::clock::Clock;
use crate::lifecycle::Status;
use crate::policy::{AttendanceFrom, Attendances, Persistence};
use crate::store::{StoreError, bookings, history};

/// The tool.
pub(super) const SPEC: ToolSpec = ToolSpec {
    name: "record_attendance",
    domain: "booking",
    contract: ContractText::Same(include_str!("../../contract/record_attendance.json")),
    input_error: invalid_input,
    handler: |call, input| Box::pin(typed(call, input, answer)),
};

#[derive(Deserialize)]
pub(super) struct Input {
    booking_id: String,
    attended: bool,
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    let record = Attendance {
        tenant: call.tenant.slug.clone(),
        id: input.booking_id.clone(),
        status: if input.attended {
            Status::Completed
        } else {
            Status::NoShow
        },
        now: call.clock.now(),
        rules: call.policy.attendances,
    };
    let status = record.status;
    let outcome = call.provider.store.write(move |db| record.run(db)).await?;
    Ok(match outcome {
        Err(code) => Answer::refused(code),
        Ok(()) => Answer::success(json!({ "booking_id": input.booking_id, "status": status.name() })),
    })
}

/// The attendance that is to be recorded of a booking of a tenant.
struct Attendance {
    tenant: String,
    id: String,
    status: Status,
    now: DateTime<Utc>,
    rules: Attendances,
}

impl Attendance {
    /// Records it, or returns the code of the refusal.
    fn run(self, db: &Connection) -> rusqlite::Result<Result<(), &'static str>> {
        let Some(booking) = bookings::find(db, &self.tenant, &self.id)? else {
            return Ok(Err("unknown_booking"));
        };
        match booking.status {
            status if status == self.status => return Ok(Ok(())),
            Status::Completed | Status::NoShow => return Ok(Err("already_recorded")),
            Status::Cancelled => return Ok(Err("booking_cancelled")),
            Status::Pending => return Ok(Err("not_confirmed")),
            Status::Confirmed => {}
        }
        if booking.slot.start > self.now && self.rules.from == AttendanceFrom::Start {
            return Ok(Err("too_early"));
        }
        if self.rules.persistence == Persistence::Written {
            history::advance(db, &booking, self.status, self.now, None)?;
        }
        Ok(Ok(()))
    }
}
