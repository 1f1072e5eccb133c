//! Reads opening hours: those of a week, and dates with hours of their own.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_saphyr::Spanned;

use super::entries::{ExceptionEntry, HoursEntry, Wrong};
use crate::calendar::{WeeklyHours, Window};

/// The hours of a week; a day that is not named is closed.
pub(super) fn weekly(entry: HoursEntry) -> Result<WeeklyHours, Wrong> {
    let days = [
        entry.monday,
        entry.tuesday,
        entry.wednesday,
        entry.thursday,
        entry.friday,
        entry.saturday,
        entry.sunday,
    ];
    let mut hours = WeeklyHours::default();
    for (day, entries) in hours.days_mut().iter_mut().zip(days) {
        *day = windows(entries)?;
    }
    Ok(hours)
}

/// Dates with hours of their own, each once.
pub(super) fn exceptions(entries: Vec<ExceptionEntry>) -> Result<BTreeMap<NaiveDate, Vec<Window>>, Wrong> {
    let mut exceptions = BTreeMap::new();
    for entry in entries {
        let text = &entry.date.value;
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            .filter(|date| date.to_string() == *text)
            .ok_or_else(|| Wrong::new(&entry.date, format!("{text:?} is not a date such as 2027-12-24")))?;
        if exceptions.insert(date, windows(entry.hours)?).is_some() {
            return Err(Wrong::new(&entry.date, format!("{date} is there twice")));
        }
    }
    Ok(exceptions)
}

/// How to write what is no range as it stands; None where it is not clear what was meant.
fn meant(text: &str) -> Option<String> {
    let (open, close) = text.split_once(['-', '\u{2013}', '\u{2014}'])?;
    let (open, close) = (minutes(open)?, minutes(close)?);
    // Past the end of a day some go on counting.
    let close = if close > DAY { close - DAY } else { close };
    let range = |open: u32, close: u32| {
        let time = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        format!("\"{}-{}\"", time(open), time(close))
    };
    if open >= DAY {
        return (open - DAY < close)
            .then(|| format!("; that is {} on the next day", range(open - DAY, close)));
    }
    Some(match close {
        0 => format!("; the end of the day is 24:00: {}", range(open, DAY)),
        close if close <= open => format!(
            "; past midnight it is two: {} on this day and {} on the next day, which are one to whoever books",
            range(open, DAY),
            range(0, close)
        ),
        close => format!("; did you mean {}?", range(open, close)),
    })
}

/// The minutes of a day.
const DAY: u32 = 24 * 60;

/// The minutes since midnight of a time that somebody wrote: `9`, `9:30`, `09.30`, `26:00`.
fn minutes(text: &str) -> Option<u32> {
    let text = text.trim();
    let (hour, minute) = text.split_once([':', '.']).unwrap_or((text, "00"));
    let digits = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour) || !digits(minute) || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    (minute < 60 && hour < 48).then_some(hour * 60 + minute)
}

fn windows(entries: Vec<Spanned<String>>) -> Result<Vec<Window>, Wrong> {
    let mut windows: Vec<Window> = Vec::with_capacity(entries.len());
    for text in entries {
        let window = Window::parse(&text.value).ok_or_else(|| {
            let is_none = format!("{:?} is not a time range such as \"09:00-12:30\"", text.value);
            let hint = meant(&text.value).unwrap_or_default();
            Wrong::new(&text, format!("{is_none}{hint}"))
        })?;
        if windows.last().is_some_and(|before| window.open < before.close) {
            return Err(Wrong::new(
                &text,
                "time ranges of a day must be in order and apart",
            ));
        }
        windows.push(window);
    }
    Ok(windows)
}

#[cfg(test)]
mod tests {
    use crate::tenant::Tenants;

    /// What is said of a tenant with these hours on Fridays, and those on Saturdays, whose service takes so many minutes.
    fn said(friday: &str, saturday: &str, minutes: u32) -> Option<String> {
        let file = format!(
            "tenants:
  - slug: bar
    name: Bar
    timezone: Europe/Prague
    currency: CZK
    slot_step_minutes: 30
    horizon_days: 60
    hours: {{ friday: [{friday}], saturday: [{saturday}] }}
    services:
      - {{ id: table, name: Table, duration_minutes: {minutes} }}
"
        );
        Tenants::parse(&file, "a file")
            .err()
            .map(|error| error.to_string())
    }

    #[test]
    fn a_range_that_cannot_be_read_is_refused_with_how_to_write_it() {
        for (range, parts) in [
            (
                "22:00-02:00",
                ["\"22:00-24:00\"", "\"00:00-02:00\"", "next day"].as_slice(),
            ),
            ("22:00-26:00", &["\"22:00-24:00\"", "\"00:00-02:00\"", "next day"]),
            ("22:00-00:00", &["\"22:00-24:00\""]),
            ("00:00-00:00", &["\"00:00-24:00\""]),
            ("24:00-02:00", &["\"00:00-02:00\"", "next day"]),
            ("9:00-17:30", &["\"09:00-17:30\""]),
            ("09:00 - 17:30", &["\"09:00-17:30\""]),
            ("09:00–17:30", &["\"09:00-17:30\""]),
            ("9-17", &["\"09:00-17:00\""]),
        ] {
            let error = said(&format!("\"{range}\""), "", 60).unwrap();
            for part in parts {
                assert!(error.contains(part), "{range}: {error}");
            }
        }
        let none = said("\"09:77-17:00\"", "", 60).unwrap();
        assert!(
            none.ends_with("is not a time range such as \"09:00-12:30\""),
            "{none}"
        );
    }

    #[test]
    fn a_service_that_is_longer_than_every_window_is_refused_with_the_longest_one() {
        let long = said("\"09:00-12:00\", \"13:00-15:00\"", "", 181).unwrap();
        assert!(
            long.contains("a file:10:") && long.contains("180 minutes"),
            "{long}"
        );
        assert_eq!(said("\"09:00-12:00\", \"13:00-15:00\"", "", 180), None);
        assert_eq!(said("\"09:00-12:00\", \"12:00-15:00\"", "", 360), None);
        // Midnight is no border.
        assert_eq!(said("\"22:00-24:00\"", "\"00:00-02:00\"", 240), None);
        assert!(said("\"22:00-24:00\"", "\"00:00-02:00\"", 241).is_some());
        assert!(said("\"22:00-23:59\"", "\"00:00-02:00\"", 121).is_some());
        assert_eq!(said("\"00:00-24:00\"", "\"00:00-24:00\"", 1440), None);
    }

    #[test]
    fn a_service_needs_somebody_who_works_that_long_while_the_tenant_is_open() {
        let file = |tenant: &str| {
            format!(
                "tenants:
  - slug: bar
    name: Bar
    timezone: Europe/Prague
    currency: CZK
    slot_step_minutes: 30
    horizon_days: 60
    hours: {{ friday: [\"09:00-17:00\"] }}
    exceptions: [{{ date: 2027-12-20, hours: [\"{tenant}\"] }}]
    staff: [{{ id: ada, name: Ada, hours: {{ friday: [\"16:00-20:00\"] }} }}]
    services:
      - {{ id: table, name: Table, duration_minutes: 90, staff: [ada] }}
"
            )
        };
        let said = |hours| {
            Tenants::parse(&file(hours), "a file")
                .err()
                .map(|error| error.to_string())
        };
        // Ada follows the tenant on the date that has hours of its own.
        assert_eq!(said("09:00-19:00"), None);
        let none = said("09:00-10:00").unwrap();
        assert!(none.contains("60 minutes"), "{none}");
    }
}
