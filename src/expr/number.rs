//! Numbers by their value: compared and calculated exactly, however they are spelled.
//!
//! JSON has one kind of number, CEL has three (`int`, `uint`, `double`). Here `1`, `1u` and `1.0` are one number, and a fraction is what
//! its shortest spelling says: `0.1 + 0.2` is `0.3`. A result that no kind can hold is rounded to the nearest double.

use std::cmp::Ordering;

use cel::common::types::{CelDouble, CelInt, CelUInt};
use cel::common::value::Val;

/// A number of an expression.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    /// A whole number.
    Whole(i128),
    /// A double, whole or not.
    Double(f64),
}

/// A decimal: `mantissa / 10^scale`.
#[derive(Debug, Clone, Copy)]
struct Decimal {
    mantissa: i128,
    scale: u32,
}

/// The most decimals that are calculated with; doubles beyond are calculated with as doubles.
const MOST_DECIMALS: u32 = 30;

/// Every double below it that is whole is a whole number of 128 bits, with room to calculate.
const LARGEST_WHOLE: f64 = 1e30;

/// The operations on two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// `a + b`.
    Add,
    /// `a - b`.
    Subtract,
    /// `a * b`.
    Multiply,
    /// `a / b`; of two whole numbers the whole part, as CEL has it.
    Divide,
    /// `a % b`, with the sign of `a`.
    Remainder,
}

impl Number {
    /// The number that a value of CEL is.
    pub(super) fn of(value: &dyn Val) -> Option<Self> {
        if let Some(whole) = value.downcast_ref::<CelInt>() {
            return Some(Self::Whole(i128::from(*whole.inner())));
        }
        if let Some(double) = value.downcast_ref::<CelDouble>() {
            return Some(Self::Double(*double.inner()));
        }
        let whole = value.downcast_ref::<CelUInt>()?;
        Some(Self::Whole(i128::from(*whole.inner())))
    }

    /// The value of CEL that holds the number: `int` or `uint` for whole ones as far as they reach.
    pub(super) fn into_val<'v>(self) -> Box<dyn Val + 'v> {
        match self {
            Self::Whole(whole) => match (i64::try_from(whole), u64::try_from(whole)) {
                (Ok(int), _) => Box::new(CelInt::from(int)),
                (Err(_), Ok(uint)) => Box::new(CelUInt::from(uint)),
                (Err(_), Err(_)) => Box::new(CelDouble::from(nearest(whole))),
            },
            Self::Double(double) => Box::new(CelDouble::from(double)),
        }
    }

    /// The order of two numbers; None where one is not a number (NaN).
    pub(super) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(left), Self::Whole(right)) => Some(left.cmp(&right)),
            (Self::Double(left), Self::Double(right)) => left.partial_cmp(&right),
            (Self::Whole(left), Self::Double(right)) => whole_and_double(left, right),
            (Self::Double(left), Self::Whole(right)) => whole_and_double(right, left).map(Ordering::reverse),
        }
    }

    /// The number with the other sign.
    pub(super) fn negate(self) -> Self {
        match self {
            Self::Whole(whole) => Self::Whole(-whole),
            Self::Double(double) => Self::Double(-double),
        }
    }

    /// The result of an operation; None for a division by zero.
    pub(super) fn calculate(self, operation: Operation, other: Self) -> Option<Self> {
        let divides = matches!(operation, Operation::Divide | Operation::Remainder);
        if divides && other.compare(Self::Whole(0)) == Some(Ordering::Equal) {
            return None;
        }
        if let (Self::Whole(left), Self::Whole(right)) = (self, other) {
            let whole = match operation {
                Operation::Add => left.checked_add(right),
                Operation::Subtract => left.checked_sub(right),
                Operation::Multiply => left.checked_mul(right),
                Operation::Divide => left.checked_div(right),
                Operation::Remainder => left.checked_rem(right),
            };
            if let Some(whole) = whole {
                return Some(Self::Whole(whole));
            }
        }
        let exact = || -> Option<Decimal> { self.decimal()?.calculate(operation, other.decimal()?) };
        let double = match exact() {
            Some(decimal) => decimal.nearest(),
            None => in_doubles(self.double(), operation, other.double()),
        };
        Some(Self::Double(double))
    }

    /// The nearest double.
    pub(super) fn double(self) -> f64 {
        match self {
            Self::Whole(whole) => nearest(whole),
            Self::Double(double) => double,
        }
    }

    /// The same number as a whole one, where it is one.
    pub(super) fn whole(self) -> Option<i128> {
        match self {
            Self::Whole(whole) => Some(whole),
            Self::Double(double) => whole_double(double),
        }
    }

    fn decimal(self) -> Option<Decimal> {
        if let Some(mantissa) = self.whole() {
            return Some(Decimal { mantissa, scale: 0 });
        }
        let Self::Double(double) = self else { return None };
        // The shortest digits that stand for the double: `-1.25e-3`.
        let written = double.is_finite().then(|| format!("{double:e}"))?;
        let (digits, exponent) = written.split_once('e')?;
        let exponent: i32 = exponent.parse().ok()?;
        let decimals = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let mantissa = digits.replace('.', "").parse().ok()?;
        let scale = i32::try_from(decimals).ok()?.checked_sub(exponent)?;
        let scale = u32::try_from(scale)
            .ok()
            .filter(|scale| *scale <= MOST_DECIMALS)?;
        Some(Decimal { mantissa, scale })
    }
}

/// The sum of numbers, rounded once at its end.
pub(super) fn sum(numbers: impl IntoIterator<Item = Number>) -> Number {
    let (mut decimal, mut double) = (
        Some(Decimal {
            mantissa: 0,
            scale: 0,
        }),
        0.0,
    );
    let mut whole = true;
    for number in numbers {
        whole = whole && matches!(number, Number::Whole(_));
        double += number.double();
        decimal = decimal.and_then(|sum| sum.calculate(Operation::Add, number.decimal()?));
    }
    match decimal {
        Some(Decimal { mantissa, scale: 0 }) if whole => Number::Whole(mantissa),
        Some(decimal) => Number::Double(decimal.nearest()),
        None => Number::Double(double),
    }
}

impl Decimal {
    /// None where 128 bits do not hold it.
    fn calculate(self, operation: Operation, other: Self) -> Option<Self> {
        match operation {
            Operation::Multiply => Some(Self {
                mantissa: self.mantissa.checked_mul(other.mantissa)?,
                scale: self.scale + other.scale,
            }),
            Operation::Divide => self.divide(other),
            Operation::Add | Operation::Subtract | Operation::Remainder => {
                let scale = self.scale.max(other.scale);
                let (left, right) = (self.at_scale(scale)?, other.at_scale(scale)?);
                let mantissa = match operation {
                    Operation::Add => left.checked_add(right)?,
                    Operation::Subtract => left.checked_sub(right)?,
                    _ => left.checked_rem(right)?,
                };
                Some(Self { mantissa, scale })
            }
        }
    }

    /// As many digits as a double can tell apart, and one more that says which side the rest is on.
    fn divide(self, other: Self) -> Option<Self> {
        /// A double tells 17 digits apart.
        const DIGITS: i128 = 10_i128.pow(18);
        let scale = self.scale.max(other.scale);
        let (mut left, right) = (self.at_scale(scale)?, other.at_scale(scale)?);
        let mut decimals = 0;
        while left % right != 0 && (left / right).abs() < DIGITS {
            left = left.checked_mul(10)?;
            decimals += 1;
        }
        let (mut mantissa, mut scale) = (left / right, decimals);
        if left % right != 0 {
            let sign = if (left < 0) == (right < 0) { 1 } else { -1 };
            (mantissa, scale) = (mantissa.checked_mul(10)?.checked_add(sign)?, scale + 1);
        }
        Some(Self { mantissa, scale })
    }

    fn at_scale(self, scale: u32) -> Option<i128> {
        self.mantissa
            .checked_mul(10_i128.checked_pow(scale - self.scale)?)
    }

    fn nearest(self) -> f64 {
        format!("{}e-{}", self.mantissa, self.scale)
            .parse()
            .unwrap_or(f64::NAN)
    }
}

fn in_doubles(left: f64, operation: Operation, right: f64) -> f64 {
    match operation {
        Operation::Add => left + right,
        Operation::Subtract => left - right,
        Operation::Multiply => left * right,
        Operation::Divide => left / right,
        Operation::Remainder => left % right,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the nearest double is what is asked for"
)]
fn nearest(whole: i128) -> f64 {
    whole as f64
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "it is whole and far below the largest of 128 bits"
)]
fn whole_double(double: f64) -> Option<i128> {
    (double.fract() == 0.0 && double.abs() < LARGEST_WHOLE).then_some(double as i128)
}

fn whole_and_double(whole: i128, double: f64) -> Option<Ordering> {
    if double.is_nan() {
        return None;
    }
    let floor = double.floor();
    match whole_double(floor) {
        Some(below) if double > floor => Some(if whole <= below {
            Ordering::Less
        } else {
            Ordering::Greater
        }),
        Some(same) => Some(whole.cmp(&same)),
        // Beyond every whole number of CEL.
        None if double > 0.0 => Some(Ordering::Less),
        None => Some(Ordering::Greater),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Number::{Double, Whole};
    use super::*;

    #[test]
    fn a_division_is_rounded_once() {
        let divided = |left, right| Number::calculate(left, Operation::Divide, right);
        assert_eq!(divided(Double(0.3), Double(0.1)), Some(Double(3.0)));
        assert_eq!(divided(Whole(1), Double(3.0)), Some(Double(1.0 / 3.0)));
        assert_eq!(divided(Whole(-2), Double(3.0)), Some(Double(-2.0 / 3.0)));
        assert_eq!(divided(Whole(7), Whole(-2)), Some(Whole(-3)));
        for zero in [Whole(0), Double(0.0), Double(-0.0)] {
            assert_eq!(divided(Whole(1), zero), None);
        }
    }

    #[test]
    fn numbers_far_apart_are_still_in_order() {
        let two_to_53 = 9_007_199_254_740_992;
        assert_eq!(
            Whole(two_to_53 + 1).compare(Double(9_007_199_254_740_992.0)),
            Some(Ordering::Greater)
        );
        assert_eq!(
            Whole(i128::from(u64::MAX)).compare(Double(1e300)),
            Some(Ordering::Less)
        );
        assert_eq!(Whole(-3).compare(Double(-3.5)), Some(Ordering::Greater));
        assert_eq!(Whole(-4).compare(Double(-3.5)), Some(Ordering::Less));
        assert_eq!(Whole(0).compare(Double(-0.0)), Some(Ordering::Equal));
        assert_eq!(Whole(0).compare(Double(f64::NAN)), None);
        assert_eq!(
            Double(1e300).calculate(Operation::Add, Double(0.1)),
            Some(Double(1e300))
        );
        assert_eq!(sum([Double(1e300), Double(-1e300), Whole(1)]), Double(1.0));
    }

    proptest! {
        #[test]
        fn cents_add_up_to_the_cent(left in -1_000_000_i64..1_000_000, right in -1_000_000_i64..1_000_000) {
            let amount = |cents: i64| Double(format!("{cents}e-2").parse().unwrap());
            prop_assert_eq!(
                amount(left).calculate(Operation::Add, amount(right)),
                Some(amount(left + right))
            );
            prop_assert_eq!(sum([amount(left), amount(right)]), amount(left + right));
        }

        #[test]
        fn whole_numbers_compare_as_doubles_where_doubles_can_hold_them(left in -1_000_000_i32..1_000_000, right in -1_000_000_i32..1_000_000) {
            let halves = f64::from(right) / 2.0;
            prop_assert_eq!(
                Whole(i128::from(left)).compare(Double(halves)),
                f64::from(left).partial_cmp(&halves)
            );
        }
    }
}
