//! The functions that suites may call beside those of CEL's standard library and its string and list extensions.

#![expect(
    clippy::needless_pass_by_value,
    reason = "a function of CEL takes its arguments by value"
)]

use cel::common::types::{
    CelInt, CelMap, CelMapKey, CelString, CelTimestamp, DURATION_TYPE, DYN_TYPE, INT_TYPE, Kind, LIST_TYPE,
    STRING_TYPE, TIMESTAMP_TYPE, Type,
};
use cel::common::value::{CowVal, Val};
use cel::{DeclarationError, Env, ExecutionError, Value};
use chrono::{
    DateTime, FixedOffset, NaiveDate, Offset, SecondsFormat, SubsecRound, TimeDelta, TimeZone, Utc,
};
use chrono_tz::Tz;

use super::{local_time, money};

/// A function as the documentation lists it.
struct Declared {
    name: &'static str,
    id: &'static str,
    arguments: fn() -> Vec<Type>,
    body: cel::common::functions::Function,
}

const DECLARED: &[Declared] = &[
    Declared {
        name: "known_zone",
        id: "known_zone_string",
        arguments: || vec![STRING_TYPE],
        body: known_zone,
    },
    Declared {
        name: "days",
        id: "days_int",
        arguments: || vec![INT_TYPE],
        body: days,
    },
    Declared {
        name: "minutes",
        id: "minutes_any",
        arguments: || vec![DYN_TYPE],
        body: minutes,
    },
    Declared {
        name: "distance",
        id: "distance_ts",
        arguments: || vec![TIMESTAMP_TYPE, TIMESTAMP_TYPE],
        body: distance,
    },
    Declared {
        name: "rfc3339",
        id: "rfc3339_ts",
        arguments: || vec![TIMESTAMP_TYPE],
        body: rfc3339,
    },
    Declared {
        name: "local_date",
        id: "local_date_ts_zone",
        arguments: || vec![TIMESTAMP_TYPE, STRING_TYPE],
        body: local_date,
    },
    Declared {
        name: "on_date",
        id: "on_date_ts_date_zone",
        arguments: || vec![TIMESTAMP_TYPE, STRING_TYPE, STRING_TYPE],
        body: on_date,
    },
    Declared {
        name: "clock_change",
        id: "clock_change_ts_zone",
        arguments: || vec![TIMESTAMP_TYPE, STRING_TYPE],
        body: clock_change,
    },
    Declared {
        name: "get",
        id: "get_any_path_any",
        arguments: || vec![DYN_TYPE, STRING_TYPE, DYN_TYPE],
        body: get,
    },
    Declared {
        name: "sorted",
        id: "sorted_list",
        arguments: || vec![LIST_TYPE],
        body: sorted,
    },
    Declared {
        name: "sum",
        id: "sum_list",
        arguments: || vec![LIST_TYPE],
        body: sum,
    },
    Declared {
        name: "local_instant",
        id: "local_instant_string_zone_rules",
        arguments: || vec![STRING_TYPE, STRING_TYPE, STRING_TYPE, STRING_TYPE],
        body: local_time::local_instant,
    },
    Declared {
        name: "local_instants",
        id: "local_instants_list_zone",
        arguments: || vec![LIST_TYPE, STRING_TYPE],
        body: local_time::local_instants,
    },
    Declared {
        name: "local_text",
        id: "local_text_ts_zone_pattern",
        arguments: || vec![TIMESTAMP_TYPE, STRING_TYPE, STRING_TYPE],
        body: local_time::local_text,
    },
    Declared {
        name: "day_start",
        id: "day_start_date_zone",
        arguments: || vec![STRING_TYPE, STRING_TYPE],
        body: local_time::day_start,
    },
    Declared {
        name: "next_date",
        id: "next_date_date",
        arguments: || vec![STRING_TYPE],
        body: local_time::next_date,
    },
    Declared {
        name: "stable_hash",
        id: "stable_hash_any",
        arguments: || vec![DYN_TYPE],
        body: money::stable_hash,
    },
    Declared {
        name: "number",
        id: "number_any",
        arguments: || vec![DYN_TYPE],
        body: money::number,
    },
    Declared {
        name: "minor_units",
        id: "minor_units_any_currency",
        arguments: || vec![DYN_TYPE, STRING_TYPE],
        body: money::minor_units,
    },
    Declared {
        name: "major_units",
        id: "major_units_any_currency",
        arguments: || vec![DYN_TYPE, STRING_TYPE],
        body: money::major_units,
    },
    Declared {
        name: "seconds",
        id: "seconds_duration",
        arguments: || vec![DURATION_TYPE],
        body: seconds,
    },
];

/// Declares all of them.
pub(super) fn declare(env: &mut Env) -> Result<(), DeclarationError> {
    DECLARED.iter().try_for_each(|function| {
        env.add_overload(function.name, function.id, (function.arguments)(), function.body)
    })
}

/// The names of all of them.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    DECLARED.iter().map(|function| function.name)
}

pub(super) type Arguments<'b, 'v> = Vec<CowVal<'b, 'v>>;
pub(super) type Outcome<'b, 'v> = Result<CowVal<'b, 'v>, ExecutionError>;

pub(super) fn failed(function: &str, why: impl std::fmt::Display) -> ExecutionError {
    ExecutionError::function_error(function, why.to_string())
}

pub(super) fn argument(args: &Arguments<'_, '_>, at: usize, function: &str) -> Result<Value, ExecutionError> {
    args.get(at)
        .ok_or_else(|| failed(function, "an argument is missing"))
        .and_then(|arg| Value::try_from(arg.as_ref()))
}

pub(super) fn text(args: &Arguments<'_, '_>, at: usize, function: &str) -> Result<String, ExecutionError> {
    if let Some(text) = args.get(at).and_then(|arg| arg.downcast_ref::<CelString>()) {
        return Ok(text.inner().to_owned());
    }
    match argument(args, at, function)? {
        Value::String(text) => Ok(text.to_string()),
        other => Err(failed(
            function,
            format_args!("a string is expected, not {}", other.type_of()),
        )),
    }
}

pub(super) fn instant(
    args: &Arguments<'_, '_>,
    at: usize,
    function: &str,
) -> Result<DateTime<FixedOffset>, ExecutionError> {
    match argument(args, at, function)? {
        Value::Timestamp(instant) => Ok(instant),
        other => Err(failed(
            function,
            format_args!("a timestamp is expected, not {}", other.type_of()),
        )),
    }
}

pub(super) fn owned<'b, 'v>(function: &str, value: Value) -> Outcome<'b, 'v> {
    let value: Box<dyn Val> = value
        .try_into()
        .map_err(|_| failed(function, "the result has no form in CEL"))?;
    Ok(CowVal::Owned(value))
}

/// `days(n)`: n times 24 hours.
fn days<'b, 'v>(args: Arguments<'b, 'v>) -> Outcome<'b, 'v> {
    let count = args[0]
        .downcast_ref::<CelInt>()
        .map(|count| *count.inner())
        .unwrap_or_default();
    let days = TimeDelta::try_days(count).ok_or_else(|| failed("days", "too many days"))?;
    owned("days", Value::Duration(days))
}

/// `minutes(n)`: n minutes; n may have a fraction, since contracts say `number`.
fn minutes<'b, 'v>(args: Arguments<'b, 'v>) -> Outcome<'b, 'v> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "durations in minutes are far below 2^53"
    )]
    let count = match argument(&args, 0, "minutes")? {
        Value::Int(count) => count as f64,
        Value::UInt(count) => count as f64,
        Value::Float(count) => count,
        other => {
            return Err(failed(
                "minutes",
                format_args!("a number is expected, not {}", other.type_of()),
            ));
        }
    };
    const LONGEST: f64 = 60.0 * 24.0 * 366.0 * 100.0;
    if !count.is_finite() || count.abs() > LONGEST {
        return Err(failed("minutes", "too many minutes"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded by LONGEST just above")]
    let milliseconds = (count * 60_000.0).round() as i64;
    owned("minutes", Value::Duration(TimeDelta::milliseconds(milliseconds)))
}

/// `seconds(d)`: a duration as a number of seconds, with a fraction where it has one.
fn seconds<'b, 'v>(args: Arguments<'b, 'v>) -> Outcome<'b, 'v> {
    match argument(&args, 0, "seconds")? {
        Value::Duration(duration) if duration.subsec_nanos() == 0 => {
            owned("seconds", Value::Int(duration.num_seconds()))
        }
        Value::Duration(duration) => owned("seconds", Value::Float(duration.as_seconds_f64())),
        other => Err(failed(
            "seconds",
            format_args!("a duration is expected, not {}", other.type_of()),
        )),
    }
}

/// `distance(a, b)`: the time between two instants, never negative.
fn distance<'b, 'v>(args: Arguments<'b, 'v>) -> Outcome<'b, 'v> {
    let between = instant(&args, 0, "distance")?.signed_duration_since(instant(&args, 1, "distance")?);
    owned("distance", Value::Duration(between.abs()))
}

/// `rfc3339(t)`: the instant in UTC, with as many digits as it needs.
fn rfc3339<'b, 'v>(args: Arguments<'b, 'v>) -> Outcome<'b, 'v> {
    let instant = instant(&args, 0, "rfc3339")?;
    Ok(CowVal::owned(CelString::from(super::value::write_instant(
        &instant,
    ))))
}

pub(super) fn zone(args: &Arguments<'_, '_>, at: usize, function: &str) -> Result<Tz, ExecutionError> {
    let name = text(args, at, function)?;
    name.parse().map_err(|_| {
        failed(
            function,
            format_args!("`{name}` is no time zone of the IANA database"),
        )
    })
}

/// `local_date(t, zone)`: the date that a calendar on the wall shows there, `2026-06-01`.
fn local_date<'b, 'v>(args: Arguments<'b, 'v>) -> Outcome<'b, 'v> {
    let zone = zone(&args, 1, "local_date")?;
    let local = instant(&args, 0, "local_date")?.with_timezone(&zone);
    Ok(CowVal::owned(CelString::from(
        local.format("%Y-%m-%d").to_string(),
    )))
}

/// `on_date(t, date, zone)`: the instant at which the clock on the wall shows the time of day of `t` on another date.
fn on_date<'b, 'v>(args: Arguments<'b, 'v>) -> Outcome<'b, 'v> {
    let zone = zone(&args, 2, "on_date")?;
    let date = text(&args, 1, "on_date")?;
    let date: NaiveDate = date
        .parse()
        .map_err(|_| failed("on_date", format_args!("`{date}` is no date")))?;
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
fn clock_change<'b, 'v>(args: Arguments<'b, 'v>) -> Outcome<'b, 'v> {
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

/// `get(object, 'a.b', default)`: what stands at a path, or the default where nothing or `null` does.
fn get<'b, 'v>(args: Arguments<'b, 'v>) -> Outcome<'b, 'v> {
    let path = text(&args, 1, "get")?;
    let whole = args
        .first()
        .ok_or_else(|| failed("get", "an argument is missing"))?;
    let mut value = whole.as_ref();
    for key in path.split('.') {
        let next = value
            .downcast_ref::<CelMap>()
            .and_then(|map| map.inner().get(&CelMapKey::from(key)));
        match next {
            Some(next) if next.get_type().kind() != Kind::NullType => value = next.as_ref(),
            _ => return owned("get", argument(&args, 2, "get")?),
        }
    }
    Ok(CowVal::Owned(value.clone_as_boxed()))
}

/// `sorted(list)`: the list in order; its elements must be comparable.
fn sorted<'b, 'v>(args: Arguments<'b, 'v>) -> Outcome<'b, 'v> {
    let Value::List(list) = argument(&args, 0, "sorted")? else {
        return Err(failed("sorted", "a list is expected"));
    };
    let mut items = list.as_ref().clone();
    let mut comparable = true;
    items.sort_by(|left, right| {
        left.partial_cmp(right).unwrap_or_else(|| {
            comparable = false;
            std::cmp::Ordering::Equal
        })
    });
    if comparable {
        owned("sorted", Value::List(items.into()))
    } else {
        Err(failed("sorted", "the elements cannot be compared"))
    }
}

/// `sum(list)`: the sum of whole numbers. Fractions are refused: added as floats, they would not be what they say.
fn sum<'b, 'v>(args: Arguments<'b, 'v>) -> Outcome<'b, 'v> {
    let Value::List(list) = argument(&args, 0, "sum")? else {
        return Err(failed("sum", "a list is expected"));
    };
    let mut sum: i64 = 0;
    for item in list.iter() {
        let number = match item {
            Value::Int(number) => Some(*number),
            Value::UInt(number) => i64::try_from(*number).ok(),
            _ => None,
        };
        let added = number.and_then(|number| sum.checked_add(number));
        sum = added.ok_or_else(|| failed("sum", "whole numbers are expected, and not too large ones"))?;
    }
    owned("sum", Value::Int(sum))
}

/// How an instant is written in JSON: in UTC with a `Z`.
pub(super) fn utc_text(instant: &DateTime<FixedOffset>) -> String {
    instant
        .with_timezone(&Utc)
        .to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// `known_zone(name)`: whether the IANA database has a time zone of this name.
fn known_zone<'b, 'v>(args: Arguments<'b, 'v>) -> Outcome<'b, 'v> {
    let known = text(&args, 0, "known_zone")?.parse::<Tz>().is_ok();
    owned("known_zone", Value::Bool(known))
}
