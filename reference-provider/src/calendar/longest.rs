//! The longest time for which opening hours hold without a break: no longer service can take place in them.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};

use super::{OpeningHours, Window};

/// The minutes of a day.
const DAY: u32 = 24 * 60;

/// A Monday, from which a week without special dates is looked at.
const MONDAY: NaiveDate = match NaiveDate::from_ymd_opt(2024, 1, 1) {
    Some(date) => date,
    None => NaiveDate::MIN,
};

/// The longest time, in minutes of the wall clock, for which all of these hours hold without a break: in a week, or around a date that has
/// hours of its own. Windows that touch are one, and midnight is no border.
pub(crate) fn longest_common(hours: &[&OpeningHours]) -> u32 {
    // Eight dates: what goes on from Sunday to Monday is in them.
    let week = MONDAY
        .iter_days()
        .take(8)
        .map(|date| common(hours, |hours| hours.weekly.on(date)));
    let special: BTreeSet<NaiveDate> = hours
        .iter()
        .flat_map(|hours| hours.exceptions.keys().copied())
        .collect();
    let around = special.into_iter().map(|date| {
        let first = date.checked_sub_days(Days::new(1)).unwrap_or(date);
        longest_of(
            first
                .iter_days()
                .take(3)
                .map(|date| common(hours, |hours| hours.on(date))),
        )
    });
    around.fold(longest_of(week), u32::max)
}

/// The windows of a date in which all hours hold, in order.
fn common<'a>(hours: &[&'a OpeningHours], on: impl Fn(&'a OpeningHours) -> &'a [Window]) -> Vec<Window> {
    let mut all = hours.iter().map(|hours| on(hours).to_vec());
    let first = all.next().unwrap_or_default();
    all.fold(first, |one, other| {
        let both = |a: &Window, b: &Window| Window {
            open: a.open.max(b.open),
            close: a.close.min(b.close),
        };
        let pairs = one.iter().flat_map(|a| other.iter().map(move |b| both(a, b)));
        pairs.filter(|window| window.open < window.close).collect()
    })
}

/// The longest stretch in the windows of dates that follow each other.
fn longest_of(dates: impl Iterator<Item = Vec<Window>>) -> u32 {
    let (mut longest, mut open, mut close) = (0, 0, 0);
    for (midnight, windows) in (0..).step_by(DAY as usize).zip(dates) {
        for window in windows {
            let opens: u32 = midnight + u32::from(window.open);
            if opens != close {
                open = opens;
            }
            close = midnight + u32::from(window.close);
            longest = longest.max(close - open);
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::calendar::WeeklyHours;

    fn windows(texts: &[&str]) -> Vec<Window> {
        texts.iter().map(|text| Window::parse(text).unwrap()).collect()
    }

    /// Closed but on the days that are named by their place from Monday on.
    fn week(days: &[(usize, &[&str])]) -> OpeningHours {
        let mut hours = WeeklyHours::default();
        for (day, texts) in days {
            hours.days_mut()[*day] = windows(texts);
        }
        hours.into()
    }

    #[test]
    fn windows_that_touch_are_one_across_midnight_and_from_sunday_to_monday() {
        for (hours, expected) in [
            (week(&[]), 0),
            (week(&[(0, &["09:00-12:00", "12:00-13:30"])]), 270),
            (week(&[(0, &["09:00-12:00", "12:01-13:30"])]), 180),
            (week(&[(3, &["22:00-24:00"]), (4, &["00:00-03:00"])]), 300),
            (week(&[(6, &["23:00-24:00"]), (0, &["00:00-01:30"])]), 150),
            (week(&[(3, &["22:00-24:00"]), (5, &["00:00-03:00"])]), 180),
        ] {
            assert_eq!(longest_common(&[&hours]), expected, "{hours:?}");
        }
    }

    #[test]
    fn only_what_all_have_in_common_counts() {
        let shop = week(&[(0, &["09:00-12:00", "13:00-17:00"])]);
        assert_eq!(longest_common(&[&shop, &week(&[(0, &["11:00-15:00"])])]), 120);
        assert_eq!(longest_common(&[&shop, &week(&[(0, &["12:00-13:00"])])]), 0);
        let two_shifts = week(&[(0, &["13:00-14:00", "14:00-17:00"])]);
        assert_eq!(longest_common(&[&shop, &two_shifts]), 240);
    }

    #[test]
    fn a_date_with_hours_of_its_own_counts_with_the_dates_beside_it() {
        let mut hours = week(&[(3, &["22:00-24:00"])]);
        // A Friday.
        let friday = NaiveDate::from_ymd_opt(2027, 12, 24).unwrap();
        hours.exceptions = BTreeMap::from([(friday, windows(&["00:00-05:00"]))]);
        assert_eq!(longest_common(&[&hours]), 420);
        let closed = BTreeMap::from([
            (friday.pred_opt().unwrap(), Vec::new()),
            (friday, windows(&["00:00-05:00"])),
        ]);
        hours.exceptions = closed;
        assert_eq!(longest_common(&[&hours]), 300);
    }
}
