//! The length of the lists and objects in an answer. Nobody who calls a tool reads a list without end, and no check should run over one.

use serde_json::Value;

use super::finding::Finding;
use crate::capability::Capability;
use crate::model::clip;

/// The most items of a list and fields of an object that are read, unless the contract itself allows more.
const MOST_ITEMS: usize = 2_000;

/// The most characters of a name that are shown.
const SHOWN: usize = 60;

/// Finds a list or an object in an answer that is longer than is read: more than 2000 items or fields, or than the largest `maxItems` of
/// the contract if that is more.
pub fn too_long(tool: &Capability, output: &Value) -> Option<Finding> {
    let most = MOST_ITEMS.max(tool.output.longest_list());
    let long = longer_than(most, None, output)?;
    let (count, name) = (long.count, long.name.map(|name| clip(name, SHOWN)));
    let (what, unit) = match (name, long.is_object) {
        (None, true) => (format!("answers with {count} fields"), "fields"),
        (Some(name), true) => (format!("lists {count} fields of `{name}`"), "fields"),
        (name, false) => {
            let name = name.unwrap_or_else(|| "fields".to_owned());
            (format!("lists {count} `{name}`"), "items")
        }
    };
    let finding = Finding::new(format!("{} {what}, more than {most} are not read", tool.tool()));
    Some(finding.sides(format!("at most {most} {unit}"), format!("{count} {unit}")))
}

/// A list or an object that is too long.
#[derive(Debug, PartialEq, Eq)]
struct Long<'v> {
    /// The field that holds it, or the outer one where it stands in a list. None for the answer itself.
    name: Option<&'v str>,
    count: usize,
    is_object: bool,
}

/// The first list or object with more items or fields than this.
fn longer_than<'v>(most: usize, name: Option<&'v str>, value: &'v Value) -> Option<Long<'v>> {
    let long = |count, is_object| Long {
        name,
        count,
        is_object,
    };
    match value {
        Value::Array(items) if items.len() > most => Some(long(items.len(), false)),
        Value::Object(fields) if fields.len() > most => Some(long(fields.len(), true)),
        Value::Array(items) => items.iter().find_map(|item| longer_than(most, name, item)),
        Value::Object(fields) => fields
            .iter()
            .find_map(|(name, value)| longer_than(most, Some(name), value)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_is_found_by_its_name_however_deep() {
        let value = json!({ "ok": true, "days": [[], { "slots": [1, 2, 3] }, [1, 2, 3, 4]] });
        let found =
            |most, value| longer_than(most, None, value).map(|long| (long.name, long.count, long.is_object));
        assert_eq!(found(3, &value), Some((Some("days"), 4, false)));
        assert_eq!(found(2, &value), Some((Some("days"), 3, false)));
        assert_eq!(found(4, &value), None);
        let inner = json!({ "days": [{ "slots": [1, 2, 3] }] });
        assert_eq!(found(2, &inner), Some((Some("slots"), 3, false)));
    }

    #[test]
    fn an_object_of_many_fields_is_as_long_as_a_list() {
        let found =
            |most, value| longer_than(most, None, value).map(|long| (long.name, long.count, long.is_object));
        let value = json!({ "ok": true, "a": 1, "b": 2 });
        assert_eq!(found(2, &value), Some((None, 3, true)));
        assert_eq!(found(3, &value), None);
        let inner = json!({ "ok": true, "prices": { "x": 1, "y": 2, "z": 3 } });
        assert_eq!(found(2, &inner), Some((Some("prices"), 3, true)));
    }
}
