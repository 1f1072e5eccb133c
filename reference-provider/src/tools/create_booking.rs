//! `create_booking`: one slot for one customer, decided and kept in one transaction.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::{wire_slot, wire_time};
use super::{Answer, Call, customer_key};
use crate::calendar::{Search, Slot, closest_free};
use crate::clock::Clock;
use crate::fault::{Fault, Faults};
use crate::store::{Booking, NewBooking, Overlap, ReplayKey, Status, StoreError, bookings};

/// How long the same request returns the same booking.
const WINDOW: TimeDelta = TimeDelta::seconds(60);

/// How many alternatives come with `slot_taken`.
const ALTERNATIVES: usize = 5;

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

/// What the transaction came to.
enum Outcome {
    Booked(Booking),
    PastTime,
    SlotTaken,
}

pub(super) async fn answer(call: Call<'_>, input: Input) -> Result<Answer, StoreError> {
    let faults = call.faults;
    let notes_are_long = input
        .notes
        .as_ref()
        .is_some_and(|notes| notes.chars().count() > LONGEST_NOTES);
    let refuse_notes = notes_are_long && !faults.has(Fault::AcceptsLongNotes);
    let start = read_start(&input.start_at, faults.has(Fault::IgnoresOffset));
    let (Some(start), false) = (start, input.customer.name.trim().is_empty()) else {
        return Ok(Answer::malformed("invalid_input"));
    };
    if refuse_notes && !faults.has(Fault::BooksDespiteError) {
        return Ok(Answer::malformed("invalid_input"));
    }
    let known = call.service(&input.service_id);
    let stand_in = if faults.has(Fault::AcceptsUnknownService) {
        call.tenant.services.first()
    } else {
        None
    };
    let Some(service) = known.or(stand_in) else {
        return Ok(Answer::refused("invalid_service"));
    };
    let slot = Slot {
        start,
        end: start + service.duration(),
    };
    let calendar = &call.tenant.calendar;
    let now = call.provider.clock.now();
    let offered = calendar.bookable_dates(now).contains(&calendar.date_of(start))
        && calendar.offers(start, service.duration());
    let waived = faults.has(Fault::AcceptsOffGrid)
        || known.is_none()
        || (start <= now && faults.has(Fault::AcceptsPast));
    let request = Request {
        new: NewBooking {
            booking: Booking {
                id: format!("bk_{}", Uuid::new_v4().simple()),
                token: Uuid::new_v4().simple().to_string(),
                tenant: call.tenant.slug.clone(),
                service_id: known.map_or_else(|| input.service_id.clone(), |service| service.id.clone()),
                service_name: service.name.clone(),
                slot,
                customer_name: input.customer.name,
                customer_email: input.customer.email.clone(),
                status: Status::Confirmed,
            },
            customer_key: customer_key(&input.customer.email),
            customer_phone: input.customer.phone,
            notes: input.notes,
            agent_vendor: input.agent_vendor,
            created: now,
        },
        offered: offered || waived,
        faults,
        clash_is_checked: false,
    };
    let length = service.duration();
    let outcome = decide(call, request).await?;
    if refuse_notes {
        return Ok(Answer::malformed("invalid_input"));
    }
    match outcome {
        Outcome::Booked(booking) => Ok(confirmed(call, &booking, &input.service_id)),
        Outcome::PastTime => Ok(Answer::refused("past_time")),
        Outcome::SlotTaken if faults.has(Fault::NoAlternatives) => Ok(Answer::refused("slot_taken")),
        Outcome::SlotTaken => {
            let mut alternatives = alternatives(call, slot.start, length).await?;
            if faults.has(Fault::AlternativesFarthestFirst) {
                alternatives.reverse();
            }
            if faults.has(Fault::AlternativesTaken) {
                alternatives.insert(0, slot);
            }
            let alternatives: Vec<Value> = alternatives.into_iter().map(wire_slot).collect();
            Ok(Answer::refused_with(
                "slot_taken",
                json!({ "available_alternatives": alternatives }),
            ))
        }
    }
}

/// Reads an instant. What a millisecond cannot hold is rounded up, so that it neither becomes a slot's start nor past.
fn read_start(text: &str, ignore_offset: bool) -> Option<DateTime<Utc>> {
    let read = DateTime::parse_from_rfc3339(text).ok()?;
    let exact = if ignore_offset {
        read.naive_local().and_utc()
    } else {
        read.to_utc()
    };
    let whole = DateTime::from_timestamp_millis(exact.timestamp_millis())?;
    let remainder = exact.timestamp_subsec_nanos() % 1_000_000;
    Some(if remainder == 0 {
        whole
    } else {
        whole + TimeDelta::milliseconds(1)
    })
}

async fn decide(call: Call<'_>, mut request: Request) -> Result<Outcome, StoreError> {
    if call.faults.has(Fault::RacesDoubleBook) {
        let overlap = request.overlap();
        let clash = call
            .provider
            .store
            .read(move |db| bookings::clashes(db, &overlap))
            .await?;
        request.clash_is_checked = !clash;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let clock = Arc::clone(&call.provider.clock);
    call.provider
        .store
        .write(move |db| request.run(db, clock.as_ref()))
        .await
}

/// All that the transaction needs to know.
struct Request {
    new: NewBooking,
    /// Whether such a slot is offered at all, free or not.
    offered: bool,
    faults: Faults,
    clash_is_checked: bool,
}

impl Request {
    fn run(mut self, db: &Connection, clock: &dyn Clock) -> rusqlite::Result<Outcome> {
        let now = clock.now();
        let faults = self.faults;
        let blind = faults.has(Fault::NoIdempotency) || faults.has(Fault::SlotTakenOnReplay);
        if !blind && let Some(mut earlier) = bookings::find_repeat(db, &self.key(now))? {
            if faults.has(Fault::NewIdOnReplay) {
                bookings::rename(db, &earlier.id, &self.new.booking.id)?;
                earlier.id.clone_from(&self.new.booking.id);
            }
            if faults.has(Fault::ReplayRewritesCustomer) {
                bookings::rename_customer(db, &earlier.id, &self.new.booking.customer_name)?;
                earlier.customer_name = self.new.booking.customer_name;
            }
            return Ok(Outcome::Booked(earlier));
        }
        let start = self.new.booking.slot.start;
        let in_time = start > now || (start == now && faults.has(Fault::AcceptsStartNow));
        if !in_time && !faults.has(Fault::AcceptsPast) {
            return Ok(Outcome::PastTime);
        }
        if !self.offered {
            return Ok(Outcome::SlotTaken);
        }
        let clash_matters = !faults.has(Fault::DoubleBooks) && !self.clash_is_checked;
        if clash_matters && bookings::clashes(db, &self.overlap())? {
            return Ok(Outcome::SlotTaken);
        }
        if faults.has(Fault::SequentialBookingIds) {
            self.new.booking.id = format!("bk_{:06}", bookings::next_number(db)?);
        }
        self.new.created = now;
        bookings::insert(db, &self.new)?;
        Ok(Outcome::Booked(self.new.booking))
    }

    fn key(&self, now: DateTime<Utc>) -> ReplayKey {
        let booking = &self.new.booking;
        let window = if self.faults.has(Fault::WindowTooShort) {
            TimeDelta::seconds(5)
        } else {
            WINDOW
        };
        let endless = self.faults.has(Fault::WindowNeverEnds);
        ReplayKey {
            tenant: booking.tenant.clone(),
            service_id: booking.service_id.clone(),
            start_ms: booking.slot.start.timestamp_millis(),
            customer_key: self.new.customer_key.clone(),
            since_ms: if endless {
                i64::MIN
            } else {
                (now - window).timestamp_millis()
            },
            any_tenant: self.faults.has(Fault::ReplayCrossesTenants),
            any_service: self.faults.has(Fault::ReplayKeyIgnoresService),
            any_start: self.faults.has(Fault::ReplayKeyIgnoresStart),
            any_customer: self.faults.has(Fault::ReplayKeyIgnoresEmail),
            exact_email: (self.faults.has(Fault::ReplayKeyCaseSensitive))
                .then(|| booking.customer_email.clone()),
            cancelled_too: self.faults.has(Fault::ReplaysCancelled),
        }
    }

    fn overlap(&self) -> Overlap {
        let booking = &self.new.booking;
        let faults = self.faults;
        Overlap {
            tenant: booking.tenant.clone(),
            start_ms: booking.slot.start.timestamp_millis(),
            end_ms: booking.slot.end.timestamp_millis(),
            cancelled_too: faults.has(Fault::ForgetsToFree),
            equal_start_only: faults.has(Fault::OverlapComparesStart),
            service_only: faults
                .has(Fault::OverlapPerService)
                .then(|| booking.service_id.clone()),
            touching_too: faults.has(Fault::RefusesBackToBack),
            except_customer: faults
                .has(Fault::NoIdempotency)
                .then(|| self.new.customer_key.clone()),
        }
    }
}

/// The closest free slots, from what is booked now.
async fn alternatives(
    call: Call<'_>,
    asked: DateTime<Utc>,
    length: TimeDelta,
) -> Result<Vec<Slot>, StoreError> {
    let far = call.faults.has(Fault::AlternativesFar);
    let search = Search {
        asked: if far { asked + TimeDelta::days(7) } else { asked },
        length,
        now: call.provider.clock.now(),
        wanted: ALTERNATIVES,
    };
    let cancelled_too = call.faults.has(Fault::ForgetsToFree);
    let calendar = &call.tenant.calendar;
    let mut found = Vec::new();
    for (reach, dates) in search.stretches(calendar) {
        let tenant = call.tenant.slug.clone();
        let stretch = calendar.surrounding(&dates);
        let taken = call
            .provider
            .store
            .read(move |db| bookings::taken_within(db, &tenant, stretch, cancelled_too))
            .await?;
        found = closest_free(calendar, &search, dates, &taken);
        if search.settled(reach, &found) {
            break;
        }
    }
    Ok(found)
}

fn confirmed(call: Call<'_>, booking: &Booking, service_id: &str) -> Answer {
    let faults = call.faults;
    let Slot { mut start, mut end } = booking.slot;
    if faults.has(Fault::ShiftedStart) {
        start += TimeDelta::hours(1);
        end += TimeDelta::hours(1);
    }
    if faults.has(Fault::WrongEndAt) {
        end += TimeDelta::minutes(30);
    }
    let base_url = if faults.has(Fault::RelativeCancellationUrl) {
        Some("")
    } else {
        call.base_url
    };
    let cancellation_url = base_url.map(|base_url| {
        format!(
            "{base_url}/p/{}/bookings/{}/cancel",
            booking.tenant, booking.token
        )
    });
    let name = if faults.has(Fault::EscapesNames) {
        escaped(&booking.customer_name)
    } else {
        booking.customer_name.clone()
    };
    let answer = Answer::success(json!({
        "booking_id": booking.id,
        "service": { "id": service_id, "name": booking.service_name },
        "customer": { "name": name, "email": booking.customer_email },
        "start_at": wire_time(start),
        "end_at": wire_time(end),
        "confirmed": !faults.has(Fault::AnswersUnconfirmed),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        read_start(text, false).map(wire_time)
    }

    #[test]
    fn a_start_is_read_as_the_instant_it_names() {
        for spelling in [
            "2030-01-01T10:00:00Z",
            "2030-01-01t10:00:00z",
            "2030-01-01T10:00:00.000Z",
            "2030-01-01T12:00:00+02:00",
            "2030-01-01T10:00:00+00:00",
        ] {
            assert_eq!(
                read(spelling).as_deref(),
                Some("2030-01-01T10:00:00Z"),
                "{spelling}"
            );
        }
        assert_eq!(read("2030-01-01T10:00:00"), None);
    }

    #[test]
    fn less_than_a_millisecond_is_rounded_up() {
        assert_eq!(
            read("2030-01-01T10:00:00.0000001Z").as_deref(),
            Some("2030-01-01T10:00:00.001Z")
        );
    }

    #[test]
    fn a_dropped_offset_is_another_instant() {
        let read = read_start("2030-01-01T12:00:00+02:00", true).unwrap();
        assert_eq!(wire_time(read), "2030-01-01T12:00:00Z");
    }
}
