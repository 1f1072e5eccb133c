//! The functions behind operators and sorting. Numbers go by their value; everything else is left to the library.

use std::cmp::Ordering;
use std::collections::HashSet;

use cel::common::types::{CelBool, CelList, CelMap, CelTimestamp};
use cel::common::value::{CowVal, Val};
use cel::{ExecutionError, common::types::CelString};
use chrono::{DateTime, Utc};

use super::arguments::{Arguments, FunctionResult, failed};
use super::number::{Number, Operation};
use super::steps::spend;

fn two<'b, 'v>(args: Arguments<'b, 'v>) -> Result<[CowVal<'b, 'v>; 2], ExecutionError> {
    args.try_into()
        .map_err(|args: Vec<_>| ExecutionError::invalid_argument_count(2, args.len()))
}

fn mismatch(operator: &str, left: &dyn Val, right: &dyn Val) -> ExecutionError {
    let types = [left, right].map(|side| side.get_type().name().to_owned());
    ExecutionError::no_such_overload(operator, types.to_vec())
}

fn truth<'b, 'v>(holds: bool) -> FunctionResult<'b, 'v> {
    Ok(CowVal::owned(CelBool::from(holds)))
}

/// Returns true if two values are equal: numbers by their value, also inside lists and maps.
pub(super) fn equal(left: &dyn Val, right: &dyn Val) -> Result<bool, ExecutionError> {
    if let (Some(left), Some(right)) = (Number::of(left), Number::of(right)) {
        return Ok(left.compare(right) == Some(Ordering::Equal));
    }
    if let (Some(left), Some(right)) = (left.downcast_ref::<CelList>(), right.downcast_ref::<CelList>()) {
        let (left, right) = (left.inner(), right.inner());
        if left.len() != right.len() {
            return Ok(false);
        }
        spend(left.len())?;
        for (left, right) in left.iter().zip(right) {
            if !equal(left.as_ref(), right.as_ref())? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    if let (Some(left), Some(right)) = (left.downcast_ref::<CelMap>(), right.downcast_ref::<CelMap>()) {
        let (left, right) = (left.inner(), right.inner());
        if left.len() != right.len() {
            return Ok(false);
        }
        spend(left.len())?;
        for (key, value) in left {
            match right.get(key) {
                Some(other) if equal(value.as_ref(), other.as_ref())? => {}
                _ => return Ok(false),
            }
        }
        return Ok(true);
    }
    Ok(left.equals(right))
}

/// The order of two values.
fn order(operator: &str, left: &dyn Val, right: &dyn Val) -> Result<Ordering, ExecutionError> {
    if let (Some(left_number), Some(right_number)) = (Number::of(left), Number::of(right)) {
        return left_number
            .compare(right_number)
            .ok_or_else(|| mismatch(operator, left, right));
    }
    left.as_comparer()
        .ok_or_else(|| mismatch(operator, left, right))?
        .compare(right)
        .map_err(|_| mismatch(operator, left, right))
}

fn compared<'b, 'v>(
    operator: &str,
    args: Arguments<'b, 'v>,
    holds: fn(Ordering) -> bool,
) -> FunctionResult<'b, 'v> {
    let [left, right] = two(args)?;
    truth(holds(order(operator, left.as_ref(), right.as_ref())?))
}

/// `a < b`.
pub(super) fn less<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    compared("_<_", args, Ordering::is_lt)
}

/// `a <= b`.
pub(super) fn less_or_equal<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    compared("_<=_", args, Ordering::is_le)
}

/// `a > b`.
pub(super) fn greater<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    compared("_>_", args, Ordering::is_gt)
}

/// `a >= b`.
pub(super) fn greater_or_equal<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    compared("_>=_", args, Ordering::is_ge)
}

/// `a == b`.
pub(super) fn equals<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let [left, right] = two(args)?;
    truth(equal(left.as_ref(), right.as_ref())?)
}

/// `a != b`.
pub(super) fn unequal<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let [left, right] = two(args)?;
    truth(!equal(left.as_ref(), right.as_ref())?)
}

/// `a in b`.
pub(super) fn among<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let [value, container] = two(args)?;
    if let Some(list) = container.downcast_ref::<CelList>() {
        spend(list.inner().len())?;
        for item in list.inner() {
            if equal(value.as_ref(), item.as_ref())? {
                return truth(true);
            }
        }
        return truth(false);
    }
    let container_of = container
        .as_container()
        .ok_or_else(|| mismatch("@in", value.as_ref(), container.as_ref()))?;
    truth(
        container_of
            .contains(value.as_ref())
            .map_err(|_| mismatch("@in", value.as_ref(), container.as_ref()))?,
    )
}

/// The result of an operation on two numbers; None where one is none.
fn calculated<'b, 'v>(
    operator: &str,
    operation: Operation,
    left: &dyn Val,
    right: &dyn Val,
) -> Option<FunctionResult<'b, 'v>> {
    let (left, right) = (Number::of(left)?, Number::of(right)?);
    let result = left.calculate(operation, right);
    Some(
        result
            .map(|number| CowVal::Owned(number.into_val()))
            .ok_or_else(|| failed(operator, "a number is divided by zero")),
    )
}

/// `a + b`.
pub(super) fn add<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let [left, right] = two(args)?;
    if let Some(result) = calculated("_+_", Operation::Add, left.as_ref(), right.as_ref()) {
        return result;
    }
    let wrong = || mismatch("_+_", left.as_ref(), right.as_ref());
    let sum = left.as_adder().ok_or_else(wrong)?.add(right.as_ref());
    sum.map(|sum| CowVal::Owned(sum.into_owned()))
        .map_err(|_| wrong())
}

/// `a - b`.
pub(super) fn subtract<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let [left, right] = two(args)?;
    if let Some(result) = calculated("_-_", Operation::Subtract, left.as_ref(), right.as_ref()) {
        return result;
    }
    let wrong = || mismatch("_-_", left.as_ref(), right.as_ref());
    let difference = left.as_subtractor().ok_or_else(wrong)?.sub(right.as_ref());
    difference
        .map(|difference| CowVal::Owned(difference.into_owned()))
        .map_err(|_| wrong())
}

fn of_numbers<'b, 'v>(
    operator: &str,
    operation: Operation,
    args: Arguments<'b, 'v>,
) -> FunctionResult<'b, 'v> {
    let [left, right] = two(args)?;
    calculated(operator, operation, left.as_ref(), right.as_ref())
        .unwrap_or_else(|| Err(mismatch(operator, left.as_ref(), right.as_ref())))
}

/// `a * b`.
pub(super) fn multiply<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    of_numbers("_*_", Operation::Multiply, args)
}

/// `a / b`.
pub(super) fn divide<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    of_numbers("_/_", Operation::Divide, args)
}

/// `a % b`.
pub(super) fn remainder<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    of_numbers("_%_", Operation::Remainder, args)
}

/// `-a`.
pub(super) fn negate<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let value = one(args)?;
    let wrong = || ExecutionError::no_such_overload("-_", vec![value.get_type().name().to_owned()]);
    match Number::of(value.as_ref()) {
        Some(number) => Ok(CowVal::Owned(number.negate().into_val())),
        None => {
            let negator = value.as_negator().ok_or_else(wrong)?;
            negator.negate().map(CowVal::Owned).map_err(|_| wrong())
        }
    }
}

fn one<'b, 'v>(args: Arguments<'b, 'v>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let [value] = args
        .try_into()
        .map_err(|args: Vec<_>| ExecutionError::invalid_argument_count(1, args.len()))?;
    Ok(value)
}

/// What a macro evaluated for one element, which is taken off the budget.
pub(super) fn step<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    spend(1)?;
    one(args)
}

/// The elements of a list.
pub(super) fn elements<'v>(
    list: &CowVal<'_, 'v>,
    function: &str,
) -> Result<Vec<Box<dyn Val + 'v>>, ExecutionError> {
    let found = list.downcast_ref::<CelList>().map(|list| list.inner().to_vec());
    let elements = found.ok_or_else(|| {
        failed(
            function,
            format_args!("a list is expected, not {}", list.get_type().name()),
        )
    })?;
    spend(elements.len())?;
    Ok(elements)
}

/// Sorts by keys, which must all be numbers or all of one type. Equal ones keep their order.
fn sort_by_key<T>(items: &mut [T], key: fn(&T) -> &dyn Val, function: &str) -> Result<(), ExecutionError> {
    if let Some(first) = items.first().map(key) {
        for item in items.iter().map(key) {
            let alike = match (Number::of(first), Number::of(item)) {
                (Some(_), Some(number)) => number.compare(number).is_some(),
                (None, None) => first.get_type() == item.get_type(),
                _ => false,
            };
            if !alike || order(function, first, item).is_err() {
                return Err(failed(
                    function,
                    format_args!(
                        "elements of a list cannot be ordered: {} beside {}",
                        first.get_type().name(),
                        item.get_type().name()
                    ),
                ));
            }
        }
    }
    items.sort_by(|left, right| order(function, key(left), key(right)).unwrap_or(Ordering::Equal));
    Ok(())
}

/// `list.sort()` and `sorted(list)`: the elements in order.
pub(super) fn sort<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let mut items = elements(&one(args)?, "sort")?;
    sort_by_key(&mut items, |item| item.as_ref(), "sort")?;
    Ok(CowVal::owned(CelList::from(items)))
}

/// What `list.sortBy(x, key)` expands to: the list, and the key of each element.
pub(super) fn sort_by<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let [list, keys] = two(args)?;
    let (items, keys) = (elements(&list, "sortBy")?, elements(&keys, "sortBy")?);
    let mut keyed: Vec<_> = keys.into_iter().zip(items).collect();
    sort_by_key(&mut keyed, |(key, _)| key.as_ref(), "sortBy")?;
    let sorted: Vec<_> = keyed.into_iter().map(|(_, item)| item).collect();
    Ok(CowVal::owned(CelList::from(sorted)))
}

/// `list.distinct()`: the first of each set of equal elements.
pub(super) fn distinct<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let items = elements(&one(args)?, "distinct")?;
    // Texts and instants, of which long lists are made, need no comparison of each with each.
    let mut texts: HashSet<String> = HashSet::new();
    let mut instants: HashSet<DateTime<Utc>> = HashSet::new();
    let mut kept: Vec<Box<dyn Val + 'v>> = Vec::new();
    for item in items {
        let text = item.downcast_ref::<CelString>();
        let instant = item.downcast_ref::<CelTimestamp>();
        let fresh = match (text, instant) {
            (Some(text), _) => Some(texts.insert(text.inner().to_owned())),
            (None, Some(instant)) => Some(instants.insert(instant.inner().with_timezone(&Utc))),
            (None, None) => None,
        };
        if let Some(fresh) = fresh {
            if fresh {
                kept.push(item);
            }
            continue;
        }
        spend(kept.len())?;
        let mut known = false;
        for other in &kept {
            known = known || equal(item.as_ref(), other.as_ref())?;
        }
        if !known {
            kept.push(item);
        }
    }
    Ok(CowVal::owned(CelList::from(kept)))
}
