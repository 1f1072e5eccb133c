//! The transaction of `create_booking`: the service is still offered, the request is new, its start is in time and its slot has
//! room; then it is booked.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::call::Call;
use super::customers;
use super::room::{Wish, taken};
use crate::calendar::{Day, Place};
use crate::clock::Clock;
use crate::lifecycle::Status;
use crate::policy::{
    BookingIds, CancelledRepeat, EarliestStart, KeptBy, Policy, RepeatRule, Retired, TakenSlot, UnlistedStart,
};
use crate::store::{
    Booking, MessageKind, NewBooking, Overlap, ReplayKey, StoreError, bookings, outbox, overlap, services,
};

/// The result of the transaction.
pub(super) enum BookingDecision {
    /// The booking was made now, or by the same request before.
    Booked(Booking),
    /// The service was retired, perhaps since the call began.
    InvalidService,
    PastTime,
    SlotTaken,
}

/// All that the transaction needs to know.
pub(super) struct Request {
    pub(super) new: NewBooking,
    /// The slots of the date. Its hours are worked out before the transaction, because all writes wait for that.
    pub(super) day: Day,
    pub(super) unlisted_start: UnlistedStart,
    pub(super) policy: Policy,
}

/// Runs the transaction.
pub(super) async fn decide(call: Call<'_>, mut request: Request) -> Result<BookingDecision, StoreError> {
    let clock = Arc::clone(call.clock);
    let decision = call
        .provider
        .store
        .write_repeatable(move |db| request.run(db, clock.now()))
        .await?;
    call.provider.post.ring();
    Ok(decision)
}

impl Request {
    /// May be run again once what it did was undone.
    fn run(&mut self, db: &Connection, now: DateTime<Utc>) -> rusqlite::Result<BookingDecision> {
        if self.is_retired(db)? {
            return Ok(BookingDecision::InvalidService);
        }
        if let Some(decision) = self.find_repeat(db, now)? {
            return Ok(decision);
        }
        if !self.is_in_time(now) {
            return Ok(BookingDecision::PastTime);
        }
        if !self.is_listed(now) && !self.is_exempt(now) {
            return Ok(BookingDecision::SlotTaken);
        }
        if self.policy.customers.kept_by == KeptBy::RefusedBookingsToo {
            customers::keep(db, &self.new, self.policy.customers)?;
        }
        let Some(place) = self.find_place(db, now)? else {
            return Ok(BookingDecision::SlotTaken);
        };
        self.new.place = place;
        self.new.created = now;
        if self.policy.bookings.ids == BookingIds::Sequential {
            self.new.booking.id = format!("bk_{:06}", bookings::next_number(db)?);
        }
        bookings::insert(db, &self.new)?;
        customers::keep(db, &self.new, self.policy.customers)?;
        // The customer of a pending booking gets the message when it is confirmed.
        let is_confirmed = self.new.booking.status == Status::Confirmed;
        if self.policy.notifications.booking.sends(is_confirmed) {
            outbox::insert(db, MessageKind::Confirmed, &self.new.booking, now)?;
        }
        Ok(BookingDecision::Booked(self.new.booking.clone()))
    }

    fn is_retired(&self, db: &Connection) -> rusqlite::Result<bool> {
        let booking = &self.new.booking;
        Ok(self.policy.catalogue.retired != Retired::Bookable
            && services::is_retired(db, &booking.tenant, &booking.service_id)?)
    }

    /// The decision on a request that was made before.
    fn find_repeat(&self, db: &Connection, now: DateTime<Utc>) -> rusqlite::Result<Option<BookingDecision>> {
        let rules = self.policy.bookings;
        let key = self.replay_key(now);
        let earlier = match (rules.repeats, rules.cancelled_repeat) {
            (RepeatRule::Returned, CancelledRepeat::Returned) => {
                bookings::find_repeat_of_any_status(db, &key)?
            }
            (RepeatRule::Returned, _) => bookings::find_repeat(db, &key)?,
            _ => None,
        };
        if let Some(earlier) = earlier {
            return Ok(Some(BookingDecision::Booked(earlier)));
        }
        let refuses = rules.cancelled_repeat == CancelledRepeat::Refused
            && bookings::find_repeat_of_any_status(db, &key)?.is_some();
        Ok(refuses.then_some(BookingDecision::SlotTaken))
    }

    fn replay_key(&self, now: DateTime<Utc>) -> ReplayKey {
        let booking = &self.new.booking;
        let rules = self.policy.bookings;
        ReplayKey {
            tenant: booking.tenant.clone(),
            service_id: booking.service_id.clone(),
            start_ms: booking.slot.start.timestamp_millis(),
            customer_key: self.new.customer_key.clone(),
            email: booking.customer_email.clone(),
            since_ms: rules
                .idempotency_window
                .map_or(i64::MIN, |window| (now - window).timestamp_millis()),
            same: rules.same_request,
        }
    }

    /// Returns true if the start has not passed.
    fn is_in_time(&self, now: DateTime<Utc>) -> bool {
        let start = self.new.booking.slot.start;
        let now = now + self.policy.bookings.clock_offset;
        match self.policy.bookings.earliest_start {
            EarliestStart::AfterNow => start > now,
            EarliestStart::Now => start >= now,
            EarliestStart::Today => {
                let calendar = &self.day.offer.calendar;
                start > now || calendar.date_of(start) == calendar.date_of(now)
            }
            EarliestStart::EarlierDays => {
                let calendar = &self.day.offer.calendar;
                start > now || calendar.date_of(start) < calendar.date_of(now)
            }
            EarliestStart::Any => true,
        }
    }

    /// Returns true if a slot starts there that is neither too soon nor too far ahead.
    fn is_listed(&self, now: DateTime<Utc>) -> bool {
        let start = self.new.booking.slot.start;
        let has_notice = start <= now || start > now + self.policy.bookings.least_notice;
        has_notice && self.day.has(start) && self.day.offer.in_time(start, now)
    }

    /// Returns true if the start is booked although it is not listed.
    fn is_exempt(&self, now: DateTime<Utc>) -> bool {
        match self.unlisted_start {
            UnlistedStart::Refused => false,
            UnlistedStart::BookedIfPast => self.new.booking.slot.start <= now,
            UnlistedStart::Booked => true,
        }
    }

    /// The place that has room for the booking.
    fn find_place(&self, db: &Connection, now: DateTime<Utc>) -> rusqlite::Result<Option<Place>> {
        let booking = &self.new.booking;
        let rules = self.policy.bookings;
        if rules.taken_slot == TakenSlot::DoubleBooked {
            return Ok(self.day.place(booking.slot, &[]));
        }
        if rules.taken_slot == TakenSlot::Replaced {
            overlap::remove(
                db,
                &Overlap::within(&booking.tenant, self.new.blocked, rules.holding),
            )?;
        }
        let wish = Wish {
            tenant: &booking.tenant,
            service_id: &booking.service_id,
            start: booking.slot.start,
            blocked: self.new.blocked,
        };
        let mut taken = taken(db, &wish, rules, now)?;
        if rules.repeats == RepeatRule::BookedAgain {
            let own = bookings::seqs_at(db, &booking.tenant, &self.new.customer_key, booking.slot.start)?;
            taken.retain(|taken| !own.contains(&taken.seq));
        }
        Ok(self.day.place(booking.slot, &taken))
    }
}
