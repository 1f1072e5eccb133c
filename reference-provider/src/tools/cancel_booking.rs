//! `cancel_booking`: marks a booking as cancelled and frees its slot.

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Answer, wire_slot};
use super::call::Call;
use super::spec::{ContractText, ToolSpec, typed};
use crate::billing;
use crate::clock::Clock;
use crate::contract::Contract;
use crate::lifecycle::Status;
use crate::policy::{CancellationNotice, InvoiceOfBooking, OverBooking, Policy};
use crate::provider::Provider;
use crate::store::{Booking, Invoice, MessageKind, Refund, StoreError, bookings, history, outbox};
use crate::version::Version;

/// The tool.
pub(super) const SPEC: ToolSpec = ToolSpec {
    name: "cancel_booking",
    domain: "booking",
    contract: ContractText::PerVersion([
        include_str!("../../contract/cancel_booking.json"),
        include_str!("../../contract/v0.2.0/cancel_booking.json"),
    ]),
    input_error,
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
    let request = Cancellation {
        tenant: call.tenant.slug.clone(),
        id: input.booking_id,
        reason: input.reason,
        now: call.clock.now(),
        policy: call.policy,
    };
    let Some(cancelled) = request.run(call.provider).await? else {
        return Ok(Answer::refused("unknown_booking"));
    };
    if cancelled.booking.status.is_over() && !cancelled.first {
        return Ok(Answer::refused(match call.version {
            // The first version has no code for it. This one says that the caller may not.
            Version::V0_1_0 => "unauthorized",
            Version::V0_2_0 => "booking_over",
        }));
    }
    Ok(Answer::success(json!({
        "cancelled": true,
        "freed_slot": wire_slot(cancelled.booking.slot),
        "refund_status": cancelled.refund.map_or("none", Refund::name),
    })))
}

/// A request to cancel a booking of a tenant.
pub(crate) struct Cancellation {
    pub(crate) tenant: String,
    pub(crate) id: String,
    pub(crate) reason: Option<String>,
    pub(crate) now: DateTime<Utc>,
    pub(crate) policy: Policy,
}

/// The result of a cancellation.
pub(crate) struct Cancelled {
    /// The booking as it was before.
    pub(crate) booking: Booking,
    /// `true` if this call cancelled it, `false` if it was cancelled or over before.
    pub(crate) first: bool,
    /// The status of the refund. `None` if nothing was paid.
    pub(crate) refund: Option<Refund>,
}

/// The transaction's part of the result: the booking as it was, if this call cancelled it, and its invoice.
type Recorded = (Booking, bool, Option<Invoice>);

impl Cancellation {
    /// Cancels the booking and its invoice, notifies its customer, and has what was paid given back. `None` if there is no such
    /// booking.
    pub(crate) async fn run(self, provider: &Provider) -> Result<Option<Cancelled>, StoreError> {
        let recorded = provider.store.write(move |db| self.record(db)).await?;
        provider.post.ring();
        let Some((booking, first, invoice)) = recorded else {
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

    fn record(&self, db: &Connection) -> rusqlite::Result<Option<Recorded>> {
        let Some(booking) = bookings::find(db, &self.tenant, &self.id)? else {
            return Ok(None);
        };
        let is_over = booking.status.is_over();
        if is_over && self.policy.cancellations.over == OverBooking::Refused {
            return Ok(Some((booking, false, None)));
        }
        if is_over {
            history::force(db, &booking, Status::Cancelled, self.now, None)?;
        }
        let cancels = history::advance(db, &booking, Status::Cancelled, self.now, self.reason.as_deref())?;
        let notice = self.policy.notifications.cancellation;
        if cancels {
            outbox::insert(db, MessageKind::Cancelled, &booking, self.now)?;
        } else if booking.status == Status::Cancelled && notice == CancellationNotice::EachTime {
            outbox::insert_again(db, MessageKind::Cancelled, &booking, self.now)?;
        }
        let invoice = match self.policy.cancellations.invoice {
            InvoiceOfBooking::Settled => billing::cancel_within(db, &booking.id, self.now)?,
            InvoiceOfBooking::Kept => None,
        };
        Ok(Some((booking, cancels || is_over, invoice)))
    }
}
