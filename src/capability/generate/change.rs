//! Makes the value of a row from a base: one change at one place.

use chrono::{DateTime, FixedOffset, SecondsFormat, TimeDelta};
use serde_json::Value;

use super::place::{Key, Step};

/// A change.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// Nothing stands there any more.
    Remove,
    /// This stands there.
    Put(Value),
    /// A time stands there that is two hours and seven minutes after the first time of the base, or some time where it has none.
    PutLaterTime,
    /// The time that stands there loses its offset.
    WithoutOffset,
    /// The date or time that stands there moves to a thirteenth month.
    ThirteenthMonth,
    /// None of these places holds anything.
    RemoveAll(Vec<Vec<Step>>),
    /// Each of these places holds something: what the base has, or its seed.
    AddAll(Vec<Vec<Step>>),
}

impl Change {
    /// The base with the change; `None` where the place cannot be reached or holds nothing that can be changed so.
    pub(super) fn apply(&self, route: &[Step], base: &Value) -> Option<Value> {
        let mut made = base.clone();
        match self {
            Self::Remove => {
                let (last, way) = route.split_last()?;
                let Key::Name(name) = &last.key else { return None };
                reach(&mut made, way)?.as_object_mut()?.shift_remove(name)?;
            }
            Self::Put(value) => put(&mut made, route, value.clone())?,
            Self::PutLaterTime => {
                let time = first_time(base).map_or_else(|| SOME_TIME.to_owned(), later);
                put(&mut made, route, Value::String(time))?;
            }
            Self::WithoutOffset => rewrite(&mut made, route, without_offset)?,
            Self::ThirteenthMonth => rewrite(&mut made, route, in_thirteenth_month)?,
            Self::RemoveAll(routes) => {
                for route in routes {
                    forget(&mut made, route);
                }
            }
            Self::AddAll(routes) => {
                for route in routes {
                    reach(&mut made, route)?;
                }
            }
        }
        Some(made)
    }
}

/// The time that is put where a base has none.
const SOME_TIME: &str = "2030-01-02T09:00:00Z";

/// Puts a value at a place, whatever stands there.
fn put(into: &mut Value, route: &[Step], value: Value) -> Option<()> {
    let (last, way) = route.split_last()?;
    let around = reach(into, way)?;
    let last = Step {
        key: last.key.clone(),
        seed: Some(Value::Null),
    };
    *enter(around, &last)? = value;
    Some(())
}

/// The first instant that is written in a value.
fn first_time(value: &Value) -> Option<DateTime<FixedOffset>> {
    match value {
        Value::String(text) => DateTime::parse_from_rfc3339(text).ok(),
        Value::Array(items) => items.iter().find_map(first_time),
        Value::Object(fields) => fields.values().find_map(first_time),
        _ => None,
    }
}

/// A time two hours and seven minutes later: an end that the input's time could have, and that few services have by themselves.
fn later(time: DateTime<FixedOffset>) -> String {
    let later = time.checked_add_signed(TimeDelta::minutes(127)).unwrap_or(time);
    later.to_utc().to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The value at a place. Where the base has nothing on the way, seeds are put in.
fn reach<'v>(value: &'v mut Value, route: &[Step]) -> Option<&'v mut Value> {
    route.iter().try_fold(value, enter)
}

fn enter<'v>(value: &'v mut Value, step: &Step) -> Option<&'v mut Value> {
    match (&step.key, value) {
        (Key::Name(name), Value::Object(fields)) => match fields.entry(name) {
            serde_json::map::Entry::Occupied(there) => Some(there.into_mut()),
            serde_json::map::Entry::Vacant(free) => Some(free.insert(step.seed.clone()?)),
        },
        (Key::Item { alone }, Value::Array(items)) => {
            if *alone {
                items.truncate(1);
            }
            if items.is_empty() {
                items.push(step.seed.clone()?);
            }
            items.first_mut()
        }
        _ => None,
    }
}

/// Removes what stands at a place, if the place is there.
fn forget(value: &mut Value, route: &[Step]) {
    match route {
        [last] => {
            if let (Key::Name(name), Value::Object(fields)) = (&last.key, value) {
                fields.shift_remove(name);
            }
        }
        [first, rest @ ..] => match (&first.key, value) {
            (Key::Name(name), Value::Object(fields)) => {
                if let Some(inner) = fields.get_mut(name) {
                    forget(inner, rest);
                }
            }
            (Key::Item { .. }, Value::Array(items)) => {
                for item in items {
                    forget(item, rest);
                }
            }
            _ => {}
        },
        [] => {}
    }
}

fn rewrite(value: &mut Value, route: &[Step], how: fn(&str) -> Option<String>) -> Option<()> {
    let there = reach(value, route)?;
    *there = Value::String(how(there.as_str()?)?);
    Some(())
}

/// `2030-01-02T09:00:00+01:00` as `2030-01-02T09:00:00`.
fn without_offset(text: &str) -> Option<String> {
    let (date, time) = text.split_at_checked(text.find(['T', 't', ' '])?)?;
    let (time, _) = time.split_at_checked(time.find(['Z', 'z', '+', '-'])?)?;
    Some(format!("{date}{time}"))
}

/// `2030-01-02` as `2030-13-02`.
fn in_thirteenth_month(text: &str) -> Option<String> {
    let rest = text.get(7..).filter(|rest| rest.starts_with('-'))?;
    Some(format!("{}-13{rest}", text.get(..4)?))
}
