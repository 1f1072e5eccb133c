//! `create_booking`: one slot for one customer. The transaction that decides it is in `book`.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::alternatives::{alternatives, slot_taken};
use super::answer::{Answer, read_start, wire_time};
use super::book::{BookingDecision, Request, decide};
use super::call::Call;
use super::customer_key::customer_key;
use super::spec::{ContractText, ToolSpec, invalid_input, typed};
use crate::calendar::{Offer, Place};
use crate::clock::Clock;
use crate::lifecycle::Status;
use crate::policy::{Blanks, CheckOrder, Term, UnknownService, UnlistedStart};
use crate::store::{Booking, NewBooking, StoreError};
use crate::tenant::Service;

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
    let rules = call.policy.bookings;
    let notes = input.notes.as_deref().unwrap_or_default();
    let is_nameless = rules.blank_name == Blanks::Refused && input.customer.name.trim().is_empty();
    let is_malformed = is_nameless || notes.chars().count() > rules.longest_notes;
    let (Some(start), false) = (read_start(&input.start_at), is_malformed) else {
        return Ok(Answer::malformed("invalid_input"));
    };
    if rules.check_order == CheckOrder::TimeFirst && start <= call.clock.now() {
        return Ok(Answer::refused("past_time"));
    }
    let Some((service, unlisted_start)) = find_service(call, &input.service_id).await? else {
        return Ok(Answer::refused("invalid_service"));
    };
    let mut offer = call.offer(&service);
    if rules.lead_time == Term::Ignored {
        Arc::make_mut(&mut offer).lead = TimeDelta::zero();
    }
    let request = Request {
        new: new_booking(call, input, &service, &offer, start),
        day: offer.day(offer.calendar.date_of(start)),
        unlisted_start,
        policy: call.policy,
    };
    Ok(match decide(call, request).await? {
        BookingDecision::Booked(booking) => confirmed(call, &booking),
        BookingDecision::InvalidService => Answer::refused("invalid_service"),
        BookingDecision::PastTime => Answer::refused("past_time"),
        BookingDecision::SlotTaken => slot_taken(&alternatives(call, start, &offer, None).await?),
    })
}

/// The service that is asked for, and the rule for its starts that are not listed.
async fn find_service(call: Call<'_>, id: &str) -> Result<Option<(Service, UnlistedStart)>, StoreError> {
    let rules = call.policy.bookings;
    let known = match call.tenant.service(id) {
        // The transaction looks in any case if it was retired.
        Some(service) => Some(service.clone()),
        None => call.service(id).await?,
    };
    Ok(match (known, rules.unknown_service) {
        (Some(service), _) => Some((service, rules.unlisted_start)),
        (None, UnknownService::Refused) => None,
        (None, UnknownService::BookedAsFirst) => call.tenant.services.first().map(|first| {
            let service = Service {
                id: id.to_owned(),
                ..first.clone()
            };
            (service, UnlistedStart::Booked)
        }),
    })
}

fn new_booking(
    call: Call<'_>,
    input: Input,
    service: &Service,
    offer: &Offer,
    start: DateTime<Utc>,
) -> NewBooking {
    let slot = offer.slot_at(start);
    let waits = call
        .policy
        .bookings
        .confirmation
        .or_default(service.requires_confirmation);
    NewBooking {
        customer_key: customer_key(&input.customer.email),
        booking: Booking {
            id: format!("bk_{}", Uuid::new_v4().simple()),
            token: Uuid::new_v4().simple().to_string(),
            tenant: call.tenant.slug.clone(),
            service_id: service.id.clone(),
            service_name: service.name.clone(),
            slot,
            customer_name: input.customer.name,
            customer_email: input.customer.email,
            status: if waits { Status::Pending } else { Status::Confirmed },
        },
        customer_phone: input.customer.phone,
        notes: input.notes,
        agent_vendor: input.agent_vendor,
        place: Place::default(),
        blocked: offer.blocked(slot),
        currency: service.price.is_some().then(|| service.currency.clone()),
        price: service.price.as_ref().map(ToString::to_string),
        created: call.clock.now(),
    }
}

fn confirmed(call: Call<'_>, booking: &Booking) -> Answer {
    let cancellation_url = call.base_url.map(|base_url| booking.cancellation_url(base_url));
    let answer = Answer::success(json!({
        "booking_id": booking.id,
        "service": { "id": booking.service_id, "name": booking.service_name },
        "customer": { "name": booking.customer_name, "email": booking.customer_email },
        "start_at": wire_time(booking.slot.start),
        "end_at": wire_time(booking.slot.end),
        "confirmed": booking.status != Status::Pending,
        "cancellation_url": cancellation_url,
    }));
    // An address at which nobody answers would be worse than none.
    if cancellation_url.is_none() {
        answer.without("cancellation_url")
    } else {
        answer
    }
}
