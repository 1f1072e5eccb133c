//! `create_booking`: one slot for one customer. What is decided in the transaction stands in `book`.

use std::sync::Arc;

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::alternatives::{alternatives, slot_taken};
use super::answer::{read_start, wire_slot, wire_time};
use super::book::{Looked, Outcome, Request, decide};
use super::spec::{ContractText, ToolSpec, invalid_input, typed};
use super::{Answer, Call, customer_key};
use crate::calendar::{Place, Slot};
use crate::clock::Clock;
use crate::fault::Fault;
use crate::lifecycle::Status;
use crate::store::{Booking, NewBooking, StoreError};

/// The tool.
pub(super) const SPEC: ToolSpec = ToolSpec {
    name: "create_booking",
    domain: "booking",
    contract: ContractText::PerVersion([
        include_str!("../../contract/create_booking.json"),
        include_str!("../../contract/v0.2.0/create_booking.json"),
    ]),
    input_error: invalid_input,
    handler: |call, input| Box::pin(typed(call, input, answer)),
};

const LONGEST_NOTES: usize = 1000;

#[derive(Deserialize)]
pub(super) struct Input {
    service_id: String,
    start_at: String,
    customer: Customer,
    notes: Option<String>,
    agent_vendor: Option<String>,
}

#[derive(Deserialize)]
struct Customer {
    name: String,
    email: String,
    phone: Option<String>,
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    let faults = call.faults;
    let length = |notes: &String| match faults.has(Fault::CountsNotesInBytes) {
        true => notes.len(),
        false => notes.chars().count(),
    };
    let notes_are_long = input
        .notes
        .as_ref()
        .is_some_and(|notes| length(notes) > LONGEST_NOTES);
    let picky = (input.customer.name.chars().count() == 1 && faults.has(Fault::RefusesShortNames))
        || (input.notes.as_deref() == Some("") && faults.has(Fault::RefusesEmptyNotes));
    let refuse_notes = notes_are_long && !faults.has(Fault::AcceptsLongNotes);
    let start = read_start(&input.start_at, faults.has(Fault::IgnoresOffset));
    let is_nameless = input.customer.name.trim().is_empty() && !faults.has(Fault::AcceptsEmptyName);
    let (Some(start), false) = (start, is_nameless || picky) else {
        return Ok(Answer::malformed("invalid_input"));
    };
    if refuse_notes && !faults.has(Fault::BooksDespiteError) {
        return Ok(Answer::malformed("invalid_input"));
    }
    let known = match call.tenant.service(&input.service_id) {
        // Whether it was retired is seen in the transaction, which has to look in any case.
        Some(service) => Some(service.clone()),
        None => call.service(&input.service_id).await?,
    };
    let stand_in = if faults.has(Fault::AcceptsUnknownService) {
        call.tenant.services.first().cloned()
    } else {
        None
    };
    if faults.has(Fault::ServiceCheckedAfterTime) && start <= call.clock.now() {
        return Ok(Answer::refused("past_time"));
    }
    let is_known = known.is_some();
    let Some(service) = known.or(stand_in) else {
        return Ok(Answer::refused("invalid_service"));
    };
    let mut offer = call.offer(&service);
    if faults.has(Fault::LeadTimeListedOnly) {
        Arc::make_mut(&mut offer).lead = TimeDelta::zero();
    }
    let slot = offer.slot_at(start);
    let now = call.clock.now();
    let waived =
        faults.has(Fault::AcceptsOffGrid) || !is_known || (start <= now && faults.has(Fault::AcceptsPast));
    let noticed = !faults.has(Fault::HiddenNotice) || start <= now || start > now + TimeDelta::days(1);
    let key = (
        call.tenant.slug.clone(),
        input.service_id.clone(),
        customer_key(&input.customer.email),
        start,
    );
    if faults.has(Fault::CachesRefusals)
        && let Some(alternatives) = call.provider.memory.refused(&key)
    {
        return Ok(slot_taken(&alternatives));
    }
    let request = Request {
        new: NewBooking {
            booking: Booking {
                id: format!("bk_{}", Uuid::new_v4().simple()),
                token: Uuid::new_v4().simple().to_string(),
                tenant: call.tenant.slug.clone(),
                service_id: if is_known {
                    service.id.clone()
                } else {
                    input.service_id.clone()
                },
                service_name: service.name.clone(),
                slot,
                customer_name: input.customer.name,
                customer_email: input.customer.email.clone(),
                status: if service.requires_confirmation && !faults.has(Fault::ConfirmsUnasked) {
                    Status::Pending
                } else {
                    Status::Confirmed
                },
            },
            customer_key: customer_key(&input.customer.email),
            customer_phone: input.customer.phone,
            notes: input.notes,
            agent_vendor: input.agent_vendor,
            place: Place::default(),
            blocked: offer.blocked(slot),
            currency: service.price.is_some().then(|| service.currency.clone()),
            price: service.price.as_ref().map(ToString::to_string),
            created: now,
        },
        day: offer.day(offer.calendar.date_of(start)),
        waived,
        noticed,
        faults,
        looked: Looked::default(),
    };
    let length = offer.length;
    let outcome = decide(call, request).await?;
    if refuse_notes {
        return Ok(Answer::malformed("invalid_input"));
    }
    match outcome {
        Outcome::Booked(booking) => Ok(confirmed(call, &booking, &input.service_id)),
        Outcome::InvalidService => Ok(Answer::refused("invalid_service")),
        Outcome::PastTime => Ok(Answer::refused("past_time")),
        Outcome::SlotTaken if faults.has(Fault::NoAlternatives) => Ok(Answer::refused("slot_taken")),
        Outcome::SlotTaken => {
            let mut alternatives = alternatives(call, slot.start, &offer, None).await?;
            if faults.has(Fault::AlternativesFarthestFirst) {
                alternatives.reverse();
            }
            if faults.has(Fault::AlternativesTaken) {
                alternatives.insert(0, slot);
            }
            if faults.has(Fault::AlternativesEmpty) {
                alternatives.clear();
            }
            if faults.has(Fault::AlternativesPast) {
                let start = now - TimeDelta::days(1);
                let end = start + length;
                alternatives.insert(0, Slot { start, end });
            }
            if faults.has(Fault::AlternativesOfOtherLength) {
                for slot in &mut alternatives {
                    slot.end = slot.start + length / 2;
                }
            }
            let alternatives: Value = alternatives.into_iter().map(wire_slot).collect();
            if faults.has(Fault::CachesRefusals) {
                call.provider.memory.refuse(key, alternatives.clone());
            }
            Ok(slot_taken(&alternatives))
        }
    }
}

fn confirmed(call: Call<'_>, booking: &Booking, service_id: &str) -> Answer {
    let faults = call.faults;
    let Slot { mut start, mut end } = booking.slot;
    if faults.has(Fault::ShiftedStart) {
        start += TimeDelta::hours(1);
        end += TimeDelta::hours(1);
    }
    if faults.has(Fault::SixtyMinutesForAll) {
        end = start + TimeDelta::hours(1);
    }
    if faults.has(Fault::WrongEndAt) {
        end += TimeDelta::minutes(30);
    }
    let base_url = if faults.has(Fault::RelativeCancellationUrl) {
        Some("")
    } else {
        call.base_url
    };
    let cancellation_url = base_url.map(|base_url| booking.cancellation_url(base_url));
    let name = if faults.has(Fault::EscapesNames) {
        escaped(&booking.customer_name)
    } else {
        booking.customer_name.clone()
    };
    let service_id = if faults.has(Fault::WrongServiceEcho) {
        "another-service"
    } else {
        service_id
    };
    let email = if faults.has(Fault::WrongEmailEcho) {
        "somebody.else@example.com"
    } else {
        &booking.customer_email
    };
    let answer = Answer::success(json!({
        "booking_id": booking.id,
        "service": { "id": service_id, "name": booking.service_name },
        "customer": { "name": name, "email": email },
        "start_at": wire_time(start),
        "end_at": wire_time(end),
        "confirmed": booking.status != Status::Pending && !faults.has(Fault::AnswersUnconfirmed),
        "cancellation_url": cancellation_url,
    }));
    // An address at which nobody answers would be worse than none.
    let answer = if cancellation_url.is_none() {
        answer.without("cancellation_url")
    } else {
        answer
    };
    if faults.has(Fault::OkWithoutBookingId) {
        answer.without("booking_id")
    } else {
        answer
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\'', "&#39;")
}
