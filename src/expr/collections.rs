//! Functions over lists and objects.

#![expect(
    clippy::needless_pass_by_value,
    reason = "a function of CEL takes its arguments by value"
)]

use cel::common::types::{CelMap, CelMapKey, Kind};
use cel::common::value::CowVal;

use super::arguments::{Arguments, FunctionResult, argument, failed, owned, text};
use super::number::{self, Number};
use super::operators;

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
    operators::sort(args)
}

/// `sum(list)`: the sum of numbers, exact: `0.1` and `0.2` make `0.3`.
pub(super) fn sum<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    let list = args
        .into_iter()
        .next()
        .ok_or_else(|| failed("sum", "an argument is missing"))?;
    let items = operators::elements(list, "sum")?;
    let numbers = items.iter().map(|item| Number::of(item.as_ref()));
    let numbers: Option<Vec<_>> = numbers.collect();
    let numbers = numbers.ok_or_else(|| failed("sum", "a list of numbers is expected"))?;
    Ok(CowVal::Owned(number::sum(numbers).into_val()))
}
