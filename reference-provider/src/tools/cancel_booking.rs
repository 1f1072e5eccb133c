//! `cancel_booking`: marks a booking as cancelled and frees its slot.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::wire_slot;
use super::spec::{ContractText, ToolSpec, typed};
use super::{Answer, Call};
use crate::billing;
use crate::clock::Clock;
use crate::contract::Contract;
use crate::fault::{Fault, Faults};
use crate::lifecycle::Status;
use crate::provider::Provider;
use crate::store::{Booking, MessageKind, Refund, StoreError, bookings, history, outbox};
use crate::version::Version;

/// The tool.
pub(super) const SPEC: ToolSpec = ToolSpec {
    name: "cancel_booking",
    domain: "booking",
    contract: ContractText::PerVersion([
        include_str!("../../contract/cancel_booking.json"),
        include_str!("../../contract/v0.2.0/cancel_booking.json"),
    ]),
    input_error: input_error,
    handler: |call, input| Box::pin(typed(call, input, answer)),
};

#[derive(Deserialize)]
pub(super) struct Input {
    booking_id: String,
    reason: Option<String>,
}

/// The code for an input that breaks the schema.
fn input_error(_: &Contract, version: Version, _: &Value) -> &'static str {
    match version {
        // The first version has no code for it.
        Version::V0_1_0 => "unknown_booking",
        Version::V0_2_0 => "invalid_input",
    }
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    if input.reason.as_deref() == Some("") && call.faults.has(Fault::RefusesEmptyReason) {
        return Ok(Answer::malformed("unknown_booking"));
    }
    let any_tenant = call.faults.has(Fault::CancelsAcrossTenants);
    let tenant = (!any_tenant).then(|| call.tenant.slug.clone());
    let found = if call.faults.has(Fault::CancelDoesNothing) {
        let store = &call.provider.store;
        let booking = store.read(move |db| bookings::find(db, tenant.as_deref(), &input.booking_id));
        booking.await?.map(|booking| Cancelled {
            booking,
            first: true,
            refund: None,
        })
    } else {
        let request = Cancellation {
            tenant,
            id: input.booking_id,
            reason: input.reason,
            now: call.clock.now(),
            faults: call.faults,
        };
        request.run(call.provider).await?
    };
    let Some(Cancelled {
        booking,
        first: for_the_first_time,
        refund,
    }) = found
    else {
        return Ok(if call.faults.has(Fault::CancelUnknownOk) {
            Answer::success(json!({ "cancelled": true, "refund_status": "none" }))
        } else {
            Answer::refused("unknown_booking")
        });
    };
    if booking.status.is_over() && !for_the_first_time {
        return Ok(Answer::refused(match call.version {
            // The first version has no code for it. This one says that the caller may not.
            Version::V0_1_0 => "unauthorized",
            Version::V0_2_0 => "booking_over",
        }));
    }
    if !for_the_first_time && call.faults.has(Fault::SecondCancelFails) {
        return Ok(Answer::refused("already_cancelled"));
    }
    cancel_more(call, &booking, for_the_first_time).await?;
    let mut freed = booking.slot;
    if call.faults.has(Fault::WrongFreedSlot) {
        freed.start += TimeDelta::hours(1);
        freed.end += TimeDelta::hours(1);
    }
    Ok(Answer::success(json!({
        "cancelled": true,
        "freed_slot": wire_slot(freed),
        "refund_status": match refund {
            _ if call.faults.has(Fault::UnknownRefundStatus) => "perhaps",
            Some(refund) => refund.name(),
            None => "none",
        },
    })))
}

/// Cancels what nobody asked to be cancelled, where a fault does.
async fn cancel_more(call: Call<'_>, booking: &Booking, for_the_first_time: bool) -> Result<(), StoreError> {
    let store = &call.provider.store;
    if for_the_first_time && call.faults.has(Fault::CancelsAllOfTheCustomer) {
        let id = booking.id.clone();
        store
            .write(move |db| bookings::cancel_of_customer(db, &id))
            .await?;
    }
    if !for_the_first_time && call.faults.has(Fault::SecondCancelFreesAgain) {
        let (tenant, slot) = (booking.tenant.clone(), booking.slot);
        store
            .write(move |db| bookings::cancel_within(db, &tenant, slot))
            .await?;
    }
    Ok(())
}

/// A wish to cancel a booking of this tenant, or of any.
pub(crate) struct Cancellation {
    pub(crate) tenant: Option<String>,
    pub(crate) id: String,
    pub(crate) reason: Option<String>,
    pub(crate) now: DateTime<Utc>,
    pub(crate) faults: Faults,
}

/// What a cancellation came to.
pub(crate) struct Cancelled {
    /// As it was before.
    pub(crate) booking: Booking,
    /// Whether this cancelled it: it stood until now.
    pub(crate) first: bool,
    /// How far the money is on its way back; None where none was paid.
    pub(crate) refund: Option<Refund>,
}

impl Cancellation {
    /// Cancels the booking and its invoice, notifies its customer, and has what was paid given back. `None` if there is no such
    /// booking.
    pub(crate) async fn run(self, provider: &Provider) -> Result<Option<Cancelled>, StoreError> {
        let found = provider
            .store
            .write(move |db| {
                let Some(booking) = bookings::find(db, self.tenant.as_deref(), &self.id)? else {
                    return Ok(None);
                };
                let over = booking.status.is_over();
                if over && !self.faults.has(Fault::CancelsTheOver) {
                    return Ok(Some((booking, false, None)));
                }
                if over {
                    history::force(db, &booking, Status::Cancelled, self.now, None)?;
                }
                let cancels =
                    history::advance(db, &booking, Status::Cancelled, self.now, self.reason.as_deref())?;
                let first = cancels || over;
                if cancels {
                    outbox::insert(db, MessageKind::Cancelled, &booking, self.now)?;
                } else if booking.status == Status::Cancelled && self.faults.has(Fault::CancelsNotifyTwice) {
                    outbox::insert_again(db, MessageKind::Cancelled, &booking, self.now)?;
                }
                let invoice = if self.faults.has(Fault::CancelKeepsInvoice) {
                    None
                } else {
                    billing::cancel_within(db, &booking.id)?
                };
                Ok(Some((booking, first, invoice)))
            })
            .await?;
        provider.post.ring();
        let Some((booking, first, invoice)) = found else {
            return Ok(None);
        };
        let refund = match invoice {
            Some(invoice) => billing::give_back(provider, &invoice).await?,
            None => None,
        };
        Ok(Some(Cancelled {
            booking,
            first,
            refund,
        }))
    }
}
