//! Faults of answers: what is changed after a tool has answered.

mod availability;
mod bookings;
mod customers;
mod invoices;
mod lists;

use serde_json::Value;

use crate::fault::Faults;
use crate::store::StoreError;
use crate::tools::{Answer, Call};

/// Changes the answer of a tool. `asked` is the input as the caller sent it.
pub(super) async fn change(
    call: Call<'_>,
    faults: Faults,
    asked: &Value,
    answer: Answer,
) -> Result<Answer, StoreError> {
    Ok(match call.tool {
        "create_booking" => bookings::created(call, faults, asked, answer).await?,
        "cancel_booking" => bookings::cancelled(faults, answer),
        "get_booking" => bookings::shown(faults, answer),
        "confirm_booking" => bookings::confirmed(faults, asked, answer),
        "reschedule_booking" => bookings::moved(faults, answer),
        "check_availability" => availability::slots(call, faults, asked, answer),
        "list_services" => availability::services(call, faults, answer),
        "retire_service" => availability::retired(faults, asked, answer),
        "list_bookings_for_customer" => lists::customers_bookings(call, faults, asked, answer).await?,
        "list_bookings" => lists::calendar(call, faults, asked, answer).await?,
        "list_customers" => lists::customers(faults, asked, answer),
        "get_customer" => customers::shown(faults, answer),
        "create_invoice" => invoices::issued(call, faults, answer),
        "get_invoice" => invoices::shown(call, faults, answer).await?,
        _ => answer,
    })
}
