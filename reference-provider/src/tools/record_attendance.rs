//! `record_attendance`: whether the customer of a confirmed booking came, once it has begun. What is recorded stays.

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::json;

use super::spec::{ContractText, ToolSpec, invalid_input, typed};
use super::{Answer, Call};
use crate::clock::Clock;
use crate::fault::{Fault, Faults};
use crate::lifecycle::Status;
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
    let any_tenant = call.faults.has(Fault::AttendanceAcrossTenants);
    let attended = input.attended != call.faults.has(Fault::AttendanceSwaps);
    let record = Attendance {
        tenant: (!any_tenant).then(|| call.tenant.slug.clone()),
        id: input.booking_id.clone(),
        status: if attended {
            Status::Completed
        } else {
            Status::NoShow
        },
        now: call.clock.now(),
        faults: call.faults,
    };
    let status = record.status;
    let outcome = call.provider.store.write(move |db| record.run(db)).await?;
    Ok(match outcome {
        Err(code) => Answer::refused(code),
        Ok(()) => Answer::success(json!({ "booking_id": input.booking_id, "status": status.name() })),
    })
}

/// What is to be recorded of a booking of this tenant, or of any.
struct Attendance {
    tenant: Option<String>,
    id: String,
    status: Status,
    now: DateTime<Utc>,
    faults: Faults,
}

impl Attendance {
    /// Records it, or says with which code it is refused.
    fn run(self, db: &Connection) -> rusqlite::Result<Result<(), &'static str>> {
        let Some(booking) = bookings::find(db, self.tenant.as_deref(), &self.id)? else {
            return Ok(Err("unknown_booking"));
        };
        let forced = match booking.status {
            Status::Cancelled => Fault::AttendanceOfCancelled,
            Status::Pending => Fault::AttendanceOfPending,
            _ => Fault::AttendanceOverwrites,
        };
        let is_forced = self.faults.has(forced);
        match booking.status {
            status if status == self.status && self.faults.has(Fault::SecondAttendanceFails) => {
                return Ok(Err("already_recorded"));
            }
            status if status == self.status => return Ok(Ok(())),
            Status::Completed | Status::NoShow if !is_forced => return Ok(Err("already_recorded")),
            Status::Cancelled if !is_forced => return Ok(Err("booking_cancelled")),
            Status::Pending if !is_forced => return Ok(Err("not_confirmed")),
            _ => {}
        }
        if booking.slot.start > self.now && !self.faults.has(Fault::AttendanceAnyTime) {
            return Ok(Err("too_early"));
        }
        if self.faults.has(Fault::AttendanceDoesNothing) {
            return Ok(Ok(()));
        }
        let advances = history::advance(db, &booking, self.status, self.now, None)?;
        if !advances && is_forced {
            history::force(db, &booking, self.status, self.now, None)?;
        }
        Ok(Ok(()))
    }
}
