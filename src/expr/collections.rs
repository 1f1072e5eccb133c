//! Functions over lists and objects.

#![expect(
    clippy::needless_pass_by_value,
    reason = "a function of CEL takes its arguments by value"
)]

use std::collections::HashMap;

use cel::common::types::{CelMap, CelMapKey, CelString, Kind};
use cel::common::value::{CowVal, Val};

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

/// `keyed(list, 'a.b')`: the objects of a list by the text that stands at a path in each; of several with one text the first. Whoever
/// looks up elements of one long list in another asks for them by name, and not one by one.
pub(super) fn keyed<'b, 'v>(args: Arguments<'b, 'v>) -> FunctionResult<'b, 'v> {
    const NAME: &str = "keyed";
    let path = text(&args, 1, NAME)?;
    let list = args
        .into_iter()
        .next()
        .ok_or_else(|| failed(NAME, "an argument is missing"))?;
    let mut found: HashMap<CelMapKey<'v>, Box<dyn Val + 'v>> = HashMap::new();
    for item in operators::elements(&list, NAME)? {
        let key = path
            .split('.')
            .try_fold(item.as_ref(), |value, key| {
                let map = value.downcast_ref::<CelMap>()?;
                map.inner().get(&CelMapKey::from(key)).map(AsRef::as_ref)
            })
            .and_then(|value| value.downcast_ref::<CelString>())
            .map(|text| CelMapKey::from(text.inner().to_owned()));
        if let Some(key) = key {
            found.entry(key).or_insert(item);
        }
    }
    Ok(CowVal::owned(CelMap::from(found)))
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
    let items = operators::elements(&list, "sum")?;
    let numbers = items.iter().map(|item| Number::of(item.as_ref()));
    let numbers: Option<Vec<_>> = numbers.collect();
    let numbers = numbers.ok_or_else(|| failed("sum", "a list of numbers is expected"))?;
    Ok(CowVal::Owned(number::sum(numbers).into_val()))
}
