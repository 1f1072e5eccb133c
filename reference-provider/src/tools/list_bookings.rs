//! `list_bookings_for_customer`: what one customer has booked, the latest start first.

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::wire_time;
use super::{Answer, Call, customer_key};
use crate::contract::Tool;
use crate::fault::Fault;
use crate::store::{CustomerQuery, StoreError, bookings};

const DEFAULT_LIMIT: f64 = 50.0;

#[derive(Deserialize)]
pub(super) struct Input {
    customer_email: String,
    limit: Option<f64>,
    status_in: Option<Vec<String>>,
    #[serde(default)]
    include_past: bool,
}

/// The code for an input that breaks the schema.
pub(super) fn refusal(input: &Value) -> &'static str {
    let email_is_wrong = Tool::ListBookingsForCustomer
        .contract()
        .faults_at(input, "/customer_email");
    if email_is_wrong {
        "invalid_email"
    } else {
        "invalid_input"
    }
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    let faults = call.faults;
    let wanted = |status: &str| {
        input
            .status_in
            .as_ref()
            .is_none_or(|list| list.iter().any(|one| one == status))
    };
    // The schema allows 1.5; the whole bookings in it are one.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the schema keeps it within 1 and 100"
    )]
    let limit = input.limit.unwrap_or(DEFAULT_LIMIT).floor() as u32;
    let now = call.provider.clock.now().timestamp_millis();
    let query = CustomerQuery {
        tenant: call.tenant.slug.clone(),
        customer_key: customer_key(&input.customer_email),
        confirmed: wanted("confirmed"),
        cancelled: (wanted("cancelled") || faults.has(Fault::ListIgnoresStatus))
            && !faults.has(Fault::ListHidesCancelled),
        ends_after_ms: if input.include_past || faults.has(Fault::ListsPastByDefault) {
            i64::MIN
        } else {
            now
        },
        limit: if faults.has(Fault::ListIgnoresLimit) {
            u32::MAX
        } else {
            limit
        },
        any_customer: faults.has(Fault::ListIgnoresEmail),
        exact_email: faults
            .has(Fault::ListCaseSensitive)
            .then_some(input.customer_email),
        without_newest: faults.has(Fault::ListMissesBookings),
    };
    let mut found = call
        .provider
        .store
        .read(move |db| bookings::of_customer(db, &query))
        .await?;
    if faults.has(Fault::ListOldestFirst) {
        found.reverse();
    }
    let listed: Vec<Value> = found
        .iter()
        .map(|booking| {
            json!({
                "booking_id": booking.id,
                "start_at": wire_time(booking.slot.start),
                "end_at": wire_time(booking.slot.end),
                "status": booking.status.name(),
                "service": { "id": booking.service_id, "name": booking.service_name },
            })
        })
        .collect();
    Ok(Answer::success(json!({ "bookings": listed })))
}
