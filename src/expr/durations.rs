//! Functions between numbers, durations and instants.

#![expect(
    clippy::needless_pass_by_value,
    reason = "a function of CEL takes its arguments by value"
)]

use cel::Value;
use cel::common::types::{CelInt, CelString};
use cel::common::value::CowVal;
use chrono::TimeDelta;

use super::arguments::{Arguments, FunctionResult, argument, failed, instant, owned};
use super::value::write_instant;

/// `days(n)`: n times 24 hours.
pub(super) fn days<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let count = args[0]
        .downcast_ref::<CelInt>()
        .map(|count| *count.inner())
        .unwrap_or_default();
    let days = TimeDelta::try_days(count).ok_or_else(|| failed("days", "too many days"))?;
    owned("days", Value::Duration(days))
}

/// `minutes(n)`: n minutes; n may have a fraction, since contracts say `number`.
pub(super) fn minutes<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
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
