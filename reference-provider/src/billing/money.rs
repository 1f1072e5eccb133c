//! Amounts: decimals as text, and the whole numbers of minor units that gateways count in. It refuses what
//! cannot be said exactly: no float, no rounding.

use crate::currency;

/// A decimal such as `95.5` as a whole number of units of which `places` make up a decimal place each: 9550 for two. None for what is
/// no plain decimal, is too large, or has more places.
pub(super) fn units(amount: &str, places: usize) -> Option<u64> {
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let significant = fraction.trim_end_matches('0');
    if !plain(whole) || !plain(fraction) || significant.len() > places {
        return None;
    }
    format!("{whole}{significant:0<places$}").parse().ok()
}

/// A decimal with as many places as its currency has: `95.5` as `95.50`. One with more is left as it is.
pub(super) fn written(amount: &str, currency: &str) -> String {
    let places = currency::places(currency);
    let Some((places, units)) = places.and_then(|places| Some((places, units(amount, places)?))) else {
        return amount.to_owned();
    };
    let digits = format!("{units:0>width$}", width = places.saturating_add(1));
    match digits.split_at_checked(digits.len().saturating_sub(places)) {
        None | Some((_, "")) => digits,
        Some((whole, fraction)) => format!("{whole}.{fraction}"),
    }
}

/// A decimal as the number that a published contract wants: whole where there is nothing behind the point. It leaves the provider, and
/// nothing is reckoned with it.
pub(crate) fn as_number(amount: &str) -> serde_json::Number {
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, "0"));
    let exact = fraction.bytes().all(|byte| byte == b'0');
    let number = match whole.parse::<u64>() {
        Ok(whole) if exact => Some(whole.into()),
        _ => amount.parse().ok().and_then(serde_json::Number::from_f64),
    };
    number.unwrap_or_else(|| 0.into())
}

/// Returns true if it is a zero, however written.
pub(super) fn is_nothing(amount: &str) -> bool {
    amount.bytes().all(|byte| byte == b'0' || byte == b'.')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_decimal_becomes_a_whole_number_of_the_smallest_unit() {
        for (amount, currency, expected) in [
            ("95.00", "USD", Some(9500)),
            ("95", "USD", Some(9500)),
            ("0.1", "USD", Some(10)),
            ("89.99", "CZK", Some(8999)),
            ("9500", "JPY", Some(9500)),
            ("9500.00", "JPY", Some(9500)),
            ("9500.50", "JPY", None),
            ("1.234", "KWD", Some(1234)),
            ("1.5", "KWD", Some(1500)),
            ("0.0001", "CLF", Some(1)),
            ("1.5", "UYW", Some(15000)),
            ("0.00001", "UYW", None),
            ("1.50", "ABC", None),
            ("1", "usd", None),
            ("1.234", "USD", None),
            ("999999999.99", "USD", Some(99_999_999_999)),
            ("-1", "USD", None),
            ("1e3", "USD", None),
            ("", "USD", None),
            ("1.", "USD", None),
            ("99999999999999999999", "USD", None),
        ] {
            let units = currency::places(currency).and_then(|places| units(amount, places));
            assert_eq!(units, expected, "{amount} {currency}");
        }
    }

    #[test]
    fn a_decimal_is_written_with_the_places_of_its_currency() {
        for (amount, currency, expected) in [
            ("95", "USD", "95.00"),
            ("0.5", "USD", "0.50"),
            ("9500.00", "JPY", "9500"),
            ("1.5", "KWD", "1.500"),
            ("10.55", "JPY", "10.55"),
            ("1.5", "CLF", "1.5000"),
            ("1.5", "ABC", "1.5"),
        ] {
            assert_eq!(written(amount, currency), expected, "{amount} {currency}");
        }
    }

    #[test]
    fn zero_is_nothing_to_pay_however_it_is_written() {
        for zero in ["0", "0.00", "000", "0.0"] {
            assert!(is_nothing(zero), "{zero}");
        }
        assert!(!is_nothing("0.01") && !is_nothing("10"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_the_same_number_of_units(whole in 0_u64..1_000_000_000, cents in 0_u64..100) {
            let amount = format!("{whole}.{cents:02}");
            prop_assert_eq!(units(&amount, 2), Some(whole * 100 + cents));
            prop_assert_eq!(written(&amount, "USD"), amount);
        }
    }
}
