//! `cancel_booking`: marks a booking as cancelled and frees its slot.

use std::sync::Arc;

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::json;

use super::answer::wire_slot;
use super::{Answer, Call};
use crate::fault::Fault;
use crate::provider::Provider;
use crate::store::{Booking, StoreError, bookings};

#[derive(Deserialize)]
pub(super) struct Input {
    booking_id: String,
    reason: Option<String>,
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    let any_tenant = call.faults.has(Fault::CancelsAcrossTenants);
    let tenant = (!any_tenant).then(|| call.tenant.slug.clone());
    let Some((booking, for_the_first_time)) =
        cancel(call.provider, tenant, input.booking_id, input.reason).await?
    else {
        return Ok(if call.faults.has(Fault::CancelUnknownOk) {
            Answer::success(json!({ "cancelled": true, "refund_status": "none" }))
        } else {
            Answer::refused("unknown_booking")
        });
    };
    if !for_the_first_time && call.faults.has(Fault::SecondCancelFails) {
        return Ok(Answer::refused("already_cancelled"));
    }
    let mut freed = booking.slot;
    if call.faults.has(Fault::WrongFreedSlot) {
        freed.start += TimeDelta::hours(1);
        freed.end += TimeDelta::hours(1);
    }
    Ok(Answer::success(json!({
        "cancelled": true,
        "freed_slot": wire_slot(freed),
        "refund_status": "none",
    })))
}

/// Cancels a booking of this tenant, or of any; returns it, and whether it stood until now. `None` if there is none.
pub(crate) async fn cancel(
    provider: &Provider,
    tenant: Option<String>,
    id: String,
    reason: Option<String>,
) -> Result<Option<(Booking, bool)>, StoreError> {
    let clock = Arc::clone(&provider.clock);
    provider
        .store
        .write(move |db| {
            let Some(booking) = bookings::find(db, tenant.as_deref(), &id)? else {
                return Ok(None);
            };
            let first = bookings::cancel(db, &id, reason.as_deref(), clock.now())?;
            Ok(Some((booking, first)))
        })
        .await
}
