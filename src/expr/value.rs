//! From JSON to CEL and back.

use std::collections::HashMap;
use std::sync::Arc;

use cel::Value;
use cel::objects::{Key, Map};
use chrono::{DateTime, FixedOffset};
use serde_json::Value as Json;

/// JSON as CEL sees it. Integers become `int`, never `uint`, so that `output.n + 1` adds.
pub(super) fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => number
            .as_i64()
            .map(Value::Int)
            .or_else(|| number.as_u64().map(Value::UInt))
            .or_else(|| number.as_f64().map(Value::Float))
            .unwrap_or(Value::Null),
        Json::String(text) => Value::String(Arc::new(text.clone())),
        Json::Array(items) => Value::List(Arc::new(items.iter().map(from_json).collect())),
        Json::Object(entries) => {
            let map: HashMap<Key, Value> = entries
                .iter()
                .map(|(key, value)| (Key::String(Arc::new(key.clone())), from_json(value)))
                .collect();
            Value::Map(Map { map: Arc::new(map) })
        }
    }
}

/// CEL as JSON writes it: instants in UTC, durations in seconds with an `s`, keys of maps in order.
pub(super) fn to_json(value: &Value) -> Json {
    match value {
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Int(number) => (*number).into(),
        Value::UInt(number) => (*number).into(),
        Value::Float(number) => serde_json::Number::from_f64(*number).map_or(Json::Null, Json::Number),
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

/// An instant in UTC with a `Z`.
pub(super) fn write_instant(instant: &DateTime<FixedOffset>) -> String {
    super::functions::utc_text(instant)
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
        assert_eq!(to_json(&from_json(&json)), json);
    }
}
