//! The arguments and the result of a function, as its body reads and writes them.

use cel::common::types::CelString;
use cel::common::value::{CowVal, Val};
use cel::{ExecutionError, Value};
use chrono::{DateTime, FixedOffset};
use time_zones::Zone;

use super::zone_rules::by_rules;

/// The arguments of one call.
pub(super) type Arguments<'b, 'v> = Vec<CowVal<'b, 'v>>;
/// The result of one call.
pub(super) type FunctionResult<'b, 'v> = Result<CowVal<'b, 'v>, ExecutionError>;

/// The error of a function that cannot take its arguments.
pub(super) fn failed(function: &str, why: impl std::fmt::Display) -> ExecutionError {
    ExecutionError::function_error(function, why.to_string())
}

/// The argument at a position.
pub(super) fn argument(args: &Arguments<'_, '_>, at: usize, function: &str) -> Result<Value, ExecutionError> {
    args.get(at)
        .ok_or_else(|| failed(function, "an argument is missing"))
        .and_then(|arg| Value::try_from(arg.as_ref()))
}

/// The string at a position.
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

/// The timestamp at a position.
pub(super) fn instant(
    args: &Arguments<'_, '_>,
    at: usize,
    function: &str,
) -> Result<DateTime<FixedOffset>, ExecutionError> {
    match argument(args, at, function)? {
        Value::Timestamp(instant) => checked(instant, function),
        other => Err(failed(
            function,
            format_args!("a timestamp is expected, not {}", other.type_of()),
        )),
    }
}

/// An instant within the four digits that a year has (RFC 3339), a day away from its ends: local times can be calculated from it.
pub(super) fn checked(
    instant: DateTime<FixedOffset>,
    function: &str,
) -> Result<DateTime<FixedOffset>, ExecutionError> {
    /// The seconds since 1970 of 0001-01-02 and of 9999-12-30.
    const YEARS: std::ops::Range<i64> = -62_135_510_400..253_402_128_000;
    if YEARS.contains(&instant.timestamp()) {
        Ok(instant)
    } else {
        Err(failed(function, "the instant lies outside the years 1 to 9999"))
    }
}

/// A value as the result of a function.
pub(super) fn owned<'b, 'v>(function: &str, value: Value) -> FunctionResult<'b, 'v> {
    let value: Box<dyn Val> = value
        .try_into()
        .map_err(|_| failed(function, "the result has no form in CEL"))?;
    Ok(CowVal::Owned(value))
}

/// The time zone whose IANA name stands at a position.
pub(super) fn zone(args: &Arguments<'_, '_>, at: usize, function: &str) -> Result<Zone, ExecutionError> {
    let name = text(args, at, function)?;
    name.parse().map(by_rules).map_err(|_| {
        failed(
            function,
            format_args!("`{name}` is no time zone of the IANA database"),
        )
    })
}
