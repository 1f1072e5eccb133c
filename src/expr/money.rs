//! Functions over numbers, amounts of money and identities of values.

#![expect(
    clippy::needless_pass_by_value,
    reason = "a function of CEL takes its arguments by value"
)]

use cel::common::types::CelString;
use cel::common::value::CowVal;
use cel::{ExecutionError, Value};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::arguments::{Arguments, FunctionResult, argument, failed, owned, text};
use super::number::Number;
use super::value::to_json;
use crate::model::hex;

/// `stable_hash(value)`: 32 hexadecimal digits that are the same for the same value in every run and on every machine.
pub(super) fn stable_hash<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let value = by_value(to_json(&argument(&args, 0, "stable_hash")?));
    let digits = hex(&Sha256::digest(value.to_string()));
    Ok(CowVal::owned(CelString::from(digits[..32].to_owned())))
}

/// The same value, with its whole numbers spelled without a fraction.
fn by_value(json: Json) -> Json {
    match json {
        Json::Number(number) if number.is_f64() => {
            let double = Number::Double(number.as_f64().unwrap_or_default());
            match double.whole().map(u64::try_from) {
                Some(Ok(whole)) => whole.into(),
                _ => match double.whole().map(i64::try_from) {
                    Some(Ok(whole)) => whole.into(),
                    _ => Json::Number(number),
                },
            }
        }
        Json::Array(items) => items.into_iter().map(by_value).collect(),
        Json::Object(entries) => {
            let entries = entries.into_iter().map(|(key, value)| (key, by_value(value)));
            Json::Object(entries.collect())
        }
        other => other,
    }
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

/// Currencies without decimals (ISO 4217).
const NO_DECIMALS: &[&str] = &[
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
    "XOF", "XPF",
];

/// Currencies with two decimals, those that were replaced a short time ago among them: old amounts are still about.
const TWO_DECIMALS: &[&str] = &[
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BMD",
    "BND", "BOB", "BOV", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHE", "CHF", "CHW", "CNY",
    "COP", "COU", "CRC", "CUC", "CUP", "CVE", "CZK", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD",
    "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL", "HRK", "HTG", "HUF", "IDR", "ILS",
    "INR", "IRR", "JMD", "KES", "KGS", "KHR", "KPW", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "MAD",
    "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MXV", "MYR", "MZN", "NAD",
    "NGN", "NIO", "NOK", "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB",
    "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SLL", "SOS", "SRD", "SSP", "STN", "SVC", "SYP",
    "SZL", "THB", "TJS", "TMT", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "USD", "USN", "UYU", "UZS", "VED",
    "VES", "WST", "XAD", "XCD", "XCG", "YER", "ZAR", "ZMW", "ZWG", "ZWL",
];

/// Currencies with three decimals.
const THREE_DECIMALS: &[&str] = &["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/// Currencies with four decimals.
const FOUR_DECIMALS: &[&str] = &["CLF", "UYW"];

/// The number of decimals of a currency (ISO 4217).
fn decimals(currency: &str, function: &str) -> Result<usize, ExecutionError> {
    let code = currency.to_ascii_uppercase();
    [NO_DECIMALS, &[], TWO_DECIMALS, THREE_DECIMALS, FOUR_DECIMALS]
        .iter()
        .position(|codes| codes.contains(&code.as_str()))
        .ok_or_else(|| failed(function, format_args!("`{currency}` is no currency of ISO 4217")))
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
    let decimals = decimals(&text(&args, 1, NAME)?, NAME)?;
    let unfit = || {
        failed(
            NAME,
            format_args!("`{amount}` is no amount with at most {decimals} decimals"),
        )
    };
    let (whole, fraction) = amount.split_once('.').unwrap_or((&amount, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(fraction) || !digits(whole.strip_prefix('-').unwrap_or(whole)) {
        return Err(unfit());
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > decimals {
        return Err(unfit());
    }
    let units: i128 = format!("{whole}{fraction:0<decimals$}")
        .parse()
        .map_err(|_| unfit())?;
    if i64::try_from(units).is_err() && u64::try_from(units).is_err() {
        return Err(unfit());
    }
    Ok(CowVal::Owned(Number::Whole(units).into_val()))
}

/// `major_units(units, currency)`: an amount in the smallest unit of its currency as a decimal text, `'12.50'` for `1250` of EUR.
pub(super) fn major_units<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    const NAME: &str = "major_units";
    let units = written(&args, NAME)?;
    let decimals = decimals(&text(&args, 1, NAME)?, NAME)?;
    let is_plain = units
        .strip_prefix('-')
        .unwrap_or(&units)
        .bytes()
        .all(|byte| byte.is_ascii_digit());
    let units: i128 = Some(&units)
        .filter(|_| is_plain)
        .and_then(|units| units.parse().ok())
        .ok_or_else(|| failed(NAME, format_args!("`{units}` is no whole number of units")))?;
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let point = if fraction.is_empty() { "" } else { "." };
    Ok(CowVal::owned(CelString::from(format!(
        "{sign}{whole}{point}{fraction}"
    ))))
}
