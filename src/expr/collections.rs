//! Functions over lists and objects.

#![expect(
    clippy::needless_pass_by_value,
    reason = "a function of CEL takes its arguments by value"
)]

use cel::Value;
use cel::common::types::{CelMap, CelMapKey, Kind};
use cel::common::value::CowVal;

use super::arguments::{Arguments, FunctionResult, argument, failed, owned, text};

/// `get(object, 'a.b', default)`: what stands at a path, or the default where nothing or `null` does.
pub(super) fn get<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let path = text(&args, 1, "get")?;
    let whole = args
        .first()
        .ok_or_else(|| failed("get", "an argument is missing"))?;
    let mut value = whole.as_ref();
    for key in path.split('.') {
        let next = value
            .downcast_ref::<CelMap>()
            .and_then(|map| map.inner().get(&CelMapKey::from(key)));
        match next {
            Some(next) if next.get_type().kind() != Kind::NullType => value = next.as_ref(),
            _ => return owned("get", argument(&args, 2, "get")?),
        }
    }
    Ok(CowVal::Owned(value.clone_as_boxed()))
}

/// `sorted(list)`: the list in order; its elements must be comparable.
pub(super) fn sorted<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let Value::List(list) = argument(&args, 0, "sorted")? else {
        return Err(failed("sorted", "a list is expected"));
    };
    let mut items = list.as_ref().clone();
    let mut comparable = true;
    items.sort_by(|left, right| {
        left.partial_cmp(right).unwrap_or_else(|| {
            comparable = false;
            std::cmp::Ordering::Equal
        })
    });
    if comparable {
        owned("sorted", Value::List(items.into()))
    } else {
        Err(failed("sorted", "the elements cannot be compared"))
    }
}

/// `sum(list)`: the sum of whole numbers. Fractions are refused: added as floats, they would not be what they say.
pub(super) fn sum<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let Value::List(list) = argument(&args, 0, "sum")? else {
        return Err(failed("sum", "a list is expected"));
    };
    let mut sum: i64 = 0;
    for item in list.iter() {
        let number = match item {
            Value::Int(number) => Some(*number),
            Value::UInt(number) => i64::try_from(*number).ok(),
            _ => None,
        };
        let added = number.and_then(|number| sum.checked_add(number));
        sum = added.ok_or_else(|| failed("sum", "whole numbers are expected, and not too large ones"))?;
    }
    owned("sum", Value::Int(sum))
}
