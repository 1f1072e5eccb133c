//! When a stranger's shop has slots.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};

use super::Booked;
use super::ways::{Offered, Ways, Wrong};

/// A slot, free or not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
    pub(super) free: bool,
}

impl Ways {
    /// What time it is where the provider runs.
    pub(super) fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::seconds(self.ahead)
    }

    pub(super) fn today(&self) -> NaiveDate {
        self.now().with_timezone(&self.zone).date_naive()
    }

    /// The slots of a local day that have not begun, in order.
    pub(super) fn slots(&self, service: Offered, date: NaiveDate, booked: &[Booked]) -> Vec<Slot> {
        if !self.days.contains(&date.weekday()) || date > self.today() + TimeDelta::days(self.horizon) {
            return Vec::new();
        }
        let (open, close) = self.hours;
        let minutes: Vec<i64> = if self.packs {
            self.packed(service, date, booked)
        } else {
            (0..)
                .map(|step| open + step * self.grid)
                .take_while(|minute| *minute < close)
                .collect()
        };
        minutes
            .into_iter()
            .take_while(|minute| minute + service.minutes <= close)
            .filter_map(|minute| {
                let local = NaiveDateTime::new(date, NaiveTime::MIN) + TimeDelta::minutes(minute);
                self.zone.from_local_datetime(&local).earliest()
            })
            .map(|local| local.to_utc())
            .filter(|start| *start > self.now() || (self.is(Wrong::BegunSlots) && date == self.today()))
            .map(|start| {
                let end = start + TimeDelta::minutes(service.minutes);
                Slot {
                    start,
                    end,
                    free: self.free(service, start, end, booked),
                }
            })
            .collect()
    }

    /// Starts without a gap, from the opening on and from the end of each booking.
    fn packed(&self, service: Offered, date: NaiveDate, booked: &[Booked]) -> Vec<i64> {
        let midnight = NaiveDateTime::new(date, NaiveTime::MIN);
        let local = |instant: DateTime<Utc>| {
            (instant.with_timezone(&self.zone).naive_local() - midnight).num_minutes()
        };
        let (mut minute, close) = self.hours;
        let mut starts = Vec::new();
        while minute + service.minutes <= close {
            let met = booked
                .iter()
                .filter(|booked| !booked.cancelled)
                .find(|booked| local(booked.start) < minute + service.minutes && minute < local(booked.end));
            match met {
                Some(booked) => minute = local(booked.end),
                None => {
                    starts.push(minute);
                    minute += service.minutes;
                }
            }
        }
        starts
    }

    /// The slot that starts then, if there is one.
    pub(super) fn slot_at(&self, service: Offered, start: DateTime<Utc>, booked: &[Booked]) -> Option<Slot> {
        let date = start.with_timezone(&self.zone).date_naive();
        self.slots(service, date, booked)
            .into_iter()
            .find(|slot| slot.start == start)
    }

    fn free(&self, service: Offered, start: DateTime<Utc>, end: DateTime<Utc>, booked: &[Booked]) -> bool {
        let others = start.timestamp().unsigned_abs() / 60 * 2_654_435_761 / 1024 % 10;
        let buffer = TimeDelta::minutes(self.buffer);
        others < self.free_of_ten
            && booked
                .iter()
                .filter(|booked| !booked.cancelled || self.is(Wrong::NeverFrees))
                .filter(|booked| self.blocks(booked, service))
                .all(|booked| start >= booked.end + buffer || booked.start >= end + buffer)
    }

    /// Free slots near a start, the closest first.
    pub(super) fn near(&self, service: Offered, start: DateTime<Utc>, booked: &[Booked]) -> Vec<Slot> {
        let date = start.with_timezone(&self.zone).date_naive();
        let mut slots: Vec<_> = (-7..=14)
            .flat_map(|days| self.slots(service, date + TimeDelta::days(days), booked))
            .filter(|slot| slot.free)
            .collect();
        slots.sort_by_key(|slot| ((slot.start - start).abs(), slot.start));
        slots.truncate(self.alternatives);
        slots
    }
}
