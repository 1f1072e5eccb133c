//! Conditions that need no interpreter: comparisons of instants and of the lengths of lists, flags, and what `&&`, `||` and `!` make of
//! them.
//!
//! Whatever else there is, and whatever has no value, is left to the interpreter: here an answer is right, or there is none.

use std::cmp::Ordering;

use cel::IdedExpr;
use cel::common::ast::{Expr, LiteralValue, operators};
use chrono::{DateTime, TimeDelta, Utc};

use super::arguments::checked;
use super::bindings::Place;
use super::durations::read_duration;
use super::exact::STEP;
use super::inside::Inside;

/// The truth of a condition; None where that takes the interpreter.
pub(super) fn truth(expr: &IdedExpr, names: &Inside<'_>) -> Option<bool> {
    let Expr::Call(call) = &expr.expr else {
        return names.json(expr)?.as_bool();
    };
    if call.target.is_some() {
        return None;
    }
    match (call.func_name.as_str(), call.args.as_slice()) {
        (STEP, [counted]) => truth(counted, names),
        // What decides alone decides whatever the other side is.
        (operators::LOGICAL_AND, [left, right]) => Some(truth(left, names)? && truth(right, names)?),
        (operators::LOGICAL_OR, [left, right]) => Some(truth(left, names)? || truth(right, names)?),
        (operators::LOGICAL_NOT, [inner]) => truth(inner, names).map(|holds| !holds),
        (operator, [left, right]) => {
            let holds: fn(Ordering) -> bool = match operator {
                "@less" => Ordering::is_lt,
                "@less_or_equal" => Ordering::is_le,
                "@greater" => Ordering::is_gt,
                "@greater_or_equal" => Ordering::is_ge,
                "@equal" => Ordering::is_eq,
                "@unequal" => Ordering::is_ne,
                _ => return None,
            };
            let order = match number(left, names) {
                Some(left) => left.cmp(&number(right, names)?),
                None => instant(left, names)?.cmp(&instant(right, names)?),
            };
            Some(holds(order))
        }
        _ => None,
    }
}

/// The value of a whole number that is written out or made of the lengths of lists; None for any other.
pub(super) fn number(expr: &IdedExpr, names: &Inside<'_>) -> Option<i64> {
    match &expr.expr {
        Expr::Literal(LiteralValue::Int(number)) => Some(*number.inner()),
        Expr::Call(call) if call.target.is_none() => match (call.func_name.as_str(), call.args.as_slice()) {
            ("size", [list]) => i64::try_from(names.json(list)?.as_array()?.len()).ok(),
            ("@subtract", [left, right]) => number(left, names)?.checked_sub(number(right, names)?),
            ("@add", [left, right]) => number(left, names)?.checked_add(number(right, names)?),
            (operators::CONDITIONAL, [condition, yes, no]) => {
                number(if truth(condition, names)? { yes } else { no }, names)
            }
            _ => None,
        },
        _ => None,
    }
}

/// The instant that a text names, or that is bound, moved by a duration or not.
fn instant(expr: &IdedExpr, names: &Inside<'_>) -> Option<DateTime<Utc>> {
    let Expr::Call(call) = &expr.expr else {
        let Place::Whole(bound) = names.place(expr)? else {
            return None;
        };
        return bound.as_instant();
    };
    if call.target.is_some() {
        return None;
    }
    let found = match (call.func_name.as_str(), call.args.as_slice()) {
        ("@timestamp", [text]) => {
            let text = names.json(text)?.as_str()?;
            DateTime::parse_from_rfc3339(text).ok()?
        }
        ("@add", [from, by]) => instant(from, names)?
            .checked_add_signed(duration(by)?)?
            .fixed_offset(),
        ("@subtract", [from, by]) => instant(from, names)?
            .checked_sub_signed(duration(by)?)?
            .fixed_offset(),
        _ => return None,
    };
    checked(found, "timestamp").ok().map(|found| found.to_utc())
}

/// A duration that is written out.
fn duration(expr: &IdedExpr) -> Option<TimeDelta> {
    let Expr::Call(call) = &expr.expr else { return None };
    match (call.func_name.as_str(), call.args.as_slice()) {
        ("@duration", [text]) => match &text.expr {
            Expr::Literal(LiteralValue::String(text)) => read_duration(text.inner()),
            _ => None,
        },
        _ => None,
    }
}
