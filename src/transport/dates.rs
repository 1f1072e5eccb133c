//! The two headers that tell time: `Date` and `Retry-After`.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::model::is_sane;

/// The shortest pause. Servers that count whole seconds round the rest of the last one down to zero.
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);

/// An instant as HTTP writes it, in any of the three forms that a receiver must understand (RFC 9110, 5.6.7). One that no clock in use
/// can show is none.
pub(super) fn http_date(text: &str) -> Option<DateTime<Utc>> {
    let read = httpdate::parse_http_date(text.trim()).ok()?;
    // The library hands on a time of the system, which reaches further than our calendar.
    let since = read.duration_since(std::time::UNIX_EPOCH).ok()?;
    let instant = DateTime::from_timestamp(i64::try_from(since.as_secs()).ok()?, 0)?;
    is_sane(instant).then_some(instant)
}

/// The wait that `Retry-After` asks for: seconds, or a date that counts from `now`, the provider's clock where it is known.
pub(super) fn retry_after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let text = text.trim();
    let wait = if !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '.') {
        // Fractions are no part of the standard, but they are sent, and there is no doubt what they mean.
        Duration::try_from_secs_f64(text.parse().ok()?).unwrap_or(Duration::MAX)
    } else {
        http_date(text)?
            .signed_duration_since(now)
            .to_std()
            .unwrap_or(Duration::ZERO)
    };
    Some(wait.max(SHORTEST_PAUSE))
}

/// The wait after the given number of pauses where the provider does not say: 1, 2, 4, … s.
pub(super) fn backoff(pauses: u32) -> Duration {
    Duration::from_secs(1_u64.checked_shl(pauses).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_in_all_three_forms() {
        let expected = "2014-11-06T08:49:37Z".parse::<DateTime<Utc>>().unwrap();
        for text in [
            "Thu, 06 Nov 2014 08:49:37 GMT",
            "Thursday, 06-Nov-14 08:49:37 GMT",
            "Thu Nov  6 08:49:37 2014",
        ] {
            assert_eq!(http_date(text), Some(expected), "{text}");
        }
        for text in [
            "tomorrow",
            "",
            "31 Dec 262142 23:59:59 +0000",
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "Mon, 01 Jan 1926 00:00:00 GMT",
        ] {
            assert_eq!(http_date(text), None, "{text}");
        }
    }

    #[test]
    fn a_wait_is_read_as_seconds_or_as_a_date_from_the_providers_clock() {
        let now = http_date("Thu, 06 Nov 2014 08:49:37 GMT").unwrap();
        let rows = [
            ("3", Some(3_000)),
            (" 120 ", Some(120_000)),
            ("0.5", Some(500)),
            ("0", Some(250)),
            ("Thu, 06 Nov 2014 08:49:44 GMT", Some(7_000)),
            ("Thu, 06 Nov 2014 08:00:00 GMT", Some(250)),
            ("soon", None),
            ("-1", None),
            ("1.2.3", None),
            ("", None),
        ];
        for (text, expected) in rows {
            assert_eq!(
                retry_after(text, now),
                expected.map(Duration::from_millis),
                "{text:?}"
            );
        }
        assert!(retry_after(&"9".repeat(400), now).unwrap() > Duration::from_secs(1_000_000));
    }

    #[test]
    fn the_wait_doubles_where_the_provider_does_not_say() {
        let waits: Vec<_> = (0..6).map(|pauses| backoff(pauses).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32]);
        assert_eq!(backoff(200), Duration::from_secs(u64::MAX));
    }
}
