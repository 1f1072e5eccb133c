//! The free slots closest to the one that was asked for.

use std::ops::RangeInclusive;
use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::{Offer, Slot, Taken};

/// A search for free slots.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Search {
    /// The start that was asked for.
    pub(crate) asked: DateTime<Utc>,
    /// Only starts after this instant count.
    pub(crate) now: DateTime<Utc>,
    /// The number of slots that are wanted.
    pub(crate) wanted: usize,
}

impl Search {
    /// The dates to look at, from a narrow stretch around the wish to all that can be booked. The first stretch that
    /// [settles](Self::settled) the search will do.
    pub(crate) fn stretches(&self, offer: &Offer) -> Vec<(u32, RangeInclusive<NaiveDate>)> {
        let all = offer.dates(self.now);
        let centre = offer.calendar.date_of(self.asked).clamp(*all.start(), *all.end());
        [2, 14, offer.horizon_days]
            .into_iter()
            .map(|reach| {
                let days = Days::new(reach.into());
                let from = centre.checked_sub_days(days).unwrap_or(centre).max(*all.start());
                let until = centre.checked_add_days(days).unwrap_or(centre).min(*all.end());
                (reach, from..=until)
            })
            .collect()
    }

    /// Returns true if nothing outside of a stretch of this reach can be closer than what was found in it.
    pub(crate) fn settled(&self, reach: u32, found: &[Slot]) -> bool {
        // A slot on the first date beyond the reach is that many days away, less an hour or two of changed clocks.
        let nearest_outside = TimeDelta::days(reach.into()) - TimeDelta::hours(3);
        found.len() >= self.wanted
            && found
                .iter()
                .all(|slot| (slot.start - self.asked).abs() <= nearest_outside)
    }
}

/// The free slots on these dates, closest first; of two equally close ones, the earlier first.
pub(crate) fn closest_free(
    offer: &Arc<Offer>,
    search: &Search,
    dates: RangeInclusive<NaiveDate>,
    taken: &[Taken],
) -> Vec<Slot> {
    let mut free: Vec<Slot> = dates
        .start()
        .iter_days()
        .take_while(|date| date <= dates.end())
        .flat_map(|date| offer.open_on(date, search.now, taken))
        .collect();
    free.sort_by_key(|slot| ((slot.start - search.asked).abs(), slot.start));
    free.truncate(search.wanted);
    free
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use proptest::prelude::*;
    use time_zones::Zone;

    use super::*;
    use crate::calendar::{Place, WeeklyHours, Window, example};

    fn offer() -> Arc<Offer> {
        let hours = WeeklyHours::every_day(Window {
            open: 9 * 60,
            close: 17 * 60,
        });
        Arc::new(Offer {
            horizon_days: 40,
            ..example(Zone::named("Europe/Prague").unwrap(), hours.into())
        })
    }

    fn taken(start: DateTime<Utc>, hours: i64) -> Taken {
        Taken {
            seq: 0,
            service_id: "another".to_owned(),
            start,
            blocked: Slot {
                start,
                end: start + TimeDelta::hours(hours),
            },
            place: Place::default(),
        }
    }

    fn search(asked: DateTime<Utc>) -> Search {
        let now = Utc.with_ymd_and_hms(2027, 3, 20, 10, 10, 0).unwrap();
        Search {
            asked,
            now,
            wanted: 5,
        }
    }

    /// As the tool does it: the first stretch that settles the search.
    fn found(offer: &Arc<Offer>, search: &Search, taken: &[Taken]) -> Vec<Slot> {
        let mut found = Vec::new();
        for (reach, dates) in search.stretches(offer) {
            found = closest_free(offer, search, dates, taken);
            if search.settled(reach, &found) {
                break;
            }
        }
        found
    }

    #[test]
    fn the_closest_come_first_and_of_two_equally_close_ones_the_earlier() {
        let asked = Utc.with_ymd_and_hms(2027, 3, 22, 11, 0, 0).unwrap();
        let taken = [taken(asked, 1)];
        let minutes: Vec<_> = found(&offer(), &search(asked), &taken)
            .iter()
            .map(|slot| (slot.start - asked).num_minutes())
            .collect();
        assert_eq!(minutes, [-60, 60, -90, 90, -120]);
    }

    #[test]
    fn a_wish_far_beyond_the_horizon_gets_the_last_free_slots() {
        let asked = Utc.with_ymd_and_hms(2029, 1, 1, 0, 0, 0).unwrap();
        let found = found(&offer(), &search(asked), &[]);
        assert_eq!(
            found[0].start,
            Utc.with_ymd_and_hms(2027, 4, 29, 14, 0, 0).unwrap()
        );
        assert_eq!(found.len(), 5);
    }

    #[test]
    fn when_all_is_taken_there_are_none() {
        let asked = Utc.with_ymd_and_hms(2027, 3, 22, 11, 0, 0).unwrap();
        let all = taken(asked - TimeDelta::days(100), 24 * 200);
        assert!(found(&offer(), &search(asked), &[all]).is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn a_stretch_that_settles_the_search_finds_what_the_whole_horizon_holds(
            hour in 0_i64..24 * 45,
            full_from in 0_i64..24 * 40,
            full_hours in 0_i64..24 * 20,
        ) {
            let offer = offer();
            let search = search(Utc.with_ymd_and_hms(2027, 3, 20, 11, 0, 0).unwrap() + TimeDelta::hours(hour));
            let start = search.now + TimeDelta::hours(full_from);
            let taken = [taken(start, full_hours)];
            let all = closest_free(&offer, &search, offer.dates(search.now), &taken);
            prop_assert_eq!(found(&offer, &search, &taken), all);
        }
    }
}
