//! Opening hours in local wall time: those of a week, and the dates on which they are others.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

/// A stretch of opening hours: minutes since local midnight, `open` in it, `close` not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The opening time, in minutes of the day.
    pub open: u16,
    /// The closing time, in minutes of the day: up to 1440, the end of the day.
    pub close: u16,
}

impl Window {
    /// Reads `09:00-12:30`; `24:00` is the end of the day. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (open, close) = text.split_once('-')?;
        let window = Self {
            open: minutes(open)?,
            close: minutes(close)?,
        };
        (window.open < window.close).then_some(window)
    }
}

fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |part: &str| {
        (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse::<u16>().ok())
            .flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= 24 * 60).then_some(total)
}

/// The opening hours of a week. The windows of a day are in order and apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WeeklyHours {
    days: [Vec<Window>; 7],
}

impl WeeklyHours {
    /// The same window on every day.
    pub fn every_day(window: Window) -> Self {
        Self {
            days: std::array::from_fn(|_| vec![window]),
        }
    }

    /// The windows of the weekday of this date; none when it is closed.
    pub fn on(&self, date: NaiveDate) -> &[Window] {
        &self.days[date.weekday().num_days_from_monday() as usize]
    }

    /// Returns true if there is no window at all.
    pub fn is_empty(&self) -> bool {
        self.days.iter().all(Vec::is_empty)
    }

    /// The days from Monday on, to fill them.
    pub(crate) fn days_mut(&mut self) -> &mut [Vec<Window>; 7] {
        &mut self.days
    }
}

/// The opening hours of a week, and the dates that have hours of their own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpeningHours {
    /// The hours of every date that is not named.
    pub weekly: WeeklyHours,
    /// The windows of a date instead of those of its weekday, in order and apart; none when it is closed.
    pub exceptions: BTreeMap<NaiveDate, Vec<Window>>,
}

impl OpeningHours {
    /// The windows of this date; none when it is closed.
    pub fn on(&self, date: NaiveDate) -> &[Window] {
        match self.exceptions.get(&date) {
            Some(windows) => windows,
            None => self.weekly.on(date),
        }
    }
}

impl From<WeeklyHours> for OpeningHours {
    fn from(weekly: WeeklyHours) -> Self {
        Self {
            weekly,
            exceptions: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_two_times_of_day_in_order() {
        assert_eq!(
            Window::parse("09:00-12:30"),
            Some(Window {
                open: 540,
                close: 750
            })
        );
        assert_eq!(
            Window::parse("00:00-24:00"),
            Some(Window { open: 0, close: 1440 })
        );
        for bad in [
            "",
            "09:00",
            "9:00-10:00",
            "12:00-12:00",
            "12:00-11:00",
            "10:60-12:00",
            "10:00-24:01",
            "+1:00-12:00",
        ] {
            assert_eq!(Window::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_date_that_is_named_has_its_own_hours_and_no_others() {
        let window = |text| Window::parse(text).unwrap();
        let date = |day| NaiveDate::from_ymd_opt(2027, 3, day).unwrap();
        let hours = OpeningHours {
            weekly: WeeklyHours::every_day(window("09:00-17:00")),
            exceptions: BTreeMap::from([(date(2), Vec::new()), (date(3), vec![window("10:00-12:00")])]),
        };
        assert_eq!(hours.on(date(1)), [window("09:00-17:00")]);
        assert_eq!(hours.on(date(2)), []);
        assert_eq!(hours.on(date(3)), [window("10:00-12:00")]);
    }
}
