//! The length of the lists in an answer. Nobody who calls a tool reads a list without end, and no check should run over one.

use serde_json::Value;

use super::finding::Finding;
use crate::capability::Capability;
use crate::model::clip;

/// The most items of a list that are read, unless the contract itself allows more.
const MOST_ITEMS: usize = 2_000;

/// The most characters of the name of a list that are shown.
const SHOWN: usize = 60;

/// Finds a list in an answer that is longer than is read: more than 2000 items, or than the largest `maxItems` of the contract if that is
/// more.
pub fn too_long(tool: &Capability, output: &Value) -> Option<Finding> {
    let most = MOST_ITEMS.max(tool.output.longest_list());
    let (name, count) = longer_than(most, "items", output)?;
    let finding = Finding::new(format!(
        "{} lists {count} `{}`, more than {most} are not read",
        tool.tool(),
        clip(name, SHOWN)
    ));
    Some(finding.sides(format!("at most {most} items"), format!("{count} items")))
}

/// The name and the length of a list with more items than this. A list inside a list has the name of the outer one.
fn longer_than<'v>(most: usize, name: &'v str, value: &'v Value) -> Option<(&'v str, usize)> {
    match value {
        Value::Array(items) if items.len() > most => Some((name, items.len())),
        Value::Array(items) => items.iter().find_map(|item| longer_than(most, name, item)),
        Value::Object(fields) => fields
            .iter()
            .find_map(|(name, value)| longer_than(most, name, value)),
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
        assert_eq!(longer_than(3, "items", &value), Some(("days", 4)));
        assert_eq!(longer_than(2, "items", &value), Some(("days", 3)));
        assert_eq!(longer_than(4, "items", &value), None);
        let inner = json!({ "days": [{ "slots": [1, 2, 3] }] });
        assert_eq!(longer_than(2, "items", &inner), Some(("slots", 3)));
    }
}
