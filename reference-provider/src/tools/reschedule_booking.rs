//! `reschedule_booking`: a booking moves to another start in one transaction, and keeps its id, its length and its status. Whether
//! there is room is decided as for a new booking, but the booking does not stand in its own way. Where it cannot move, it stays.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::alternatives::{alternatives, slot_taken};
use super::answer::{read_start, wire_slot, wire_time};
use super::spec::{ContractText, ToolSpec, invalid_input, typed};
use super::{Answer, Call};
use crate::calendar::{Day, Offer, Place};
use crate::clock::Clock;
use crate::fault::{Fault, Faults};
use crate::lifecycle::Status;
use crate::store::{Booking, MessageKind, Overlap, StoreError, bookings, history, outbox, overlap, services};

/// The tool.
pub(super) const SPEC: ToolSpec = ToolSpec {
    name: "reschedule_booking",
    domain: "booking",
    contract: ContractText::Same(include_str!("../../contract/reschedule_booking.json")),
    input_error: invalid_input,
    handler: |call, input| Box::pin(typed(call, input, answer)),
};

#[derive(Deserialize)]
pub(super) struct Input {
    booking_id: String,
    start_at: String,
}

/// What the transaction came to.
enum Outcome {
    /// The booking is at the start that was asked for.
    There(Booking),
    Refused(&'static str),
    SlotTaken,
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    let Some(start) = read_start(&input.start_at, false) else {
        return Ok(Answer::malformed("invalid_input"));
    };
    let any_tenant = call.faults.has(Fault::RescheduleAcrossTenants);
    let tenant = (!any_tenant).then(|| call.tenant.slug.clone());
    let (of, id) = (tenant.clone(), input.booking_id.clone());
    let store = &call.provider.store;
    let found = store
        .read(move |db| bookings::find(db, of.as_deref(), &id))
        .await?;
    let Some(booking) = found else {
        return Ok(Answer::refused("unknown_booking"));
    };
    let offer = offer(call, &booking).await?;
    let mut request = Request {
        tenant,
        id: input.booking_id,
        start,
        day: offer
            .as_ref()
            .map(|offer| offer.day(offer.calendar.date_of(start))),
        faults: call.faults,
        looked_free: false,
    };
    if call.faults.has(Fault::RescheduleRaces) {
        request = look(call, request, &booking).await?;
    }
    let clock = Arc::clone(call.clock);
    let write = move |db: &Connection| request.run(db, clock.now());
    let outcome = store.write(write).await?;
    call.provider.post.ring();
    match outcome {
        Outcome::Refused(code) => Ok(Answer::refused(code)),
        Outcome::There(booking) => Ok(Answer::success(json!({
            "booking_id": booking.id,
            "status": booking.status.name(),
            "start_at": wire_time(booking.slot.start),
            "end_at": wire_time(booking.slot.end),
        }))),
        Outcome::SlotTaken if call.faults.has(Fault::RescheduleWithoutAlternatives) => {
            Ok(Answer::refused("slot_taken"))
        }
        Outcome::SlotTaken => {
            let closest = match &offer {
                Some(offer) => alternatives(call, start, offer, Some(&booking.id)).await?,
                None => Vec::new(),
            };
            Ok(slot_taken(&closest.into_iter().map(wire_slot).collect::<Value>()))
        }
    }
}

/// How the service of a booking can be booked, at the length of the booking; `None` where it is not offered any more.
async fn offer(call: Call<'_>, booking: &Booking) -> Result<Option<Arc<Offer>>, StoreError> {
    // Only a fault moves a booking of another tenant.
    let Some((tenant, _)) = call.provider.tenant(&booking.tenant) else {
        return Ok(None);
    };
    let call = Call { tenant, ..call };
    Ok(call.service(&booking.service_id).await?.map(|service| {
        let mut offer = call.offer(&service);
        Arc::make_mut(&mut offer).length = booking.slot.end - booking.slot.start;
        offer
    }))
}

/// Looks whether there is room before the transaction, for a fault that believes in it what it saw.
async fn look(call: Call<'_>, mut request: Request, booking: &Booking) -> Result<Request, StoreError> {
    let (booking, now) = (booking.clone(), call.clock.now());
    let look = move |db: &Connection| {
        request.looked_free = request.place(db, &booking, now)?.is_some();
        Ok(request)
    };
    let request = call.provider.store.read(look).await?;
    tokio::time::sleep(Duration::from_millis(20)).await;
    Ok(request)
}

/// All that the transaction needs to know.
struct Request {
    /// The tenant of the booking, or any.
    tenant: Option<String>,
    id: String,
    /// Where the booking is to go.
    start: DateTime<Utc>,
    /// What decides whether there is room, worked out before the transaction; none where the service is not offered any more.
    day: Option<Day>,
    faults: Faults,
    /// Whether there was room before the transaction. Nobody looks there, but for a fault.
    looked_free: bool,
}

impl Request {
    fn run(self, db: &Connection, now: DateTime<Utc>) -> rusqlite::Result<Outcome> {
        let Some(mut booking) = bookings::find(db, self.tenant.as_deref(), &self.id)? else {
            return Ok(Outcome::Refused("unknown_booking"));
        };
        let revives =
            booking.status == Status::Cancelled && self.faults.has(Fault::RescheduleRevivesCancelled);
        if let Some(code) = booking.status.refusal()
            && !revives
        {
            return Ok(Outcome::Refused(code));
        }
        let is_there = self.start == booking.slot.start && !revives;
        if is_there && !self.faults.has(Fault::RescheduleAgainRefused) {
            return Ok(Outcome::There(booking));
        }
        if self.start <= now && !self.faults.has(Fault::RescheduleToThePast) {
            return Ok(Outcome::Refused("past_time"));
        }
        let (Some(day), Some(place), false) = (&self.day, self.place(db, &booking, now)?, is_there) else {
            if self.faults.has(Fault::RescheduleLosesOnRefusal) {
                history::advance(db, &booking, Status::Cancelled, now, None)?;
            }
            return Ok(Outcome::SlotTaken);
        };
        self.spoil(db, &mut booking, now)?;
        let to = day.offer.slot_at(self.start);
        if !self.faults.has(Fault::RescheduleDoesNothing) {
            bookings::reschedule(db, &booking.id, to, day.offer.blocked(to), &place)?;
        }
        booking.slot = to;
        // A customer who waits for the confirmation hears the time with it.
        if booking.status == Status::Confirmed {
            outbox::insert_again(db, MessageKind::Rescheduled, &booking, now)?;
        }
        Ok(Outcome::There(booking))
    }

    /// What a fault does beside the move.
    fn spoil(&self, db: &Connection, booking: &mut Booking, now: DateTime<Utc>) -> rusqlite::Result<()> {
        if self.faults.has(Fault::RescheduleKeepsOldSlot) {
            bookings::leave_behind(db, &booking.id)?;
        }
        if self.faults.has(Fault::RescheduleNewId) {
            let id = format!("bk_{}", Uuid::new_v4().simple());
            bookings::rename(db, &booking.id, &id)?;
            booking.id = id;
        }
        let confirms = booking.status == Status::Pending && self.faults.has(Fault::RescheduleConfirms);
        if confirms || booking.status == Status::Cancelled {
            history::force(db, booking, Status::Confirmed, now, None)?;
            booking.status = Status::Confirmed;
        }
        Ok(())
    }

    /// Where there is room for the booking at the start that is asked for, if it is offered there.
    fn place(
        &self,
        db: &Connection,
        booking: &Booking,
        now: DateTime<Utc>,
    ) -> rusqlite::Result<Option<Place>> {
        let Some(day) = &self.day else {
            return Ok(None);
        };
        let kept = services::find(db, &booking.tenant, &booking.service_id)?;
        if kept.is_some_and(|kept| !kept.active) && !self.faults.has(Fault::RetiredBooks) {
            return Ok(None);
        }
        let waived = self.faults.has(Fault::RescheduleOffGrid)
            || (self.start <= now && self.faults.has(Fault::RescheduleToThePast));
        let offered = day.has(self.start) && day.offer.in_time(self.start, now);
        if !waived && !offered {
            return Ok(None);
        }
        let slot = day.offer.slot_at(self.start);
        let believed = self.looked_free && self.faults.has(Fault::RescheduleRaces);
        if believed || self.faults.has(Fault::RescheduleDoubleBooks) {
            return Ok(day.place(slot, &[]));
        }
        let in_its_own_way = self.faults.has(Fault::RescheduleRefusesOverlap);
        let overlap = Overlap {
            pending_free: self.faults.has(Fault::PendingHoldsNothing),
            except_booking: (!in_its_own_way).then(|| booking.id.clone()),
            ..Overlap::within(&booking.tenant, day.offer.blocked(slot))
        };
        Ok(day.place(slot, &overlap::taken(db, &overlap)?))
    }
}
