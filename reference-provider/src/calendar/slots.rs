//! The slots of a date, right across changes of the clocks.
//!
//! Opening hours are wall times; slots are instants. A date is cut into pieces within which the distance to UTC does
//! not change, each window is laid over each piece, and what touches is joined again. So an hour that the clocks skip
//! holds no slot, an hour that they repeat holds its slots twice, and every slot lasts its real length. Windows that touch are one,
//! also across midnight; starts are counted from the opening of the window of their date.

use chrono::{DateTime, Datelike, NaiveDate, Offset, TimeDelta, TimeZone, Utc};
use time_zones::Zone;

use super::{OpeningHours, Window};

/// The dates around one of them on which a slot can be that starts on it: the one before, of which clocks that go back may show a part
/// again, the two in which it ends if the next has 23 hours, and one more where a zone has left a date out.
const DATES: usize = 5;

/// The times at which a tenant can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// The zone of its wall clock.
    pub timezone: Zone,
    /// Its opening hours.
    pub hours: OpeningHours,
    /// Slots start at this distance, counted on the wall clock from the opening of a window.
    pub step_minutes: u32,
    /// The last bookable date is this many days after today, unless a service has a horizon of its own.
    pub horizon_days: u32,
}

/// A stretch of time, `start` in it, `end` not: one that ends when another starts does not clash with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Its first instant.
    pub start: DateTime<Utc>,
    /// The instant after it.
    pub end: DateTime<Utc>,
}

impl Slot {
    /// Returns true if the two share an instant.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Returns true if the other lies in this one.
    pub(crate) fn holds(&self, other: &Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

impl Calendar {
    /// All slots of this length that start on this local date, taken or not, in order of time.
    pub fn slots_on(&self, date: NaiveDate, length: TimeDelta) -> Vec<Slot> {
        let windows = merged(self.hours.on(date));
        if windows.is_empty() || length <= TimeDelta::zero() {
            return Vec::new();
        }
        let segments = self.segments_around(date);
        let step = i64::from(self.step_minutes.max(1)) * 60;
        let mut slots = Vec::new();
        let open = stretches(&self.hours, &segments, date);
        for window in windows {
            let pieces = pieces(&segments, date, window);
            for piece in &pieces {
                let behind = (piece.slot.start - piece.opens).num_seconds();
                let steps = behind.div_euclid(step) + i64::from(behind.rem_euclid(step) != 0);
                let mut start = piece.opens + TimeDelta::seconds(steps * step);
                while start < piece.slot.end {
                    let end = start + length;
                    let slot = Slot { start, end };
                    if open.iter().any(|open| open.holds(&slot)) {
                        slots.push(slot);
                    }
                    start += TimeDelta::seconds(step);
                }
            }
        }
        slots.sort_by_key(|slot| slot.start);
        slots
    }

    /// The stretches of time that each of these hours cover on a local date of this calendar's zone, with what follows on the next one
    /// without a break.
    pub(crate) fn stretches_on<'a>(
        &self,
        date: NaiveDate,
        hours: impl Iterator<Item = &'a OpeningHours>,
    ) -> Vec<Vec<Slot>> {
        let segments = self.segments_around(date);
        hours.map(|hours| stretches(hours, &segments, date)).collect()
    }

    /// Returns true if a slot of this length starts at this very instant.
    pub fn offers(&self, start: DateTime<Utc>, length: TimeDelta) -> bool {
        self.slots_on(self.date_of(start), length)
            .binary_search_by_key(&start, |slot| slot.start)
            .is_ok()
    }

    /// The local date of an instant.
    pub fn date_of(&self, instant: DateTime<Utc>) -> NaiveDate {
        instant.with_timezone(&self.timezone).date_naive()
    }

    /// The offset from UTC of the wall clock at this instant, less that at the beginning of its year.
    pub(crate) fn shift_since_january(&self, instant: DateTime<Utc>) -> TimeDelta {
        let january = NaiveDate::from_ymd_opt(instant.year(), 1, 1)
            .map_or(instant, |date| date.and_time(chrono::NaiveTime::MIN).and_utc());
        self.offset_at(instant) - self.offset_at(january)
    }

    /// The stretches of constant distance to UTC that cover this local date and those that a slot of it can reach.
    fn segments_around(&self, date: NaiveDate) -> Vec<Segment> {
        // No zone is more than 15 hours from UTC, and none changes its clocks twice within 3 hours.
        let midnight = date.and_time(chrono::NaiveTime::MIN).and_utc();
        let end = midnight + TimeDelta::hours(3 * 24 + 15);
        let mut from = midnight - TimeDelta::hours(15);
        let mut offset = self.offset_at(from);
        let mut segments = Vec::with_capacity(2);
        let mut probe = from;
        while probe < end {
            let next = probe + TimeDelta::hours(3);
            if self.offset_at(next) != offset {
                let change = self.change_between(probe, next);
                segments.push(Segment {
                    from,
                    until: change,
                    offset,
                });
                from = change;
                offset = self.offset_at(next);
            }
            probe = next;
        }
        segments.push(Segment {
            from,
            until: end,
            offset,
        });
        segments
    }

    /// The first second whose distance to UTC is that of `after`.
    fn change_between(&self, before: DateTime<Utc>, after: DateTime<Utc>) -> DateTime<Utc> {
        let target = self.offset_at(after);
        let (mut low, mut high) = (before, after);
        while high - low > TimeDelta::seconds(1) {
            let middle = low + TimeDelta::seconds((high - low).num_seconds() / 2);
            if self.offset_at(middle) == target {
                high = middle;
            } else {
                low = middle;
            }
        }
        high
    }

    fn offset_at(&self, instant: DateTime<Utc>) -> TimeDelta {
        let offset = self.timezone.offset_from_utc_datetime(&instant.naive_utc());
        TimeDelta::seconds(offset.fix().local_minus_utc().into())
    }
}

struct Segment {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    offset: TimeDelta,
}

/// The part of a window that lies in one segment.
struct Piece {
    slot: Slot,
    /// The instant at which the window opens by the clock of this segment, even if that is before the piece.
    opens: DateTime<Utc>,
}

/// The windows of a date with what touches as one.
fn merged(windows: &[Window]) -> Vec<Window> {
    let mut merged: Vec<Window> = Vec::with_capacity(windows.len());
    for window in windows {
        match merged.last_mut() {
            Some(last) if last.close == window.open => last.close = window.close,
            _ => merged.push(*window),
        }
    }
    merged
}

/// The stretches of time that these hours cover on a date and on those beside it, whatever the wall clock does between them.
fn stretches(hours: &OpeningHours, segments: &[Segment], date: NaiveDate) -> Vec<Slot> {
    let first = date.pred_opt().unwrap_or(date);
    let dates = first.iter_days().take(DATES);
    let mut covered: Vec<Piece> = dates
        .flat_map(|date| {
            hours
                .on(date)
                .iter()
                .flat_map(move |window| pieces(segments, date, *window))
        })
        .collect();
    covered.sort_by_key(|piece| piece.slot.start);
    joined(&covered)
}

/// A window laid over each segment, in order of time.
fn pieces(segments: &[Segment], date: NaiveDate, window: Window) -> Vec<Piece> {
    let midnight = date.and_time(chrono::NaiveTime::MIN);
    let wall = |minute: u16| midnight + TimeDelta::minutes(minute.into());
    segments
        .iter()
        .filter_map(|segment| {
            let opens = (wall(window.open) - segment.offset).and_utc();
            let closes = (wall(window.close) - segment.offset).and_utc();
            let slot = Slot {
                start: opens.max(segment.from),
                end: closes.min(segment.until),
            };
            (slot.start < slot.end).then_some(Piece { slot, opens })
        })
        .collect()
}

/// The pieces with what touches as one.
fn joined(pieces: &[Piece]) -> Vec<Slot> {
    let mut joined: Vec<Slot> = Vec::with_capacity(1);
    for piece in pieces {
        match joined.last_mut() {
            Some(last) if last.end == piece.slot.start => last.end = piece.slot.end,
            _ => joined.push(piece.slot),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use chrono::{Days, Timelike};
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::WeeklyHours;

    fn calendar(timezone: Zone, window: Window, step_minutes: u32) -> Calendar {
        Calendar {
            timezone,
            hours: WeeklyHours::every_day(window).into(),
            step_minutes,
            horizon_days: 60,
        }
    }

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    /// The same, minute by minute: slow, and without a thought about offsets.
    fn minute_by_minute(calendar: &Calendar, date: NaiveDate, length: i64) -> Vec<DateTime<Utc>> {
        let from = date.and_time(chrono::NaiveTime::MIN).and_utc() - TimeDelta::hours(15);
        let minute = |number: i64| from + TimeDelta::minutes(number);
        let wall = |instant: DateTime<Utc>| {
            let local = instant.with_timezone(&calendar.timezone);
            (local.date_naive() == date).then(|| local.hour() * 60 + local.minute())
        };
        let mut starts = Vec::new();
        for window in calendar.hours.on(date) {
            let inside = |instant| {
                wall(instant)
                    .is_some_and(|minute| (window.open.into()..window.close.into()).contains(&minute))
            };
            for number in 0..54 * 60 {
                let on_grid = wall(minute(number)).is_some_and(|minute| {
                    minute >= window.open.into()
                        && (minute - u32::from(window.open)) % calendar.step_minutes == 0
                });
                if on_grid && (number..number + length).all(|number| inside(minute(number))) {
                    starts.push(minute(number));
                }
            }
        }
        starts.sort();
        starts
    }

    #[test]
    fn windows_that_touch_are_one_and_midnight_is_no_border() {
        let window = |text| Window::parse(text).unwrap();
        let date = day(2027, 3, 2);
        let mut calendar = calendar("Europe/Prague".parse().unwrap(), window("09:00-12:00"), 30);
        let starts = |calendar: &Calendar, date, minutes| -> Vec<String> {
            let slots = calendar.slots_on(date, TimeDelta::minutes(minutes));
            let local = |slot: &Slot| {
                slot.start
                    .with_timezone(&calendar.timezone)
                    .format("%H:%M")
                    .to_string()
            };
            slots.iter().map(local).collect()
        };
        calendar
            .hours
            .exceptions
            .insert(date, vec![window("09:00-12:00"), window("12:00-17:00")]);
        assert!(starts(&calendar, date, 90).contains(&"11:30".to_owned()));
        let next = day(2027, 3, 3);
        calendar
            .hours
            .exceptions
            .insert(date, vec![window("22:00-24:00")]);
        calendar
            .hours
            .exceptions
            .insert(next, vec![window("00:00-02:00"), window("09:00-10:00")]);
        assert_eq!(starts(&calendar, date, 60), ["22:00", "22:30", "23:00", "23:30"]);
        assert_eq!(starts(&calendar, next, 60), ["00:00", "00:30", "01:00", "09:00"]);
        assert_eq!(starts(&calendar, date, 240), ["22:00"]);
        let hours = calendar.hours.clone();
        let stretches = calendar.stretches_on(date, [&hours].into_iter());
        let hours = |slot: &Slot| (slot.end - slot.start).num_hours();
        assert!(
            stretches[0].iter().any(|stretch| hours(stretch) == 4),
            "{stretches:?}"
        );
    }

    #[test]
    fn a_whole_day_that_begins_before_a_day_of_23_hours_ends_on_the_date_after_it() {
        let calendar = calendar(
            "Europe/Prague".parse().unwrap(),
            Window { open: 0, close: 1440 },
            30,
        );
        let count = |date| calendar.slots_on(date, TimeDelta::hours(24)).len();
        assert_eq!(
            (
                count(day(2027, 3, 26)),
                count(day(2027, 3, 27)),
                count(day(2027, 3, 28))
            ),
            (48, 48, 46)
        );
    }

    #[test]
    fn a_skipped_hour_holds_no_slot_and_a_repeated_one_holds_two() {
        let night = Window {
            open: 0,
            close: 6 * 60,
        };
        for timezone in [
            Zone::named("Europe/Prague").unwrap(),
            Zone::named("America/New_York").unwrap(),
        ] {
            let calendar = calendar(timezone, night, 60);
            let count = |date| calendar.slots_on(date, TimeDelta::hours(1)).len();
            let (spring, autumn) = if timezone == Zone::named("Europe/Prague").unwrap() {
                (day(2027, 3, 28), day(2027, 10, 31))
            } else {
                (day(2027, 3, 14), day(2027, 11, 7))
            };
            assert_eq!(
                (count(spring), count(day(2027, 6, 1)), count(autumn)),
                (5, 6, 7),
                "{timezone}"
            );
        }
    }

    #[test]
    fn a_slot_across_the_change_keeps_its_real_length() {
        let calendar = calendar(
            Zone::named("Europe/Prague").unwrap(),
            Window { open: 60, close: 300 },
            30,
        );
        let slots = calendar.slots_on(day(2027, 3, 28), TimeDelta::minutes(90));
        // 01:30 to 04:00 on the wall clock.
        let start = day(2027, 3, 28).and_hms_opt(0, 30, 0).unwrap().and_utc();
        assert!(slots.contains(&Slot {
            start,
            end: start + TimeDelta::minutes(90)
        }));
    }

    #[test]
    fn the_last_slot_ends_when_the_shop_closes() {
        let calendar = calendar(
            Zone::named("America/Chicago").unwrap(),
            Window::parse("09:00-17:00").unwrap(),
            30,
        );
        let slots = calendar.slots_on(day(2027, 1, 15), TimeDelta::minutes(90));
        assert_eq!(
            slots.first().map(|slot| slot.start.to_rfc3339()).as_deref(),
            Some("2027-01-15T15:00:00+00:00")
        );
        assert_eq!(
            slots.last().map(|slot| slot.end.to_rfc3339()).as_deref(),
            Some("2027-01-15T23:00:00+00:00")
        );
    }

    #[test]
    fn a_day_that_a_zone_skipped_has_no_slots() {
        let calendar = calendar(
            Zone::named("Pacific/Apia").unwrap(),
            Window { open: 0, close: 1440 },
            30,
        );
        assert!(
            calendar
                .slots_on(day(2011, 12, 30), TimeDelta::minutes(30))
                .is_empty()
        );
        assert_eq!(
            calendar.slots_on(day(2011, 12, 31), TimeDelta::minutes(30)).len(),
            48
        );
    }

    fn zone() -> impl Strategy<Value = Zone> {
        prop::sample::select(vec![
            Zone::named("Europe/Prague").unwrap(),
            Zone::named("America/New_York").unwrap(),
            Zone::named("America/Los_Angeles").unwrap(),
            Zone::named("Australia/Lord_Howe").unwrap(),
            Zone::named("Asia/Kathmandu").unwrap(),
            Zone::named("Pacific/Apia").unwrap(),
        ])
    }

    fn date() -> impl Strategy<Value = NaiveDate> {
        // Days of 23 and of 25 hours in Prague and New York, and any other.
        let changes = [
            day(2027, 3, 28),
            day(2027, 10, 31),
            day(2027, 3, 14),
            day(2027, 11, 7),
            day(2026, 10, 4),
        ];
        prop_oneof![
            2 => prop::sample::select(changes.to_vec()),
            1 => (0_u64..1500).prop_map(|days| day(2026, 1, 1) + Days::new(days)),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn slots_are_those_that_a_walk_through_the_minutes_finds(
            timezone in zone(),
            date in date(),
            open in (0_u16..95).prop_map(|quarter| quarter * 15),
            quarters in 1_u16..96,
            step in prop::sample::select(vec![15_u32, 30, 45, 60]),
            length in prop::sample::select(vec![15_i64, 30, 45, 60, 90, 180]),
        ) {
            let calendar = calendar(timezone, Window { open, close: (open + quarters * 15).min(1440) }, step);
            let slots = calendar.slots_on(date, TimeDelta::minutes(length));
            let starts: Vec<_> = slots.iter().map(|slot| slot.start).collect();
            prop_assert_eq!(&starts, &minute_by_minute(&calendar, date, length));
            prop_assert!(starts.windows(2).all(|pair| pair[0] < pair[1]));
            for slot in &slots {
                prop_assert_eq!(slot.end - slot.start, TimeDelta::minutes(length));
                prop_assert!(calendar.offers(slot.start, TimeDelta::minutes(length)));
                prop_assert!(!calendar.offers(slot.start + TimeDelta::minutes(7), TimeDelta::minutes(length)));
            }
        }
    }
}
