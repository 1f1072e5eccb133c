//! The transaction of `create_booking`: whether a service is still offered, a request a repeat, in time, and for a slot that has
//! room; then it is booked.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;

use super::{Call, customers};
use crate::calendar::Day;
use crate::clock::Clock;
use crate::fault::{Fault, Faults};
use crate::lifecycle::Status;
use crate::store::{
    self, Booking, MessageKind, NewBooking, Overlap, ReplayKey, StoreError, bookings, outbox, overlap,
    services,
};

/// How long the same request returns the same booking.
const WINDOW: TimeDelta = TimeDelta::seconds(60);

/// What the transaction came to.
pub(super) enum Outcome {
    Booked(Booking),
    /// It was retired, be it since the call began.
    InvalidService,
    PastTime,
    SlotTaken,
}

/// Runs the transaction; some faults look before it.
pub(super) async fn decide(call: Call<'_>, mut request: Request) -> Result<Outcome, StoreError> {
    if RACING.iter().any(|fault| call.faults.has(*fault)) {
        let now = call.clock.now();
        let (overlap, key) = (request.overlap(now), request.key(now));
        let (day, slot) = (request.day.clone(), request.new.booking.slot);
        request.looked = call
            .provider
            .store
            .read(move |db| {
                Ok(Looked {
                    free: day.place(slot, &overlap::taken(db, &overlap)?).is_some(),
                    new: bookings::find_repeat(db, &key)?.is_none(),
                    stranger: store::customers::find(db, &key.tenant, &key.customer_key, false)?.is_none(),
                })
            })
            .await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let clock = Arc::clone(call.clock);
    let outcome = call
        .provider
        .store
        .write_repeatable(move |db| request.run(db, clock.as_ref()))
        .await?;
    call.provider.post.ring();
    Ok(outcome)
}

/// The faults that look before the transaction, and believe in it what they saw.
const RACING: [Fault; 4] = [
    Fault::RacesDoubleBook,
    Fault::LastWriterWins,
    Fault::ParallelRepeatsMakeTwo,
    Fault::ParallelBookingsMakeTwoCustomers,
];

/// What was seen before the transaction. Nothing, unless a fault looks there.
#[derive(Clone, Copy, Default)]
pub(super) struct Looked {
    /// There was room.
    free: bool,
    /// No earlier booking was the same.
    new: bool,
    /// The customer was not known.
    stranger: bool,
}

/// All that the transaction needs to know.
pub(super) struct Request {
    pub(super) new: NewBooking,
    /// What decides whether there is room. Its hours are worked out before the transaction, because all writes wait for that.
    pub(super) day: Day,
    /// Whether a fault books it although no slot starts there.
    pub(super) waived: bool,
    /// Whether it is early enough for a fault that refuses what is soon.
    pub(super) noticed: bool,
    pub(super) faults: Faults,
    pub(super) looked: Looked,
}

impl Request {
    /// May be run again once what it did was undone.
    fn run(&mut self, db: &Connection, clock: &dyn Clock) -> rusqlite::Result<Outcome> {
        let now = clock.now();
        let faults = self.faults;
        let booking = &self.new.booking;
        if !faults.has(Fault::RetiredBooks) && services::is_retired(db, &booking.tenant, &booking.service_id)?
        {
            return Ok(Outcome::InvalidService);
        }
        let blind = faults.has(Fault::NoIdempotency)
            || faults.has(Fault::SlotTakenOnReplay)
            || self.believes_to_be_the_first();
        if !blind && let Some(mut earlier) = bookings::find_repeat(db, &self.key(now))? {
            customers::repeat(db, &self.new, faults)?;
            if faults.has(Fault::NewIdOnReplay) {
                bookings::rename(db, &earlier.id, &self.new.booking.id)?;
                earlier.id.clone_from(&self.new.booking.id);
            }
            if faults.has(Fault::ReplayRewritesCustomer) {
                bookings::rename_customer(db, &earlier.id, &self.new.booking.customer_name)?;
                earlier.customer_name.clone_from(&self.new.booking.customer_name);
            }
            if faults.has(Fault::WindowRolls) {
                bookings::renew(db, &earlier.id, now)?;
            }
            if faults.has(Fault::ReplayNotifiesAgain) {
                outbox::insert_again(db, MessageKind::Confirmed, &earlier, now)?;
            }
            return Ok(Outcome::Booked(earlier));
        }
        if faults.has(Fault::RebookAfterCancelFails) {
            let mut key = self.key(now);
            key.cancelled_too = true;
            if bookings::find_repeat(db, &key)?.is_some() {
                return Ok(Outcome::SlotTaken);
            }
        }
        if !self.in_time(now) && !faults.has(Fault::AcceptsPast) {
            return Ok(Outcome::PastTime);
        }
        let slot = self.new.booking.slot;
        let offered = self.noticed && self.day.has(slot.start) && self.day.offer.in_time(slot.start, now);
        if !offered && !self.waived {
            return Ok(Outcome::SlotTaken);
        }
        if faults.has(Fault::RefusedBookingsKeepCustomers) {
            customers::keep(db, &self.new, faults, false)?;
        }
        if self.looked.free && faults.has(Fault::LastWriterWins) {
            overlap::remove(db, &self.overlap(now))?;
        }
        let believed = self.looked.free && faults.has(Fault::RacesDoubleBook);
        let taken = if faults.has(Fault::DoubleBooks) || believed {
            Vec::new()
        } else {
            overlap::taken(db, &self.overlap(now))?
        };
        let Some(place) = self.day.place(slot, &taken) else {
            return Ok(Outcome::SlotTaken);
        };
        self.new.place = place;
        if faults.has(Fault::SequentialBookingIds) {
            self.new.booking.id = format!("bk_{:06}", bookings::next_number(db)?);
        }
        self.new.created = now;
        bookings::insert(db, &self.new)?;
        customers::keep(db, &self.new, faults, self.looked.stranger)?;
        // What waits for the provider is confirmed, and its customer told so, by `confirm_booking`.
        let announced = self.new.booking.status == Status::Confirmed || faults.has(Fault::PendingIsAnnounced);
        if announced && !faults.has(Fault::ConfirmationNeverSent) {
            outbox::insert(db, MessageKind::Confirmed, &self.new.booking, now)?;
        }
        Ok(Outcome::Booked(self.new.booking.clone()))
    }

    fn believes_to_be_the_first(&self) -> bool {
        self.looked.new && self.looked.free && self.faults.has(Fault::ParallelRepeatsMakeTwo)
    }

    /// Whether the start is strictly in the future.
    fn in_time(&self, now: DateTime<Utc>) -> bool {
        let start = self.new.booking.slot.start;
        let now = if self.faults.has(Fault::PastInServerZone) {
            now + TimeDelta::hours(13)
        } else {
            now
        };
        start > now
            || (start == now && self.faults.has(Fault::AcceptsStartNow))
            || (self.faults.has(Fault::PastByDate)
                && self.day.offer.calendar.date_of(start) == self.day.offer.calendar.date_of(now))
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

    fn overlap(&self, now: DateTime<Utc>) -> Overlap {
        let booking = &self.new.booking;
        let faults = self.faults;
        let no_repeat = faults.has(Fault::NoIdempotency) || self.believes_to_be_the_first();
        let start_ms = booking.slot.start.timestamp_millis();
        Overlap {
            cancelled_too: faults.has(Fault::ForgetsToFree) || faults.has(Fault::FreesListingOnly),
            pending_free: faults.has(Fault::PendingHoldsNothing),
            equal_start_ms: faults.has(Fault::OverlapComparesStart).then_some(start_ms),
            service_only: faults
                .has(Fault::OverlapPerService)
                .then(|| booking.service_id.clone()),
            started_before_ms: faults
                .has(Fault::PastBookingUnblocks)
                .then(|| now.timestamp_millis()),
            margin_ms: i64::from(faults.has(Fault::RefusesBackToBack)),
            except: no_repeat.then(|| (self.new.customer_key.clone(), start_ms)),
            ..Overlap::within(&booking.tenant, self.new.blocked)
        }
    }
}
