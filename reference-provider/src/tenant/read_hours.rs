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

/// How to write a range that goes on past midnight; None for any other.
fn past_midnight(text: &str) -> Option<String> {
    let (open, close) = text.split_once('-')?;
    let (evening, morning) = (format!("{open}-24:00"), format!("00:00-{close}"));
    Window::parse(&evening).and(Window::parse(&morning))?;
    Some(format!(
        "; past midnight it is two: {evening:?} on this day and {morning:?} on the next day, which are one to whoever books"
    ))
}

fn windows(entries: Vec<Spanned<String>>) -> Result<Vec<Window>, Wrong> {
    let mut windows: Vec<Window> = Vec::with_capacity(entries.len());
    for text in entries {
        let window = Window::parse(&text.value).ok_or_else(|| {
            let is_none = format!("{:?} is not a time range such as \"09:00-12:30\"", text.value);
            let hint = past_midnight(&text.value).unwrap_or_default();
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

    #[test]
    fn a_range_past_midnight_is_refused_with_how_to_write_it() {
        let file = "tenants:
  - slug: bar
    name: Bar
    timezone: Europe/Prague
    currency: CZK
    slot_step_minutes: 30
    horizon_days: 60
    hours: { friday: [\"22:00-02:00\"] }
    services:
      - { id: table, name: Table, duration_minutes: 60 }
";
        let error = Tenants::parse(file, "a file").err().unwrap().to_string();
        assert!(
            error.contains("\"22:00-24:00\"")
                && error.contains("\"00:00-02:00\"")
                && error.contains("next day"),
            "{error}"
        );
    }
}
