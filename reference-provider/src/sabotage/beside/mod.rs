//! Faults of what stands in the store: what is done there before and after a tool, past its rules.

mod bookings;
mod customers;
mod invoices;
mod lookup;

use serde_json::Value;

use super::race;
use crate::fault::Faults;
use crate::store::StoreError;
use crate::tools::{self, Answer, Call};

/// Runs a tool, and does beside it what faults do.
pub(super) async fn run(call: Call<'_>, faults: Faults, mut input: Value) -> Result<Answer, StoreError> {
    match call.tool {
        "create_booking" => {
            customers::before_booking(call, faults, &mut input).await?;
            let answer = tools::run(call, input.clone()).await?;
            bookings::created(call, faults, &input, answer).await
        }
        "cancel_booking" => bookings::cancel(call, faults, input).await,
        "confirm_booking" => bookings::confirm(call, faults, input).await,
        "record_attendance" => bookings::record_attendance(call, faults, input).await,
        "reschedule_booking" => bookings::reschedule(call, faults, input).await,
        "retire_service" => bookings::retire(call, faults, input).await,
        "get_customer" => customers::get(call, faults, input).await,
        "tag_customer" => customers::tag(call, faults, input).await,
        "create_invoice" => {
            let had_none = race::has_no_invoice(call, faults, &input).await?;
            let answer = tools::run(call, input).await?;
            invoices::issued(call, faults, had_none, answer).await
        }
        "get_invoice" => {
            let answer = tools::run(call, input).await?;
            invoices::read(call, faults, answer).await
        }
        _ => tools::run(call, input).await,
    }
}
