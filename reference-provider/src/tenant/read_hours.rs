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

fn windows(entries: Vec<Spanned<String>>) -> Result<Vec<Window>, Wrong> {
    let mut windows: Vec<Window> = Vec::with_capacity(entries.len());
    for text in entries {
        let window = Window::parse(&text.value).ok_or_else(|| {
            Wrong::new(
                &text,
                format!("{:?} is not a time range such as \"09:00-12:30\"", text.value),
            )
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
