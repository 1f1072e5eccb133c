//! Functions between numbers, durations and instants.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::indexing_slicing,
        clippy::string_slice,
        reason = "what comes from outside must not make it panic"
    )
)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "a function of CEL takes its arguments by value"
)]

use cel::common::types::CelString;
use cel::common::value::CowVal;
use cel::{ExecutionError, Value};
use chrono::TimeDelta;

use super::arguments::{Arguments, FunctionResult, argument, failed, instant, owned, text};
use super::number::Number;
use super::value::write_instant;

/// The most days that a duration has: ten thousand years.
const LONGEST_DAYS: i64 = 3_660_000;

/// The number at a position.
fn number_at(args: &Arguments<'_, '_>, at: usize, function: &str) -> Result<Number, ExecutionError> {
    let value = args
        .get(at)
        .ok_or_else(|| failed(function, "an argument is missing"))?;
    Number::of(value.as_ref()).ok_or_else(|| {
        let kind = value.get_type().name();
        failed(function, format_args!("a number is expected, not {kind}"))
    })
}

/// `days(n)`: n times 24 hours.
pub(super) fn days<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let count = number_at(&args, 0, "days")?;
    let count = count
        .whole()
        .ok_or_else(|| failed("days", "a whole number is expected"))?;
    let days = i64::try_from(count)
        .ok()
        .filter(|days| days.abs() <= LONGEST_DAYS);
    let days = days
        .and_then(TimeDelta::try_days)
        .ok_or_else(|| failed("days", "too many days"))?;
    owned("days", Value::Duration(days))
}

/// `minutes(n)`: n minutes; n may have a fraction, since contracts say `number`.
pub(super) fn minutes<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let count = number_at(&args, 0, "minutes")?.double();
    const LONGEST: f64 = 60.0 * 24.0 * 366.0 * 100.0;
    if !count.is_finite() || count.abs() > LONGEST {
        return Err(failed("minutes", "too many minutes"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded by LONGEST just above")]
    let milliseconds = (count * 60_000.0).round() as i64;
    owned("minutes", Value::Duration(TimeDelta::milliseconds(milliseconds)))
}

/// `duration(text)`: `1h30m`, `-1.5s`, `0`; units are `h`, `m`, `s`, `ms`, `us` and `ns`. A duration is itself.
pub(super) fn duration<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    const NAME: &str = "duration";
    if let Value::Duration(duration) = argument(&args, 0, NAME)? {
        return owned(NAME, Value::Duration(duration));
    }
    let text = text(&args, 0, NAME)?;
    let duration = read_duration(&text)
        .ok_or_else(|| failed(NAME, format_args!("`{text}` is no duration such as `1h30m`")))?;
    owned(NAME, Value::Duration(duration))
}

/// The whole text as a duration.
pub(super) fn read_duration(text: &str) -> Option<TimeDelta> {
    /// A century; nothing here waits longer, and no sum of two can overflow.
    const LONGEST: i128 = 366 * 100 * 24 * 3600 * 1_000_000_000;
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if rest == "0" {
        return Some(TimeDelta::zero());
    }
    let mut nanoseconds: i128 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let length = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (amount, after) = rest.split_at(length);
        let length = after
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(length);
        let unit: i128 = match unit {
            "h" => 3_600_000_000_000,
            "m" => 60_000_000_000,
            "s" => 1_000_000_000,
            "ms" => 1_000_000,
            "us" => 1_000,
            "ns" => 1,
            _ => return None,
        };
        let (whole, fraction) = match amount.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return None,
            None => (amount, ""),
        };
        if fraction.len() > 9 {
            return None;
        }
        let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
        let digits: i128 = whole.parse().ok().filter(|whole| *whole <= LONGEST)?;
        let part: i128 = if fraction.is_empty() {
            0
        } else {
            fraction.parse().ok()?
        };
        let part = part.checked_mul(unit)?.checked_div(scale)?;
        nanoseconds = digits
            .checked_mul(unit)?
            .checked_add(part)?
            .checked_add(nanoseconds)?;
        if nanoseconds > LONGEST {
            return None;
        }
        rest = after;
    }
    let seconds = i64::try_from(nanoseconds / 1_000_000_000).ok()?;
    let rest = u32::try_from(nanoseconds % 1_000_000_000).ok()?;
    let duration = TimeDelta::new(seconds, rest)?;
    match negative {
        true => TimeDelta::zero().checked_sub(&duration),
        false => Some(duration),
    }
}

/// `seconds(d)`: a duration as a number of seconds, with a fraction where it has one.
pub(super) fn seconds<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
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
pub(super) fn distance<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let between = instant(&args, 0, "distance")?.signed_duration_since(instant(&args, 1, "distance")?);
    owned("distance", Value::Duration(between.abs()))
}

/// `rfc3339(t)`: the instant in UTC, with as many digits as it needs.
pub(super) fn rfc3339<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let instant = instant(&args, 0, "rfc3339")?;
    Ok(CowVal::owned(CelString::from(write_instant(&instant))))
}
