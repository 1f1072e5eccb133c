//! Faults that look first and write later: what they saw before the transaction decides by which policy it runs.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::Value;

use super::fields::{instant, text};
use crate::calendar::Slot;
use crate::clock::Clock;
use crate::fault::{Fault, Faults};
use crate::policy::{Clash, Holding, Identity, RepeatRule, SameRequest, TakenSlot};
use crate::store::{InvoiceKey, Overlap, ReplayKey, StoreError, bookings, customers, invoices, overlap};
use crate::tools::{Call, customer_key};

/// The time between a look and what follows it.
const WAIT: Duration = Duration::from_millis(20);

/// Looks before `create_booking` and `reschedule_booking`, and changes the policy of the call by what is seen.
pub(super) async fn look(call: &mut Call<'_>, faults: Faults, input: &Value) -> Result<(), StoreError> {
    let has = |fault| faults.has(fault);
    let creates = has(Fault::RacesDoubleBook)
        || has(Fault::RacesOverlap)
        || has(Fault::RacesServices)
        || has(Fault::LastWriterWins)
        || has(Fault::ParallelRepeatsMakeTwo)
        || has(Fault::ParallelBookingsMakeTwoCustomers);
    match call.tool {
        "create_booking" if creates => {
            let Some(seen) = before_booking(*call, input).await? else {
                return Ok(());
            };
            if seen.is_free && has(Fault::RacesDoubleBook) {
                call.policy.bookings.taken_slot = TakenSlot::DoubleBooked;
            }
            if seen.is_free && has(Fault::RacesOverlap) {
                call.policy.bookings.clash = Clash::EqualStart;
            }
            if seen.is_free && has(Fault::RacesServices) {
                call.policy.bookings.clash = Clash::SameService;
            }
            if seen.is_free && has(Fault::LastWriterWins) {
                call.policy.bookings.taken_slot = TakenSlot::Replaced;
            }
            if seen.is_free && seen.is_new && has(Fault::ParallelRepeatsMakeTwo) {
                call.policy.bookings.repeats = RepeatRule::BookedAgain;
            }
            if seen.is_stranger && has(Fault::ParallelBookingsMakeTwoCustomers) {
                call.policy.customers.identity = Identity::Booking;
            }
        }
        "reschedule_booking" if has(Fault::RescheduleRaces) => {
            if has_room(*call, input).await? {
                call.policy.moves.taken_slot = TakenSlot::DoubleBooked;
            }
        }
        _ => return Ok(()),
    }
    tokio::time::sleep(WAIT).await;
    Ok(())
}

/// Looks before `create_invoice`. Returns true if the booking has no invoice yet.
pub(super) async fn has_no_invoice(
    call: Call<'_>,
    faults: Faults,
    input: &Value,
) -> Result<bool, StoreError> {
    if !faults.has(Fault::ParallelInvoicesMakeTwo) {
        return Ok(false);
    }
    let id = text(input, "/booking_id").to_owned();
    let store = &call.provider.store;
    let found = store
        .read(move |db| invoices::find(db, InvoiceKey::Booking(&id)))
        .await?;
    tokio::time::sleep(WAIT).await;
    Ok(found.is_none())
}

/// The state before a booking.
struct Seen {
    /// There was room.
    is_free: bool,
    /// No earlier request was the same.
    is_new: bool,
    /// The customer was not known.
    is_stranger: bool,
}

async fn before_booking(call: Call<'_>, input: &Value) -> Result<Option<Seen>, StoreError> {
    let service = call.service(text(input, "/service_id")).await?;
    let (Some(service), Some(start)) = (service, instant(input, "/start_at")) else {
        return Ok(None);
    };
    let offer = call.offer(&service);
    let slot = offer.slot_at(start);
    let day = offer.day(offer.calendar.date_of(start));
    let stretch = Overlap::within(&call.tenant.slug, offer.blocked(slot), Holding::default());
    let email = text(input, "/customer/email").to_owned();
    let key = ReplayKey {
        tenant: call.tenant.slug.clone(),
        service_id: service.id,
        start_ms: start.timestamp_millis(),
        customer_key: customer_key(&email),
        email,
        since_ms: (call.clock.now() - TimeDelta::seconds(60)).timestamp_millis(),
        same: SameRequest::All,
    };
    let look = call.provider.store.read(move |db| {
        Ok(Seen {
            is_free: day.place(slot, &overlap::taken(db, &stretch)?).is_some(),
            is_new: bookings::find_repeat(db, &key)?.is_none(),
            is_stranger: customers::find(db, &key.tenant, &key.customer_key)?.is_none(),
        })
    });
    look.await.map(Some)
}

/// Returns true if there is room where a booking is to move.
async fn has_room(call: Call<'_>, input: &Value) -> Result<bool, StoreError> {
    let (tenant, id) = (call.tenant.slug.clone(), text(input, "/booking_id").to_owned());
    let find = call
        .provider
        .store
        .read(move |db| bookings::find(db, &tenant, &id));
    let (Some(booking), Some(start)) = (find.await?, instant(input, "/start_at")) else {
        return Ok(false);
    };
    let Some(service) = call.service(&booking.service_id).await? else {
        return Ok(false);
    };
    let offer = call.offer(&service);
    let slot = Slot {
        start,
        end: start + (booking.slot.end - booking.slot.start),
    };
    let day = offer.day(offer.calendar.date_of(start));
    let stretch = Overlap::within(&booking.tenant, offer.blocked(slot), Holding::default());
    let look = call.provider.store.read(move |db| {
        let own = bookings::seq_of(db, &booking.id)?;
        let mut taken = overlap::taken(db, &stretch)?;
        taken.retain(|taken| Some(taken.seq) != own);
        Ok(day.place(slot, &taken).is_some())
    });
    look.await
}
