//! The one place that decides if a service can be booked at a start, and with whom.
//!
//! Lists and bookings both ask [`Day::place`] here, so a listed start books and one that is not listed does not.
//! A booking blocks its own time and the buffers around it. It blocks a member of the staff where its service names staff, a
//! unit of a resource where it names one, both where it names both, and the tenant's own calendar where it names neither.
//! Bookings of one service at one start share a session until its capacity is reached; sessions never overlap on what they
//! block. Buffers may reach beyond opening hours.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::{Calendar, OpeningHours, Slot};

/// The terms on which a service can be booked at a tenant.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    pub(crate) service_id: String,
    /// The opening hours of the tenant, and the grid of its slots.
    pub(crate) calendar: Arc<Calendar>,
    /// The length of the service.
    pub(crate) length: TimeDelta,
    /// The time that is blocked before the start.
    pub(crate) before: TimeDelta,
    /// The time that is blocked after the end.
    pub(crate) after: TimeDelta,
    /// A start must be at least this far ahead.
    pub(crate) lead: TimeDelta,
    /// The last date is this many days after today.
    pub(crate) horizon_days: u32,
    /// The number of bookings that share a session.
    pub(crate) capacity: usize,
    /// Of whom one is needed, with when they work; nobody is needed where there is none.
    pub(crate) staff: Vec<(String, OpeningHours)>,
    /// The units of which one is needed; none is needed where there is none.
    pub(crate) units: Vec<String>,
}

/// A booking that stands, as far as it may be in the way of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    /// The place in the order in which bookings were made.
    pub(crate) seq: i64,
    pub(crate) service_id: String,
    pub(crate) start: DateTime<Utc>,
    /// Its time with the buffers around it.
    pub(crate) blocked: Slot,
    pub(crate) place: Place,
}

/// With whom and where a service takes place: on the tenant's own calendar, where it names neither.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) staff_id: Option<String>,
    pub(crate) unit: Option<String>,
}

impl Offer {
    /// The local dates on which it can be booked at `now`: today up to the horizon.
    pub(crate) fn dates(&self, now: DateTime<Utc>) -> RangeInclusive<NaiveDate> {
        let today = self.calendar.date_of(now);
        let last = today.checked_add_days(Days::new(self.horizon_days.into()));
        today..=last.unwrap_or(today)
    }

    /// Returns true if a start is strictly in the future, not too soon and not beyond the horizon.
    pub(crate) fn in_time(&self, start: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        start > now && start >= now + self.lead && self.dates(now).contains(&self.calendar.date_of(start))
    }

    /// The time that a booking of this slot blocks.
    pub(crate) fn blocked(&self, slot: Slot) -> Slot {
        Slot {
            start: slot.start - self.before,
            end: slot.end + self.after,
        }
    }

    /// Instants that surely hold all that slots on these dates could block.
    pub(crate) fn surrounding(&self, dates: &RangeInclusive<NaiveDate>) -> Slot {
        let midnight = |date: NaiveDate| date.and_time(chrono::NaiveTime::MIN).and_utc();
        // No zone is a day away from UTC.
        self.blocked(Slot {
            start: midnight(*dates.start()) - TimeDelta::days(1),
            end: midnight(*dates.end()) + TimeDelta::days(2) + self.length,
        })
    }

    /// A start of this service, as a slot.
    pub(crate) fn slot_at(&self, start: DateTime<Utc>) -> Slot {
        Slot {
            start,
            end: start + self.length,
        }
    }

    /// The slots and the working hours of a local date.
    pub(crate) fn day(self: &Arc<Self>, date: NaiveDate) -> Day {
        let hours = self.staff.iter().map(|(_, hours)| hours);
        Day {
            offer: Arc::clone(self),
            slots: self.calendar.slots_on(date, self.length),
            at_work: self.calendar.stretches_on(date, hours),
        }
    }

    /// The slots that start on this date and can be booked, in order of time.
    pub(crate) fn open_on(
        self: &Arc<Self>,
        date: NaiveDate,
        now: DateTime<Utc>,
        taken: &[Taken],
    ) -> Vec<Slot> {
        let day = self.day(date);
        let open = |slot: &&Slot| self.in_time(slot.start, now) && day.place(**slot, taken).is_some();
        day.slots.iter().filter(open).copied().collect()
    }
}

/// A local date of an offer: all that is to be worked out of hours and zones, before it is known what is taken.
#[derive(Debug, Clone)]
pub(crate) struct Day {
    pub(crate) offer: Arc<Offer>,
    /// All slots that start on it while the tenant is open, taken or not, in order of time.
    pub(crate) slots: Vec<Slot>,
    /// The working hours of each member of the staff.
    at_work: Vec<Vec<Slot>>,
}

impl Day {
    /// Returns true if a slot starts at this very instant.
    pub(crate) fn has(&self, start: DateTime<Utc>) -> bool {
        self.slots.binary_search_by_key(&start, |slot| slot.start).is_ok()
    }

    /// The place that has room for a slot, or `None`. A session that is not full comes first, then the first member of the staff
    /// and the first unit that are free.
    pub(crate) fn place(&self, slot: Slot, taken: &[Taken]) -> Option<Place> {
        let blocked = self.offer.blocked(slot);
        let near: Vec<&Taken> = taken
            .iter()
            .filter(|taken| taken.blocked.overlaps(&blocked))
            .collect();
        self.started(slot.start, &near).or_else(|| self.free(slot, &near))
    }

    /// The session at this start that still has room.
    fn started(&self, start: DateTime<Utc>, near: &[&Taken]) -> Option<Place> {
        let mut sessions: BTreeMap<&Place, usize> = BTreeMap::new();
        for taken in near {
            if taken.service_id == self.offer.service_id && taken.start == start {
                *sessions.entry(&taken.place).or_default() += 1;
            }
        }
        let (place, _) = sessions
            .into_iter()
            .find(|(_, count)| *count < self.offer.capacity)?;
        Some(place.clone())
    }

    /// The staff and the unit that are free.
    fn free(&self, slot: Slot, near: &[&Taken]) -> Option<Place> {
        let offer = &self.offer;
        let is_free = |held: fn(&Place) -> Option<&String>, id: &String| {
            near.iter().all(|taken| held(&taken.place) != Some(id))
        };
        let member = offer.staff.iter().zip(&self.at_work).find(|((id, _), at_work)| {
            at_work.iter().any(|stretch| stretch.holds(&slot)) && is_free(|place| place.staff_id.as_ref(), id)
        });
        let unit = offer
            .units
            .iter()
            .find(|id| is_free(|place| place.unit.as_ref(), id));
        if (member.is_none() && !offer.staff.is_empty()) || (unit.is_none() && !offer.units.is_empty()) {
            return None;
        }
        let place = Place {
            staff_id: member.map(|((id, _), _)| id.clone()),
            unit: unit.cloned(),
        };
        let own_calendar = place == Place::default();
        (!own_calendar || near.iter().all(|taken| taken.place != place)).then_some(place)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;
    use time_zones::Zone;

    use super::*;
    use crate::calendar::{WeeklyHours, Window};

    /// An hour for one customer on the tenant's own calendar, every half hour, bookable for 60 days.
    pub(crate) fn example(timezone: Zone, hours: OpeningHours) -> Offer {
        Offer {
            service_id: "hour".to_owned(),
            calendar: Arc::new(Calendar {
                timezone,
                hours,
                step_minutes: 30,
                horizon_days: 60,
            }),
            length: TimeDelta::hours(1),
            before: TimeDelta::zero(),
            after: TimeDelta::zero(),
            lead: TimeDelta::zero(),
            horizon_days: 60,
            capacity: 1,
            staff: Vec::new(),
            units: Vec::new(),
        }
    }

    fn every_day(text: &str) -> OpeningHours {
        WeeklyHours::every_day(Window::parse(text).unwrap()).into()
    }

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    const DAY: NaiveDate = NaiveDate::from_ymd_opt(2027, 3, 2).unwrap();
    const BEFORE: &str = "2027-03-01T08:00:00Z";

    /// Open from eight to noon by UTC.
    fn morning() -> Offer {
        example(Zone::utc(), every_day("08:00-12:00"))
    }

    /// Books a start if there is room.
    fn book(offer: &Arc<Offer>, start: DateTime<Utc>, taken: &mut Vec<Taken>) -> Option<Place> {
        let slot = offer.slot_at(start);
        let place = offer.day(offer.calendar.date_of(start)).place(slot, taken)?;
        taken.push(Taken {
            seq: 0,
            service_id: offer.service_id.clone(),
            start,
            blocked: offer.blocked(slot),
            place: place.clone(),
        });
        Some(place)
    }

    fn open(offer: &Arc<Offer>, taken: &[Taken]) -> Vec<String> {
        let slots = offer.open_on(DAY, instant(BEFORE), taken);
        slots
            .iter()
            .map(|slot| slot.start.format("%H:%M").to_string())
            .collect()
    }

    #[test]
    fn a_class_is_open_until_its_last_place_is_taken() {
        let class = Arc::new(Offer {
            capacity: 3,
            ..morning()
        });
        let start = instant("2027-03-02T09:00:00Z");
        let mut taken = Vec::new();
        for _ in 0..3 {
            assert!(open(&class, &taken).contains(&"09:00".to_owned()));
            assert!(book(&class, start, &mut taken).is_some());
        }
        assert_eq!(book(&class, start, &mut taken), None);
        assert_eq!(open(&class, &taken), ["08:00", "10:00", "10:30", "11:00"]);
        // Another service shares the calendar, but no session.
        let other = Arc::new(Offer {
            service_id: "other".to_owned(),
            ..(*class).clone()
        });
        taken.truncate(1);
        assert_eq!(book(&other, start, &mut taken), None);
    }

    #[test]
    fn what_surrounds_a_date_holds_all_that_its_slots_block_in_every_zone() {
        for name in [
            "Etc/GMT+12",
            "America/Los_Angeles",
            "UTC",
            "Europe/Prague",
            "Pacific/Kiritimati",
        ] {
            let offer = Arc::new(Offer {
                length: TimeDelta::hours(24),
                before: TimeDelta::hours(4),
                after: TimeDelta::hours(4),
                ..example(Zone::named(name).unwrap(), every_day("00:00-24:00"))
            });
            let around = offer.surrounding(&(DAY..=DAY));
            let day = offer.day(DAY);
            assert_eq!(day.slots.len(), 48, "{name}");
            for slot in &day.slots {
                assert!(around.holds(&offer.blocked(*slot)), "{name} {slot:?}");
            }
        }
    }

    #[test]
    fn buffers_keep_bookings_apart_and_reach_beyond_opening_hours() {
        let buffered = Arc::new(Offer {
            before: TimeDelta::minutes(15),
            after: TimeDelta::minutes(30),
            ..morning()
        });
        let mut taken = Vec::new();
        assert!(open(&buffered, &taken).contains(&"08:00".to_owned()));
        book(&buffered, instant("2027-03-02T09:00:00Z"), &mut taken);
        assert_eq!(open(&buffered, &taken), ["11:00"]);
        assert_eq!(open(&Arc::new(morning()), &taken), ["10:30", "11:00"]);
    }

    #[test]
    fn a_start_that_is_too_soon_or_too_far_is_not_open() {
        let soon = Arc::new(Offer {
            lead: TimeDelta::hours(26),
            ..morning()
        });
        assert_eq!(open(&soon, &[]), ["10:00", "10:30", "11:00"]);
        let today_only = Arc::new(Offer {
            horizon_days: 0,
            ..morning()
        });
        assert!(open(&today_only, &[]).is_empty());
    }

    #[test]
    fn whoever_works_and_is_free_is_taken_in_order_and_needs_a_unit_too() {
        let offer = Arc::new(Offer {
            staff: vec![
                ("ada".to_owned(), every_day("08:00-10:00")),
                ("eve".to_owned(), every_day("09:00-12:00")),
            ],
            units: vec!["room-1".to_owned(), "room-2".to_owned()],
            ..morning()
        });
        let at = |text: &str| instant(&format!("2027-03-02T{text}:00Z"));
        let place = |staff: &str, unit: &str| {
            Some(Place {
                staff_id: Some(staff.to_owned()),
                unit: Some(unit.to_owned()),
            })
        };
        let mut taken = Vec::new();
        assert_eq!(book(&offer, at("09:00"), &mut taken), place("ada", "room-1"));
        assert_eq!(book(&offer, at("09:00"), &mut taken), place("eve", "room-2"));
        assert_eq!(book(&offer, at("09:00"), &mut taken), None);
        assert_eq!(open(&offer, &taken), ["08:00", "10:00", "10:30", "11:00"]);
        assert_eq!(book(&offer, at("10:30"), &mut taken), place("eve", "room-1"));
        let one_room = Arc::new(Offer {
            units: vec!["room-1".to_owned()],
            ..(*offer).clone()
        });
        assert_eq!(open(&one_room, &taken), ["08:00"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn nobody_and_nothing_is_in_two_sessions_at_once_and_no_session_is_overfull(
            shapes in prop::collection::vec((1_usize..4, 0_i64..4, 0_i64..4, 0_usize..3, 0_usize..3, 1_i64..5), 3),
            wishes in prop::collection::vec((0_usize..3, 0_i64..10), 1..40),
        ) {
            let names = |prefix: &str, count| (0..count).map(|number| format!("{prefix}{number}")).collect::<Vec<_>>();
            let offers: Vec<Arc<Offer>> = shapes
                .iter()
                .enumerate()
                .map(|(number, (capacity, before, after, staff, units, quarters))| Offer {
                    service_id: format!("service-{number}"),
                    capacity: *capacity,
                    before: TimeDelta::minutes(before * 10),
                    after: TimeDelta::minutes(after * 10),
                    length: TimeDelta::minutes(quarters * 15),
                    staff: names("staff", *staff).into_iter().map(|id| (id, every_day("08:00-12:00"))).collect(),
                    units: names("unit", *units),
                    ..morning()
                })
                .map(Arc::new)
                .collect();
            let mut taken = Vec::new();
            for (service, step) in wishes {
                book(&offers[service], instant("2027-03-02T08:00:00Z") + TimeDelta::minutes(step * 30), &mut taken);
            }
            for one in &taken {
                let session = |other: &&Taken| {
                    (&other.service_id, other.start, &other.place) == (&one.service_id, one.start, &one.place)
                };
                let offer = offers.iter().find(|offer| offer.service_id == one.service_id).unwrap();
                prop_assert!(taken.iter().filter(session).count() <= offer.capacity);
                for other in taken.iter().filter(|other| !session(other) && other.blocked.overlaps(&one.blocked)) {
                    prop_assert!(one.place.staff_id.is_none() || one.place.staff_id != other.place.staff_id);
                    prop_assert!(one.place.unit.is_none() || one.place.unit != other.place.unit);
                    prop_assert!(one.place != Place::default() || other.place != Place::default());
                }
            }
        }
    }
}
