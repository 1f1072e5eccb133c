//! JSON of which two readers cannot read two values: no key stands twice in an object, and no whole number loses its last digits.
//!
//! ```
//! use strict_json::{doubled_key, strict_json};
//!
//! assert!(strict_json(br#"{"ok":true}"#).is_ok());
//! let error = strict_json(br#"{"ok":false,"ok":true}"#).unwrap_err();
//! assert_eq!(doubled_key(&error).as_deref(), Some("ok"));
//! ```

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

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The value of a JSON text in which no key stands twice.
///
/// # Errors
///
/// It is no JSON, or a key stands twice in an object: then the error is one of data.
pub fn strict_json(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice::<Strict>(&whole_numbers(bytes)).map(|strict| strict.0)
}

/// The key that stands twice, if that is what an error of [`strict_json`] says.
pub fn doubled_key(error: &serde_json::Error) -> Option<String> {
    if !error.is_data() {
        return None;
    }
    let message = error.to_string();
    let end = message.rfind(DOUBLED)?;
    Some(message.get(BEFORE.len()..end)?.to_owned())
}

/// The words around a key that stands twice.
const BEFORE: &str = "the key `";
const DOUBLED: &str = "` stands twice";

/// A value whose objects have no key twice; the library would let the last one win.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Strict(item)) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if entries.contains_key(&key) {
                return Err(serde::de::Error::custom(format!("{BEFORE}{key}{DOUBLED}")));
            }
            let Strict(value) = map.next_value()?;
            entries.insert(key, value);
        }
        Ok(Value::Object(entries))
    }
}

/// The text with `9007199254740993.0` spelled `9007199254740993`: a double would hold another number. Everything else stays as it is.
fn whole_numbers(json: &[u8]) -> Cow<'_, [u8]> {
    /// Doubles hold every number of so many digits.
    const HELD: usize = 15;
    let mut respelled: Option<Vec<u8>> = None;
    let (mut copied, mut at, mut in_string) = (0, 0, false);
    while let Some(&byte) = json.get(at) {
        if in_string {
            at = at.saturating_add(if byte == b'\\' { 2 } else { 1 });
            in_string = byte != b'"';
            continue;
        }
        in_string = byte == b'"';
        if !(byte.is_ascii_digit() || byte == b'-') {
            at = at.saturating_add(1);
            continue;
        }
        let rest = json.get(at..).unwrap_or_default();
        let end = rest
            .iter()
            .position(|byte| !matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
            .unwrap_or(rest.len());
        let written = rest.get(..end).unwrap_or_default();
        if end > HELD
            && written.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E'))
            && let Some(whole) = whole(written)
        {
            let respelled = respelled.get_or_insert_with(Vec::new);
            respelled.extend_from_slice(json.get(copied..at).unwrap_or_default());
            respelled.extend_from_slice(whole.as_bytes());
            copied = at.saturating_add(end);
        }
        at = at.saturating_add(end);
    }
    match respelled {
        Some(mut text) => {
            text.extend_from_slice(json.get(copied..).unwrap_or_default());
            Cow::Owned(text)
        }
        None => Cow::Borrowed(json),
    }
}

/// The digits of a number with a fraction or an exponent, if it is whole, fits into 64 bits, and is not what a double makes of it.
fn whole(written: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(written).ok()?;
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (before, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let zeros = usize::try_from(exponent).ok()?.checked_sub(fraction.len())?;
    if zeros > 20 {
        return None;
    }
    let whole = format!("{before}{fraction}{}", "0".repeat(zeros));
    let value: i128 = whole.parse().ok()?;
    let fits = i64::try_from(value).is_ok() || u64::try_from(value).is_ok();
    let double: f64 = text.parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a double near a number of 64 bits is whole and small"
    )]
    let held = double as i128 == value;
    (fits && !held).then(|| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_stands_twice_is_named() {
        for (text, key) in [
            (r#"{"ok":false,"ok":true}"#, "ok"),
            (r#"[{"a":{"b`c":1,"x":2,"b`c":1}}]"#, "b`c"),
            (r#"{"a":1,"\u0061":1}"#, "a"),
        ] {
            let error = strict_json(text.as_bytes()).unwrap_err();
            assert_eq!(doubled_key(&error).as_deref(), Some(key), "{text}");
        }
        assert_eq!(doubled_key(&strict_json(b"{").unwrap_err()), None);
        assert_eq!(
            strict_json(br#"{"a":{"a":1},"b":[{"a":1},{"a":2}]}"#).unwrap(),
            serde_json::json!({ "a": { "a": 1 }, "b": [{ "a": 1 }, { "a": 2 }] })
        );
    }

    #[test]
    fn a_whole_number_keeps_its_last_digit_however_it_is_spelled() {
        for (text, expected) in [
            ("9007199254740993.0", "9007199254740993"),
            (
                "[9007199254740993.000, -9007199254740993.0]",
                "[9007199254740993,-9007199254740993]",
            ),
            ("9.007199254740993e15", "9007199254740993"),
            ("18446744073709551615.0", "18446744073709551615"),
            ("9007199254740992.0", "9007199254740992.0"),
            ("1.5", "1.5"),
            ("30.0", "30.0"),
            ("0.1000000000000000000001", "0.1"),
            (
                r#"{"9007199254740993.0":"9007199254740993.0"}"#,
                r#"{"9007199254740993.0":"9007199254740993.0"}"#,
            ),
            (r#""a\\\"9007199254740993.0""#, r#""a\\\"9007199254740993.0""#),
        ] {
            assert_eq!(
                strict_json(text.as_bytes()).unwrap().to_string(),
                expected,
                "{text}"
            );
        }
        for broken in ["9007199254740993.0.0", "-", "\"\\", "1e", "9007199254740993.0e"] {
            assert!(strict_json(broken.as_bytes()).is_err(), "{broken}");
        }
    }
}
