//! From JSON to CEL and back.

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

use std::collections::HashMap;

use cel::common::types::{
    CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, CelUInt,
};
use cel::common::value::Val;
use cel::{ExecutionError, Value};
use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use serde_json::{Number, Value as Json};

use super::number::Number as Exact;

/// JSON as CEL sees it. Whole numbers become `int` as far as it reaches, then `uint`, also where they are spelled `30.0`: JSON knows one
/// kind of number.
pub(super) fn from_json(json: &Json) -> Box<dyn Val> {
    match json {
        Json::Array(items) => Box::new(CelList::from(items.iter().map(from_json).collect::<Vec<_>>())),
        Json::Object(entries) => {
            let map: HashMap<CelMapKey<'static>, Box<dyn Val>> = entries
                .iter()
                .map(|(key, value)| (CelMapKey::from(key.clone()), from_json(value)))
                .collect();
            Box::new(CelMap::from(map))
        }
        Json::String(text) => Box::new(CelString::from(text.clone())),
        Json::Number(number) => from_number(number),
        Json::Bool(flag) => Box::new(CelBool::from(*flag)),
        Json::Null => Box::new(CelNull),
    }
}

/// The same for what is neither a list nor an object. Texts are borrowed.
pub(super) fn scalar<'v>(json: &'v Json) -> Option<Box<dyn Val + 'v>> {
    match json {
        Json::Array(_) | Json::Object(_) => None,
        Json::String(text) => Some(Box::new(CelString::from(text.as_str()))),
        Json::Number(_) | Json::Bool(_) | Json::Null => Some(from_json(json)),
    }
}

fn from_number(number: &Number) -> Box<dyn Val> {
    match (number.as_i64(), number.as_u64(), number.as_f64()) {
        (Some(number), _, _) => Box::new(CelInt::from(number)),
        (None, Some(number), _) => Box::new(CelUInt::from(number)),
        (None, None, Some(number)) => match Exact::Double(number).whole() {
            Some(whole) => Exact::Whole(whole).into_val(),
            None => Box::new(CelDouble::from(number)),
        },
        (None, None, None) => Box::new(CelNull),
    }
}

/// [`to_json`] without a detour for what JSON knows.
pub(super) fn val_to_json(val: &dyn Val) -> Result<Json, ExecutionError> {
    if let Some(text) = val.downcast_ref::<CelString>() {
        return Ok(Json::String(text.inner().to_owned()));
    }
    if let Some(list) = val.downcast_ref::<CelList>() {
        return list
            .inner()
            .iter()
            .map(|item| val_to_json(item.as_ref()))
            .collect();
    }
    if let Some(map) = val.downcast_ref::<CelMap>() {
        let mut entries = map
            .inner()
            .iter()
            .map(|(key, value)| Ok((key_text(key)?, val_to_json(value.as_ref())?)))
            .collect::<Result<Vec<_>, ExecutionError>>()?;
        entries.sort_by(|left, right| left.0.cmp(&right.0));
        return Ok(Json::Object(entries.into_iter().collect()));
    }
    Value::try_from(val).map(|value| to_json(&value))
}

fn key_text(key: &CelMapKey<'_>) -> Result<String, ExecutionError> {
    match key {
        CelMapKey::String(text) => Ok(text.inner().to_owned()),
        CelMapKey::Bool(_) | CelMapKey::Int(_) | CelMapKey::UInt(_) => {
            Ok(cel::objects::Key::from(key.clone()).to_string())
        }
    }
}

/// CEL as JSON writes it: instants in UTC, durations in seconds with an `s`, keys of maps in order.
pub(super) fn to_json(value: &Value) -> Json {
    match value {
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Int(number) => (*number).into(),
        Value::UInt(number) => (*number).into(),
        Value::Float(number) => Number::from_f64(*number).map_or(Json::Null, Json::Number),
        Value::String(text) => Json::String(text.to_string()),
        Value::Bytes(bytes) => Json::String(String::from_utf8_lossy(bytes).into_owned()),
        Value::List(items) => items.iter().map(to_json).collect(),
        Value::Map(map) => {
            let mut entries: Vec<_> = map
                .map
                .iter()
                .map(|(key, value)| (key.to_string(), to_json(value)))
                .collect();
            entries.sort_by(|left, right| left.0.cmp(&right.0));
            Json::Object(entries.into_iter().collect())
        }
        Value::Timestamp(instant) => Json::String(write_instant(instant)),
        Value::Duration(duration) => Json::String(write_duration(duration)),
        Value::Null | Value::Function(..) | Value::Opaque(_) | Value::Struct(_) => Json::Null,
    }
}

/// An instant as JSON writes it: in UTC with a `Z`, with as many digits as it needs.
pub(super) fn write_instant(instant: &DateTime<FixedOffset>) -> String {
    instant
        .with_timezone(&Utc)
        .to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn write_duration(duration: &chrono::TimeDelta) -> String {
    let milliseconds = duration.num_milliseconds();
    match milliseconds % 1000 {
        0 => format!("{}s", milliseconds / 1000),
        _ => format!("{milliseconds}ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_survives_the_way_there_and_back() {
        let json = serde_json::json!({ "a": [1, -2, 2.5, true, null, "x"], "b": { "c": u64::MAX } });
        let val = from_json(&json);
        assert_eq!(val_to_json(val.as_ref()).unwrap(), json);
        assert_eq!(to_json(&Value::try_from(val.as_ref()).unwrap()), json);
    }
}
