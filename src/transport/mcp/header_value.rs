//! Texts as the values of headers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A value as a header carries it: as it is, or encoded where a header could not carry it (MCP 2026-07-28, "Value Encoding").
pub(super) fn as_header(value: &str) -> String {
    let plain = value.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t'))
        && value.trim() == value
        && !(value.starts_with("=?base64?") && value.ends_with("?="));
    match plain {
        true => value.to_owned(),
        false => format!("=?base64?{}?=", STANDARD.encode(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::as_header;

    #[test]
    fn what_a_header_cannot_carry_is_encoded() {
        for (value, sent) in [
            ("us-west1", "us-west1"),
            ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
            (" padded ", "=?base64?IHBhZGRlZCA=?="),
            ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
            ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
        ] {
            assert_eq!(as_header(value), sent);
        }
    }
}
