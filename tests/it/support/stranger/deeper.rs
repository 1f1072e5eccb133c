//! Ways of being wrong that show only in what several calls have to do with each other.

use chrono::{DateTime, TimeDelta, Utc};

use super::calendar::Slot;
use super::ways::{Offered, Ways, Wrong};
use super::{Booked, Shop};

/// What is asked for, as a repeat is told from it.
pub(super) struct Wanted<'w> {
    pub(super) service: &'w str,
    pub(super) start: DateTime<Utc>,
    pub(super) spelling: &'w str,
    pub(super) email: &'w str,
    pub(super) notes: &'w str,
}

impl Ways {
    /// The instant of a start, as far as its offset is read.
    pub(super) fn instant(&self, start: DateTime<chrono::FixedOffset>) -> DateTime<Utc> {
        if self.is(Wrong::DropsOffset) {
            start.naive_local().and_utc()
        } else {
            start.to_utc()
        }
    }

    /// Whether a booking stands in the way of another service.
    pub(super) fn blocks(&self, booked: &Booked, service: Offered) -> bool {
        !self.is(Wrong::BlocksOwnServiceOnly) || booked.service.id == service.id
    }

    pub(super) fn end(&self, service: Offered, start: DateTime<Utc>) -> DateTime<Utc> {
        let minutes = if self.is(Wrong::AlwaysAnHour) {
            60
        } else {
            service.minutes
        };
        start + TimeDelta::minutes(minutes)
    }
}

impl Shop {
    /// Whether a booking that stands is the one that is asked for again.
    pub(super) fn is_repeat(&self, booked: &Booked, wanted: &Wanted<'_>) -> bool {
        let ways = &self.ways;
        self.same(&booked.email, wanted.email)
            && (booked.service.id == wanted.service || ways.is(Wrong::KeyWithoutService))
            && (booked.start == wanted.start || ways.is(Wrong::KeyWithoutStart))
            && (booked.spelling == wanted.spelling || !ways.is(Wrong::SpellingInKey))
            && (booked.notes == wanted.notes || !ways.is(Wrong::NotesInKey))
    }

    /// What a slot that is free is refused for, or one that is taken booked for.
    pub(super) fn free_after_all(&self, free: bool, slot: Slot, wanted: &Wanted<'_>) -> bool {
        let mut standing = self.booked.iter().filter(|booked| !booked.cancelled);
        match self.ways.wrong {
            Some(Wrong::BlocksSameStartOnly) => standing.all(|booked| booked.start != slot.start),
            Some(Wrong::RefusesTouching) => {
                free && standing.all(|booked| booked.end != slot.start && booked.start != slot.end)
            }
            Some(Wrong::RefusesSoon) => free && slot.start > self.ways.now() + TimeDelta::hours(30),
            Some(Wrong::FreesListOnly) => free && self.booked.iter().all(|booked| booked.start != slot.start),
            Some(Wrong::RemembersRefusals) => {
                let asked = (wanted.service.to_owned(), wanted.start, wanted.email.to_owned());
                free && !self.refused.contains(&asked)
            }
            _ => free,
        }
    }

    /// What else a cancellation cancels.
    pub(super) fn cancel_more(&mut self, at: usize, again: bool) {
        let (email, start) = (self.booked[at].email.clone(), self.booked[at].start);
        let (all, later) = (
            self.ways.is(Wrong::CancelsAll),
            again && self.ways.is(Wrong::SecondCancelFrees),
        );
        for booked in &mut self.booked {
            booked.cancelled |= (all && booked.email == email) || (later && booked.start == start);
        }
    }

    /// Whether somebody has ever booked, and whether that matters.
    pub(super) fn is_invalid_for_want_of_bookings(&self, email: &str) -> bool {
        self.ways.is(Wrong::UnknownCustomerIsInvalid)
            && self.booked.iter().all(|booked| !self.same(&booked.email, email))
    }
}
