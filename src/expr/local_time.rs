//! Functions between instants and what a clock on the wall shows. The zone is always named; the host's is never read.
#![expect(
    clippy::needless_pass_by_value,
    reason = "a function of CEL takes its arguments by value"
)]

use std::collections::HashMap;

use cel::common::types::{CelString, CelTimestamp};
use cel::common::value::CowVal;
use cel::{ExecutionError, Value};
use chrono::format::{Item, StrftimeItems};
use chrono::{
    DateTime, Datelike, Days, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, SubsecRound,
    TimeDelta, TimeZone, Utc,
};
use time_zones::Zone;

use super::arguments::{Arguments, FunctionResult, argument, checked, failed, instant, owned, text, zone};

/// The forms of local times: a date, a `T` or a space, hours and minutes, seconds where there are any.
const FORMS: [&str; 6] = [
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
];

/// The years that dates and local times have: those of four digits, the first and the last aside, where an offset could lead out.
const YEARS: std::ops::Range<i32> = 2..9999;

/// The longest pattern that is written, in bytes.
const LONGEST_PATTERN: usize = 64;

fn timestamp<'b, 'v>(instant: DateTime<Zone>) -> CowVal<'b, 'v> {
    CowVal::owned(CelTimestamp::from(instant.to_utc().fixed_offset()))
}

/// `timestamp(text)`: an instant as RFC 3339 writes it, or a number of seconds since 1970. A timestamp is itself.
pub(super) fn read_timestamp<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    const NAME: &str = "timestamp";
    let instant = match argument(&args, 0, NAME)? {
        Value::Timestamp(instant) => instant,
        Value::Int(seconds) => DateTime::from_timestamp(seconds, 0)
            .ok_or_else(|| failed(NAME, "no calendar goes as far"))?
            .fixed_offset(),
        _ => {
            let text = text(&args, 0, NAME)?;
            DateTime::parse_from_rfc3339(&text)
                .map_err(|_| failed(NAME, format_args!("`{text}` is no instant of RFC 3339")))?
        }
    };
    Ok(CowVal::owned(CelTimestamp::from(checked(instant, NAME)?)))
}

fn read_local(text: &str, function: &str) -> Result<NaiveDateTime, ExecutionError> {
    FORMS
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .filter(|local| YEARS.contains(&local.year()))
        .ok_or_else(|| failed(function, format_args!("`{text}` is no local date and time")))
}

fn read_date(text: &str, function: &str) -> Result<NaiveDate, ExecutionError> {
    text.parse()
        .ok()
        .filter(|date: &NaiveDate| YEARS.contains(&date.year()))
        .ok_or_else(|| failed(function, format_args!("`{text}` is no date")))
}

/// `local_instant(text, zone, gap, fold)`: the instant at which the clock on the wall shows this. In a gap `gap` says which: `earlier`
/// and `later` shift by the length of the gap, `error` refuses. In a fold `fold` does: the `earlier` or the `later` of the two, or `error`.
pub(super) fn local_instant<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    const NAME: &str = "local_instant";
    let local = read_local(&text(&args, 0, NAME)?, NAME)?;
    let zone = zone(&args, 1, NAME)?;
    let (gap, fold) = (text(&args, 2, NAME)?, text(&args, 3, NAME)?);
    for rule in [&gap, &fold] {
        if !["earlier", "later", "error"].contains(&rule.as_str()) {
            let why = format_args!("`{rule}` is no rule: `earlier`, `later` or `error`");
            return Err(failed(NAME, why));
        }
    }
    let found = match (zone.from_local_datetime(&local), fold.as_str(), gap.as_str()) {
        (MappedLocalTime::Single(instant), _, _) => Some(instant),
        (MappedLocalTime::Ambiguous(first, _), "earlier", _) => Some(first),
        (MappedLocalTime::Ambiguous(_, second), "later", _) => Some(second),
        (MappedLocalTime::Ambiguous(..), _, _) => {
            return Err(failed(NAME, format_args!("{local} comes twice in {zone}")));
        }
        (MappedLocalTime::None, _, "error") => None,
        (MappedLocalTime::None, _, rule) => beside_gap(zone, local, rule == "earlier"),
    };
    found
        .map(timestamp)
        .ok_or_else(|| failed(NAME, format_args!("{local} does not come in {zone}")))
}

/// The instant that a local time in a gap would have with the offset after the gap (which is earlier) or before it (later).
fn beside_gap(zone: Zone, local: NaiveDateTime, earlier: bool) -> Option<DateTime<Zone>> {
    /// Longer than any gap but those in which a zone skipped a whole day.
    const AWAY: TimeDelta = TimeDelta::hours(3);
    let beside = if earlier { local + AWAY } else { local - AWAY };
    let shift = if earlier { -AWAY } else { AWAY };
    Some(zone.from_local_datetime(&beside).earliest()? + shift)
}

/// `local_instants(texts, zone)`: the instants of local times in a list; where a time that comes twice stands twice, the first is the
/// earlier. A time that does not come is `null`.
pub(super) fn local_instants<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    const NAME: &str = "local_instants";
    let Value::List(texts) = argument(&args, 0, NAME)? else {
        return Err(failed(NAME, "a list is expected"));
    };
    let zone = zone(&args, 1, NAME)?;
    let mut seen: HashMap<NaiveDateTime, usize> = HashMap::new();
    let mut found = Vec::with_capacity(texts.len());
    for item in texts.iter() {
        let Value::String(text) = item else {
            return Err(failed(NAME, "a list of strings is expected"));
        };
        let local = read_local(text, NAME)?;
        let before = seen.entry(local).or_default();
        let instant = match zone.from_local_datetime(&local) {
            MappedLocalTime::Single(instant) => Some(instant),
            MappedLocalTime::Ambiguous(first, second) => Some(if *before == 0 { first } else { second }),
            MappedLocalTime::None => None,
        };
        *before += 1;
        found.push(instant.map_or(Value::Null, |instant| {
            Value::Timestamp(instant.to_utc().fixed_offset())
        }));
    }
    owned(NAME, Value::List(found.into()))
}

/// `local_text(t, zone, pattern)`: what a clock on the wall shows there, written by a pattern of `strftime`.
pub(super) fn local_text<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    const NAME: &str = "local_text";
    let local = instant(&args, 0, NAME)?.with_timezone(&zone(&args, 1, NAME)?);
    let pattern = text(&args, 2, NAME)?;
    let items: Vec<_> = StrftimeItems::new(&pattern).collect();
    if pattern.len() > LONGEST_PATTERN || items.contains(&Item::Error) {
        return Err(failed(
            NAME,
            format_args!("`{pattern}` is no pattern of strftime"),
        ));
    }
    let written = local.format_with_items(items.into_iter()).to_string();
    Ok(CowVal::owned(CelString::from(written)))
}

/// `day_start(date, zone)`: the first instant of a date there.
pub(super) fn day_start<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    const NAME: &str = "day_start";
    /// The number of quarters of an hour within which a gap at the start of a day ends.
    const QUARTERS: i64 = 96;
    let date = read_date(&text(&args, 0, NAME)?, NAME)?;
    let zone = zone(&args, 1, NAME)?;
    let midnight = date.and_time(NaiveTime::MIN);
    (0..QUARTERS)
        .find_map(|quarter| {
            zone.from_local_datetime(&(midnight + TimeDelta::minutes(15 * quarter)))
                .earliest()
        })
        .map(timestamp)
        .ok_or_else(|| failed(NAME, format_args!("{date} does not come in {zone}")))
}

/// `next_date(date)`: the date after it.
pub(super) fn next_date<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let date = read_date(&text(&args, 0, "next_date")?, "next_date")?;
    let next = date
        .checked_add_days(Days::new(1))
        .ok_or_else(|| failed("next_date", "no calendar goes as far"))?;
    Ok(CowVal::owned(CelString::from(next.to_string())))
}

/// `local_date(t, zone)`: the date that a calendar on the wall shows there, `2026-06-01`.
pub(super) fn local_date<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let zone = zone(&args, 1, "local_date")?;
    let local = instant(&args, 0, "local_date")?.with_timezone(&zone);
    Ok(CowVal::owned(CelString::from(
        local.format("%Y-%m-%d").to_string(),
    )))
}

/// `on_date(t, date, zone)`: the instant at which the clock on the wall shows the time of day of `t` on another date.
pub(super) fn on_date<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let zone = zone(&args, 2, "on_date")?;
    let date = text(&args, 1, "on_date")?;
    let date = read_date(&date, "on_date")?;
    let time = instant(&args, 0, "on_date")?.with_timezone(&zone).time();
    let instant = zone
        .from_local_datetime(&date.and_time(time))
        .earliest()
        .ok_or_else(|| failed("on_date", "the clock skips this time on that date"))?;
    Ok(CowVal::owned(CelTimestamp::from(
        instant.with_timezone(&Utc).fixed_offset(),
    )))
}

/// `clock_change(t, zone)`: the first instant after `t` at which the clocks there are changed, within a year; `null` where they
/// are not.
pub(super) fn clock_change<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    /// No zone changes its clocks twice within this time.
    const STEP: TimeDelta = TimeDelta::hours(12);
    let zone = zone(&args, 1, "clock_change")?;
    let offset = |at: DateTime<Utc>| zone.offset_from_utc_datetime(&at.naive_utc()).fix();
    let mut before = instant(&args, 0, "clock_change")?.with_timezone(&Utc);
    let end = before
        .checked_add_signed(TimeDelta::days(366))
        .ok_or_else(|| failed("clock_change", "no calendar goes as far"))?;
    while before < end {
        let mut after = before + STEP;
        if offset(before) == offset(after) {
            before = after;
            continue;
        }
        while after - before > TimeDelta::seconds(1) {
            let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
            if offset(middle) == offset(before) {
                before = middle;
            } else {
                after = middle;
            }
        }
        // Clocks are changed at whole seconds; the instant that was asked about may have a fraction.
        return Ok(CowVal::owned(CelTimestamp::from(
            after.trunc_subsecs(0).fixed_offset(),
        )));
    }
    owned("clock_change", Value::Null)
}

/// `known_zone(name)`: whether the IANA database has a time zone of this name.
pub(super) fn known_zone<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let known = text(&args, 0, "known_zone")?.parse::<Zone>().is_ok();
    owned("known_zone", Value::Bool(known))
}
