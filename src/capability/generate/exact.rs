//! Numbers at a limit and beyond it, exact where a double is not.

use std::cmp::Ordering;

use serde_json::{Number, Value, json};

/// The first double that is no longer below every whole number of 63 bits.
const WHOLE: f64 = 9_223_372_036_854_775_808.0;

/// A number as people write it: without a fraction where it has none.
pub(super) fn written(number: f64) -> Value {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a double without a fraction below this limit is a whole number of 64 bits"
    )]
    if number.fract() == 0.0 && number.abs() < WHOLE {
        json!(number as i64)
    } else {
        json!(number)
    }
}

/// The value as a whole number, however it is written.
fn whole(number: &Number) -> Option<i128> {
    number.as_i128().or_else(|| {
        let double = number.as_f64()?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a double without a fraction below this limit is a whole number of 128 bits"
        )]
        (double.fract() == 0.0 && double.abs() < 1e30).then_some(double as i128)
    })
}

/// The order of two numbers by their values.
pub(super) fn compare(one: &Number, other: &Number) -> Option<Ordering> {
    match (whole(one), whole(other)) {
        (Some(one), Some(other)) => Some(one.cmp(&other)),
        _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
    }
}

/// A number one above or below another, or the nearest that can be written beyond it.
pub(super) fn beyond(limit: &Number, up: bool) -> Option<Value> {
    let by = if up { 1 } else { -1 };
    if let Some(next) = whole(limit).and_then(|whole| whole.checked_add(by)) {
        if let Ok(next) = i64::try_from(next) {
            return Some(json!(next));
        }
        if let Ok(next) = u64::try_from(next) {
            return Some(json!(next));
        }
    }
    let double = limit.as_f64()?;
    let next = double + if up { 1.0 } else { -1.0 };
    let next = match (next == double, up) {
        (false, _) => next,
        (true, true) => double.next_up(),
        (true, false) => double.next_down(),
    };
    next.is_finite().then(|| written(next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_beyond_a_limit_is_exact_up_to_the_last_that_can_be_written() {
        let beyond = |limit: Value, up: bool| beyond(limit.as_number().unwrap(), up);
        assert_eq!(
            beyond(json!(9_007_199_254_740_992_i64), true),
            Some(json!(9_007_199_254_740_993_i64))
        );
        assert_eq!(
            beyond(json!(9_007_199_254_740_992.0), true),
            Some(json!(9_007_199_254_740_993_i64))
        );
        assert_eq!(
            beyond(json!(-9_007_199_254_740_992_i64), false),
            Some(json!(-9_007_199_254_740_993_i64))
        );
        assert_eq!(
            beyond(json!(i64::MAX), true),
            Some(json!(9_223_372_036_854_775_808_u64))
        );
        assert_eq!(
            beyond(json!(u64::MAX), true),
            Some(json!(18_446_744_073_709_555_712.0))
        );
        assert_eq!(
            beyond(json!(i64::MIN), false),
            Some(json!(-9_223_372_036_854_777_856.0))
        );
        assert_eq!(beyond(json!(0.5), true), Some(json!(1.5)));
        assert_eq!(beyond(json!(1e300), true), Some(json!(1e300_f64.next_up())));
        assert_eq!(beyond(json!(f64::MAX), true), None);
    }

    #[test]
    fn numbers_are_written_and_compared_by_their_values() {
        assert_eq!(written(9_007_199_254_740_991.0).to_string(), "9007199254740991");
        assert_eq!(written(-4.0).to_string(), "-4");
        assert_eq!(written(0.25).to_string(), "0.25");
        let order = |one: Value, other: Value| compare(one.as_number().unwrap(), other.as_number().unwrap());
        assert_eq!(
            order(json!(9_007_199_254_740_993_i64), json!(9_007_199_254_740_992.0)),
            Some(Ordering::Greater)
        );
        assert_eq!(order(json!(1), json!(1.0)), Some(Ordering::Equal));
        assert_eq!(order(json!(1.5), json!(2)), Some(Ordering::Less));
    }
}
