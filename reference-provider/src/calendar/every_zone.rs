//! The slots of every zone of the database in three years, against a walk through the minutes that knows nothing of windows, pieces and
//! offsets: a minute is open if the wall clock shows one that is, and a slot is so many open minutes in a row.
//!
//! The sample takes one zone of those that agree in all these years, and the dates around each change of the clocks; and some weeks of the
//! zones of the day, which are others each day, so that in time all are seen. What is drawn follows from a seed: the number of the day, or
//! `PROOFHOUSE_ZONE_SEED`. `PROOFHOUSE_EVERY_ZONE=1` takes every zone and every date.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, TimeZone, Timelike, Utc};
use time_zones::Zone;

use super::{Calendar, OpeningHours, WeeklyHours, Window};

const FIRST: NaiveDate = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
const DAYS: usize = 3 * 365 + 1;

/// The number of days after which the zones of the day are the same again.
const ROUND: usize = 40;
/// The dates in a row that are taken of a zone of the day.
const WEEKS: usize = 5 * 7;

/// Small numbers that are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// The hours of a day: which minutes of it are open.
type Day = Vec<bool>;

/// Some opening hours for each day of the week, as windows and as minutes. Nights are open often, as the clocks change then.
fn week(numbers: &mut Numbers) -> (WeeklyHours, [Day; 7]) {
    let mut hours = WeeklyHours::default();
    let days = std::array::from_fn(|at| {
        let cuts: Vec<u16> = match numbers.below(5) {
            0 => Vec::new(),
            1 => vec![0, 1440],
            2 => vec![0, 45, 45, 1440],
            _ => {
                let mut cuts: Vec<u16> = (0..4)
                    .map(|_| u16::try_from(numbers.below(97)).unwrap() * 15)
                    .collect();
                cuts.sort_unstable();
                cuts
            }
        };
        let windows = cuts.chunks_exact(2).filter(|pair| pair[0] < pair[1]);
        hours.days_mut()[at] = windows
            .map(|pair| Window {
                open: pair[0],
                close: pair[1],
            })
            .collect();
        let mut open = vec![false; 1440];
        for window in &hours.days_mut()[at] {
            open[window.open.into()..window.close.into()].fill(true);
        }
        open
    });
    (hours, days)
}

/// The wall clock of a zone at each minute from two days before the first date on.
struct Wall(Vec<(NaiveDate, usize)>);

impl Wall {
    fn start(date: NaiveDate) -> DateTime<Utc> {
        date.and_time(chrono::NaiveTime::MIN).and_utc() - TimeDelta::days(1)
    }

    fn of(zone: Zone, date: NaiveDate, days: usize) -> Self {
        let local = |minute: usize| {
            let instant = Self::start(date) + TimeDelta::minutes(i64::try_from(minute).unwrap());
            let local = instant.with_timezone(&zone);
            let minute = local.hour() * 60 + local.minute();
            (local.date_naive(), usize::try_from(minute).unwrap())
        };
        // A day before it, and what can follow a start on the last one.
        Self((0..(days + 4) * 1440).map(local).collect())
    }

    /// The starts on dates, each with the date.
    fn starts(
        &self,
        first: NaiveDate,
        days: &[Day; 7],
        step: usize,
        length: usize,
    ) -> Vec<(NaiveDate, DateTime<Utc>)> {
        let day = |date: NaiveDate| &days[date.weekday().num_days_from_monday() as usize];
        // For how many minutes it stays open from each minute on.
        let mut stays = vec![0_usize; self.0.len() + 1];
        for (at, (date, minute)) in self.0.iter().enumerate().rev() {
            stays[at] = if day(*date)[*minute] { stays[at + 1] + 1 } else { 0 };
        }
        let on_grid = |date: NaiveDate, minute: usize| {
            let closed = day(date)[..minute].iter().rposition(|open| !open);
            let opens = closed.map_or(0, |closed| closed + 1);
            (minute - opens).is_multiple_of(step)
        };
        let starts = self
            .0
            .iter()
            .enumerate()
            .filter(|(at, (date, minute))| stays[*at] >= length && on_grid(*date, *minute));
        starts
            .map(|(at, (date, _))| {
                (
                    *date,
                    Self::start(first) + TimeDelta::minutes(i64::try_from(at).unwrap()),
                )
            })
            .collect()
    }
}

/// The seed: that of `PROOFHOUSE_ZONE_SEED`, else the number of the day.
fn seed() -> u64 {
    let today = Utc::now().timestamp() / (24 * 60 * 60);
    let asked = std::env::var("PROOFHOUSE_ZONE_SEED").ok();
    asked.map_or(today.unsigned_abs(), |seed| seed.parse().unwrap())
}

fn offset(zone: Zone, instant: DateTime<Utc>) -> i32 {
    use chrono::Offset;
    zone.offset_from_utc_datetime(&instant.naive_utc())
        .fix()
        .local_minus_utc()
}

/// Holds the dates of a zone against the model, with some hours, steps and lengths.
fn hold(zone: Zone, first: NaiveDate, days: usize, calendars: usize, numbers: &mut Numbers) {
    let wall = Wall::of(zone, first, days);
    for _ in 0..calendars {
        let (weekly, minutes) = week(numbers);
        let step = [5, 15, 30, 45, 60, 1440][usize::try_from(numbers.below(6)).unwrap()];
        let length = [5, 20, 60, 90, 360, 1440][usize::try_from(numbers.below(6)).unwrap()];
        let calendar = Calendar {
            timezone: zone,
            hours: OpeningHours::from(weekly),
            step_minutes: step,
            horizon_days: 60,
        };
        let mut modelled: HashMap<NaiveDate, Vec<DateTime<Utc>>> = HashMap::new();
        for (date, start) in wall.starts(first, &minutes, step as usize, usize::try_from(length).unwrap()) {
            modelled.entry(date).or_default().push(start);
        }
        for date in first.iter_days().take(days) {
            let slots = calendar.slots_on(date, TimeDelta::minutes(length));
            let starts: Vec<_> = slots.iter().map(|slot| slot.start).collect();
            let expected = modelled.remove(&date).unwrap_or_default();
            assert_eq!(
                starts, expected,
                "{zone} {date}, {length} minutes each {step}: {:?}",
                calendar.hours.weekly
            );
            assert!(
                slots
                    .iter()
                    .all(|slot| slot.end - slot.start == TimeDelta::minutes(length))
            );
        }
    }
}

#[test]
fn slots_are_those_that_a_walk_through_the_minutes_finds_in_every_zone() {
    let every = std::env::var_os("PROOFHOUSE_EVERY_ZONE").is_some();
    let seed = seed();
    println!("PROOFHOUSE_ZONE_SEED={seed} draws the same again");
    let mut numbers = Numbers(seed);
    let mut seen = HashSet::new();
    let mut held = 0;
    for name in Zone::names() {
        let zone = Zone::named(name).unwrap();
        if every {
            hold(zone, FIRST, DAYS, 4, &mut numbers);
            held += DAYS;
            continue;
        }
        let offsets: Vec<i32> = FIRST
            .iter_days()
            .take(DAYS)
            .map(|date| offset(zone, date.and_time(chrono::NaiveTime::MIN).and_utc()))
            .collect();
        let changes: Vec<usize> = (1..DAYS)
            .filter(|day| offsets[*day] != offsets[*day - 1])
            .collect();
        if seen.insert(offsets) {
            let random = usize::try_from(numbers.below(1000)).unwrap();
            for day in changes.into_iter().chain([random]) {
                let around = FIRST + TimeDelta::days(i64::try_from(day).unwrap() - 2);
                hold(zone, around, 4, 2, &mut numbers);
                held += 4;
            }
        }
    }
    assert!(seen.len() > 50 || every, "{}", seen.len());
    assert!(held > 500, "{held}");
}

/// The zones of a day.
fn of_day(day: u64) -> impl Iterator<Item = &'static str> {
    let turn = usize::try_from(day).unwrap() % ROUND;
    Zone::names().into_iter().skip(turn).step_by(ROUND)
}

#[test]
fn slots_are_those_that_a_walk_through_the_minutes_finds_in_the_zones_of_the_day() {
    let seed = seed();
    println!("PROOFHOUSE_ZONE_SEED={seed} draws the same again");
    let mut numbers = Numbers(seed);
    for name in of_day(seed) {
        let from = numbers.below((DAYS - WEEKS) as u64);
        let first = FIRST + TimeDelta::days(i64::try_from(from).unwrap());
        hold(Zone::named(name).unwrap(), first, WEEKS, 2, &mut numbers);
    }
}

#[test]
fn every_zone_is_one_of_some_day() {
    let seen: HashSet<&str> = (0..ROUND as u64).flat_map(of_day).collect();
    assert_eq!(seen, Zone::names().into_iter().collect());
    assert!(seen.len() > 300, "{}", seen.len());
}

/// Days that a zone left out, rules that were abolished, and clocks that went by half an hour.
#[test]
fn odd_days_of_the_past_are_held_against_the_walk() {
    for (name, year, month, day) in [
        ("Pacific/Apia", 2011, 12, 28),
        ("Pacific/Kwajalein", 1993, 8, 19),
        ("Europe/Istanbul", 2016, 9, 5),
        ("America/Sao_Paulo", 2018, 11, 2),
        ("Asia/Pyongyang", 2018, 5, 3),
        ("America/Caracas", 2016, 4, 29),
        ("Europe/Volgograd", 2020, 12, 25),
        ("America/St_Johns", 2009, 10, 30),
    ] {
        let first = NaiveDate::from_ymd_opt(year, month, day).unwrap();
        hold(Zone::named(name).unwrap(), first, 5, 40, &mut Numbers(7));
    }
}
