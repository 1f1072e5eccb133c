//! Faults of what the schema admits: what is changed before an input is held against it, and the breaks that are let through.

use chrono::{Days, NaiveDate};
use serde_json::Value;

use super::lenient;
use crate::fault::{Fault, Faults};
use crate::tools::Call;

/// Changes an input before it is held against the schema.
pub(super) fn change(call: Call<'_>, faults: Faults, input: &mut Value) {
    if faults.has(Fault::AcceptsZonelessStart) {
        add_zone(input);
    }
    if faults.has(Fault::AcceptsDateAlone)
        && let Some(date) = input.get("start_at").and_then(Value::as_str)
        && date.parse::<NaiveDate>().is_ok()
    {
        input["start_at"] = format!("{date}T09:00:00Z").into();
    }
    if faults.has(Fault::CoercesTypes) {
        lenient::coerce(call.contract, input);
    }
    if faults.has(Fault::AcceptsNullFields) {
        lenient::drop_nulls(call.contract, input);
    }
    if faults.has(Fault::RollsImpossibleDates)
        && let Some(date) = input.get("date").and_then(Value::as_str).and_then(rolled)
    {
        input["date"] = date.into();
    }
}

/// Takes the end of a booking out of an input, if a fault lets a caller set it.
pub(super) fn take_end(call: Call<'_>, faults: Faults, input: &mut Value) -> Option<Value> {
    let honours = call.tool == "create_booking" && faults.has(Fault::HonoursEnd);
    input.as_object_mut().filter(|_| honours)?.shift_remove("end_at")
}

/// Returns true if a fault lets this break of the schema through.
pub(super) fn waives(faults: Faults, keyword: &str, pointer: &str) -> bool {
    let accepts = |fault| faults.has(fault);
    match (pointer, keyword) {
        (_, "additionalProperties") if accepts(Fault::AcceptsUnknownKeys) => true,
        ("/customer", "additionalProperties") => accepts(Fault::AcceptsUnknownCustomerKeys),
        ("/customer/name", "minLength") => accepts(Fault::AcceptsEmptyName),
        ("/customer/email", _) => accepts(Fault::AcceptsBadEmail),
        ("/notes", "maxLength") => accepts(Fault::AcceptsLongNotes) || accepts(Fault::BooksDespiteError),
        _ => false,
    }
}

/// Makes a start without an offset one in UTC.
fn add_zone(input: &mut Value) {
    if let Some(Value::String(start)) = input.get_mut("start_at")
        && start.parse::<chrono::NaiveDateTime>().is_ok()
    {
        start.push('Z');
    }
}

/// Reads 30 February as a day in March. `None` for what is no year, month and day.
fn rolled(date: &str) -> Option<String> {
    let (month, day) = (date.get(..7)?, date.get(8..)?.parse::<u64>().ok()?);
    let first: NaiveDate = format!("{month}-01").parse().ok()?;
    let rolled = first.checked_add_days(Days::new(day.checked_sub(1)?))?;
    Some(rolled.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_its_month_does_not_have_rolls_over() {
        assert_eq!(rolled("2026-02-30").as_deref(), Some("2026-03-02"));
        assert_eq!(rolled("2026-02-28").as_deref(), Some("2026-02-28"));
        assert_eq!(rolled("2026-13-01"), None);
    }
}
