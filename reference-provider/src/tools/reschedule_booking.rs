//! `reschedule_booking`: a booking moves to another start in one transaction, and keeps its id, its length and its status. The rules
//! for room are those of a new booking, but the booking does not stand in its own way. If it cannot move, it stays.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::json;

use super::alternatives::{alternatives, slot_taken};
use super::answer::{Answer, read_start, wire_time};
use super::call::Call;
use super::spec::{ContractText, ToolSpec, invalid_input, typed};
use crate::calendar::{Day, Offer, Place};
use crate::clock::Clock;
use crate::lifecycle::Status;
use crate::policy::{
    CancelledBooking, EarliestStart, OwnSlot, Persistence, Policy, Retired, SameStart, TakenSlot,
    UnlistedStart,
};
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

/// The result of the transaction.
enum MoveDecision {
    /// The booking is at the start that was asked for.
    Moved(Booking),
    /// It cannot move, with the code of the refusal.
    Refused(&'static str),
    SlotTaken,
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    let Some(start) = read_start(&input.start_at) else {
        return Ok(Answer::malformed("invalid_input"));
    };
    let (tenant, id) = (call.tenant.slug.clone(), input.booking_id.clone());
    let find = call
        .provider
        .store
        .read(move |db| bookings::find(db, &tenant, &id));
    let Some(booking) = find.await? else {
        return Ok(Answer::refused("unknown_booking"));
    };
    let offer = offer(call, &booking).await?;
    let request = Request {
        tenant: call.tenant.slug.clone(),
        id: input.booking_id,
        start,
        day: offer
            .as_ref()
            .map(|offer| offer.day(offer.calendar.date_of(start))),
        policy: call.policy,
    };
    let clock = Arc::clone(call.clock);
    let write = move |db: &Connection| request.run(db, clock.now());
    let decision = call.provider.store.write(write).await?;
    call.provider.post.ring();
    match decision {
        MoveDecision::Refused(code) => Ok(Answer::refused(code)),
        MoveDecision::Moved(booking) => Ok(Answer::success(json!({
            "booking_id": booking.id,
            "status": booking.status.name(),
            "start_at": wire_time(booking.slot.start),
            "end_at": wire_time(booking.slot.end),
        }))),
        MoveDecision::SlotTaken => {
            let closest = match &offer {
                Some(offer) => alternatives(call, start, offer, Some(&booking.id)).await?,
                None => Vec::new(),
            };
            Ok(slot_taken(&closest))
        }
    }
}

/// The terms of the service of a booking, at the length of the booking; `None` if the service is not offered any more.
async fn offer(call: Call<'_>, booking: &Booking) -> Result<Option<Arc<Offer>>, StoreError> {
    Ok(call.service(&booking.service_id).await?.map(|service| {
        let mut offer = call.offer(&service);
        Arc::make_mut(&mut offer).length = booking.slot.end - booking.slot.start;
        offer
    }))
}

/// All that the transaction needs to know.
struct Request {
    tenant: String,
    id: String,
    /// The start to which the booking is to move.
    start: DateTime<Utc>,
    /// The slots of the new date, worked out before the transaction; `None` if the service is not offered any more.
    day: Option<Day>,
    policy: Policy,
}

impl Request {
    fn run(self, db: &Connection, now: DateTime<Utc>) -> rusqlite::Result<MoveDecision> {
        let rules = self.policy.moves;
        let Some(mut booking) = bookings::find(db, &self.tenant, &self.id)? else {
            return Ok(MoveDecision::Refused("unknown_booking"));
        };
        let is_revived = booking.status == Status::Cancelled && rules.cancelled == CancelledBooking::Revived;
        if let Some(code) = booking.status.refusal()
            && !is_revived
        {
            return Ok(MoveDecision::Refused(code));
        }
        let is_there = self.start == booking.slot.start && !is_revived;
        if is_there && rules.same_start == SameStart::Answered {
            return Ok(MoveDecision::Moved(booking));
        }
        if self.start <= now && rules.earliest_start != EarliestStart::Any {
            return Ok(MoveDecision::Refused("past_time"));
        }
        let (Some(day), Some(place), false) = (&self.day, self.find_place(db, &booking, now)?, is_there)
        else {
            return Ok(MoveDecision::SlotTaken);
        };
        if is_revived {
            history::force(db, &booking, Status::Confirmed, now, None)?;
            booking.status = Status::Confirmed;
        }
        let to = day.offer.slot_at(self.start);
        if rules.persistence == Persistence::Written {
            bookings::reschedule(db, &booking.id, to, day.offer.blocked(to), &place)?;
        }
        booking.slot = to;
        // The customer of a pending booking gets the time with the confirmation.
        if booking.status == Status::Confirmed {
            outbox::insert_again(db, MessageKind::Rescheduled, &booking, now)?;
        }
        Ok(MoveDecision::Moved(booking))
    }

    /// The place that has room for the booking at the start that is asked for, if the service is offered there.
    fn find_place(
        &self,
        db: &Connection,
        booking: &Booking,
        now: DateTime<Utc>,
    ) -> rusqlite::Result<Option<Place>> {
        let rules = self.policy.moves;
        let Some(day) = &self.day else {
            return Ok(None);
        };
        let is_retired = services::is_retired(db, &booking.tenant, &booking.service_id)?;
        if is_retired && self.policy.catalogue.retired != Retired::Bookable {
            return Ok(None);
        }
        let is_exempt = match rules.unlisted_start {
            UnlistedStart::Refused => false,
            UnlistedStart::BookedIfPast => self.start <= now,
            UnlistedStart::Booked => true,
        };
        let is_listed = day.has(self.start) && day.offer.in_time(self.start, now);
        if !is_listed && !is_exempt {
            return Ok(None);
        }
        let slot = day.offer.slot_at(self.start);
        if rules.taken_slot == TakenSlot::DoubleBooked {
            return Ok(day.place(slot, &[]));
        }
        let stretch = Overlap::within(&booking.tenant, day.offer.blocked(slot), rules.holding);
        let mut taken = overlap::taken(db, &stretch)?;
        if rules.own_slot == OwnSlot::Free {
            let own = bookings::seq_of(db, &booking.id)?;
            taken.retain(|taken| Some(taken.seq) != own);
        }
        Ok(day.place(slot, &taken))
    }
}
