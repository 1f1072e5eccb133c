//! What a clock and a calendar on the wall show of an instant: `now.getHours('Europe/Prague')`.
//!
//! The library has these functions too, with rules of time zones that it brings itself. There is one source of them here.

#![expect(
    clippy::needless_pass_by_value,
    reason = "a function of CEL takes its arguments by value"
)]

use cel::common::types::CelInt;
use cel::common::value::CowVal;
use chrono::{DateTime, Datelike, FixedOffset, Offset, TimeZone, Timelike};

use super::arguments::{Arguments, FunctionResult, failed, instant, text, zone};

/// Reads one number off the local time of an instant. The zone is a name of the IANA database, or an offset such as `+02:00`.
fn read<'b, 'v>(
    function: &str,
    args: &Arguments<'b, 'v>,
    number: fn(&DateTime<FixedOffset>) -> u32,
) -> FunctionResult<'b, 'v> {
    let instant = instant(args, 0, function)?;
    let local = match offset(&text(args, 1, function)?) {
        Some(offset) => instant.with_timezone(&offset),
        None => {
            let zone = zone(args, 1, function)?;
            instant.with_timezone(&zone.offset_from_utc_datetime(&instant.naive_utc()).fix())
        }
    };
    Ok(CowVal::owned(CelInt::from(i64::from(number(&local)))))
}

fn offset(text: &str) -> Option<FixedOffset> {
    if text == "UTC" {
        return FixedOffset::east_opt(0);
    }
    let signed = text.starts_with(['+', '-']) || text.starts_with(|c: char| c.is_ascii_digit());
    let signed_text = if text.starts_with(['+', '-']) {
        text.to_owned()
    } else {
        format!("+{text}")
    };
    signed.then(|| signed_text.parse().ok()).flatten()
}

/// `t.getDate(zone)`: the day of the month, from 1.
pub(super) fn date<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    read("getDate", &args, Datelike::day)
}

/// `t.getDayOfMonth(zone)`: the day of the month, from 0.
pub(super) fn day_of_month<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    read("getDayOfMonth", &args, Datelike::day0)
}

/// `t.getDayOfWeek(zone)`: the day of the week, 0 on Sundays.
pub(super) fn day_of_week<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    read("getDayOfWeek", &args, |local| {
        local.weekday().num_days_from_sunday()
    })
}

/// `t.getDayOfYear(zone)`: the day of the year, from 0.
pub(super) fn day_of_year<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    read("getDayOfYear", &args, Datelike::ordinal0)
}

/// `t.getFullYear(zone)`: the year.
pub(super) fn full_year<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let year = instant(&args, 0, "getFullYear")?;
    if year.year() < 1 {
        return Err(failed("getFullYear", "the year lies before our era"));
    }
    read("getFullYear", &args, |local| local.year().unsigned_abs())
}

/// `t.getHours(zone)`: the hour.
pub(super) fn hours<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    read("getHours", &args, Timelike::hour)
}

/// `t.getMilliseconds(zone)`: the milliseconds of the second.
pub(super) fn milliseconds<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    read("getMilliseconds", &args, |local| local.timestamp_subsec_millis())
}

/// `t.getMinutes(zone)`: the minute.
pub(super) fn minutes<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    read("getMinutes", &args, Timelike::minute)
}

/// `t.getMonth(zone)`: the month, 0 in January.
pub(super) fn month<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    read("getMonth", &args, Datelike::month0)
}

/// `t.getSeconds(zone)`: the second.
pub(super) fn seconds<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    read("getSeconds", &args, Timelike::second)
}
