//! The check of Stripe's signature: HMAC-SHA256 over the time and the body, compared in constant time, within five minutes.
//! <https://docs.stripe.com/webhooks#verify-manually>

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::secret::Secret;

/// The greatest distance of the time of a signature from ours, in seconds.
const TOLERANCE: u64 = 300;

/// The number of signatures that are tried: two, while a secret is replaced by another.
const MOST: usize = 8;

/// Returns true if a header `t=…,v1=…` signs the body, at about this time.
pub(super) fn is_signed(header: &str, body: &[u8], secret: &Secret, now: DateTime<Utc>) -> bool {
    let mut parts = header.split(',').filter_map(|part| part.trim().split_once('='));
    let Some(time) = parts
        .clone()
        .find_map(|(key, value)| (key == "t").then_some(value))
    else {
        return false;
    };
    let fresh = |time: i64| now.timestamp().abs_diff(time) <= TOLERANCE;
    if !time.parse().is_ok_and(fresh) {
        return false;
    }
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()) else {
        return false;
    };
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    parts
        .by_ref()
        .filter_map(|(key, value)| (key == "v1").then(|| bytes(value)).flatten())
        .take(MOST)
        .any(|signature| mac.clone().verify_slice(&signature).is_ok())
}

/// The bytes that hexadecimal digits spell.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    let value = |digit: u8| {
        char::from(digit)
            .to_digit(16)
            .and_then(|value| u8::try_from(value).ok())
    };
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(value(*high)? << 4 | value(*low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_1"}"#;
    const TIME: i64 = 1_800_000_000;

    fn secret() -> Secret {
        Secret::new("whsec_test").unwrap()
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    /// From `printf '1800000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test`.
    const SIGNATURE: &str = "45705be2a45ab5acdd1395cc695e9e7073125385ec24194921c401dff44176f8";

    fn header() -> String {
        format!("t={TIME},v1={SIGNATURE}")
    }

    #[test]
    fn what_the_secret_signed_is_signed_for_five_minutes_either_way() {
        for seconds in [0, 300, -300] {
            assert!(
                is_signed(&header(), BODY, &secret(), at(TIME + seconds)),
                "{seconds}"
            );
        }
        for seconds in [301, -301] {
            assert!(
                !is_signed(&header(), BODY, &secret(), at(TIME + seconds)),
                "{seconds}"
            );
        }
    }

    #[test]
    fn one_of_several_signatures_is_enough_and_other_schemes_do_not_count() {
        let wrong = "0".repeat(64);
        let two = format!("t={TIME},v1={wrong},v1={SIGNATURE}");
        assert!(is_signed(&two, BODY, &secret(), at(TIME)));
        let old = format!("t={TIME},v0={SIGNATURE}");
        assert!(!is_signed(&old, BODY, &secret(), at(TIME)));
    }

    #[test]
    fn a_forged_or_broken_signature_signs_nothing() {
        let other = Secret::new("whsec_other").unwrap();
        assert!(!is_signed(&header(), BODY, &other, at(TIME)));
        assert!(!is_signed(&header(), br#"{"id":"evt_2"}"#, &secret(), at(TIME)));
        for header in [
            String::new(),
            "t=".to_owned(),
            format!("t={TIME}"),
            format!("v1={SIGNATURE}"),
            format!("t={},v1={SIGNATURE}", TIME + 1),
            format!("t={TIME},v1={}", &SIGNATURE[..62]),
            format!("t={TIME},v1={SIGNATURE}0"),
            format!("t={TIME},v1=zz"),
            format!("t={TIME},v1="),
            format!("t={TIME},v1=é{SIGNATURE}"),
            format!("t={}9,v1={SIGNATURE}", i64::MAX),
        ] {
            assert!(!is_signed(&header, BODY, &secret(), at(TIME)), "{header}");
        }
    }
}
