//! Functions over numbers, amounts of money and identities of values.

#![expect(
    clippy::needless_pass_by_value,
    reason = "a function of CEL takes its arguments by value"
)]

use cel::common::types::CelString;
use cel::common::value::CowVal;
use cel::{ExecutionError, Value};
use sha2::{Digest, Sha256};

use super::arguments::{Arguments, FunctionResult, argument, failed, owned, text};
use super::value::to_json;
use crate::model::hex;

/// `stable_hash(value)`: 32 hexadecimal digits that are the same for the same value in every run and on every machine.
pub(super) fn stable_hash<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let value = to_json(&argument(&args, 0, "stable_hash")?);
    let digits = hex(&Sha256::digest(value.to_string()));
    Ok(CowVal::owned(CelString::from(digits[..32].to_owned())))
}

/// `number(value)`: a text that is written as a number, as that number; anything else as it is. Whether that is right, the one who gets
/// it has to say.
pub(super) fn number<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let value = argument(&args, 0, "number")?;
    let Value::String(written) = &value else {
        return owned("number", value);
    };
    let whole = written
        .parse::<i64>()
        .ok()
        .filter(|number| number.to_string() == **written);
    let decimal = || {
        let digits = written
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b".-".contains(&byte));
        written
            .parse::<f64>()
            .ok()
            .filter(|number| digits && number.is_finite())
    };
    let number = whole
        .map(Value::Int)
        .or_else(|| decimal().filter(|_| written.contains('.')).map(Value::Float));
    owned("number", number.unwrap_or(value))
}

/// The number of decimals of a currency (ISO 4217); currencies that are not named have two.
fn decimals(currency: &str) -> usize {
    match currency.to_ascii_uppercase().as_str() {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI"
        | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// An amount as it is written in decimal: `12.5`.
fn written(args: &Arguments<'_, '_>, function: &str) -> Result<String, ExecutionError> {
    match argument(args, 0, function)? {
        Value::String(text) => Ok(text.to_string()),
        Value::Int(number) => Ok(number.to_string()),
        Value::UInt(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(number.to_string()),
        other => Err(failed(
            function,
            format_args!("an amount is expected, not {}", other.type_of()),
        )),
    }
}

/// `minor_units(amount, currency)`: an amount in the smallest unit of its currency, `1250` for `'12.50'` of EUR. No fraction is lost.
pub(super) fn minor_units<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    const NAME: &str = "minor_units";
    let amount = written(&args, NAME)?;
    let decimals = decimals(&text(&args, 1, NAME)?);
    let unfit = || {
        failed(
            NAME,
            format_args!("`{amount}` is no amount with at most {decimals} decimals"),
        )
    };
    let (whole, fraction) = amount.split_once('.').unwrap_or((&amount, ""));
    let fraction = fraction.trim_end_matches('0');
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if fraction.len() > decimals || !digits(fraction) || !digits(whole.trim_start_matches('-')) {
        return Err(unfit());
    }
    let units = format!("{whole}{fraction:0<decimals$}")
        .parse()
        .map_err(|_| unfit())?;
    owned(NAME, Value::Int(units))
}

/// `major_units(units, currency)`: an amount in the smallest unit of its currency as a decimal text, `'12.50'` for `1250` of EUR.
pub(super) fn major_units<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    const NAME: &str = "major_units";
    let units = written(&args, NAME)?;
    let decimals = decimals(&text(&args, 1, NAME)?);
    let units: i64 = units
        .parse()
        .map_err(|_| failed(NAME, format_args!("`{units}` is no whole number of units")))?;
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let point = if fraction.is_empty() { "" } else { "." };
    Ok(CowVal::owned(CelString::from(format!(
        "{sign}{whole}{point}{fraction}"
    ))))
}
