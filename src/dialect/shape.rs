//! Fields of a contract's output by path, elements of lists under the path of their list.

use serde_json::Value;

/// Returns true if an output schema has a field; where it has not, the fields that could have been meant.
pub(super) fn field(schema: &Value, path: &[String]) -> Result<(), Vec<String>> {
    let mut schema = schema;
    for (at, name) in path.iter().enumerate() {
        while let Some(items) = schema.get("items") {
            schema = items;
        }
        let Some(fields) = schema.get("properties").and_then(Value::as_object) else {
            return Ok(());
        };
        match fields.get(name) {
            Some(next) => schema = next,
            None => {
                let before = path[..at]
                    .iter()
                    .map(|name| format!("{name}."))
                    .collect::<String>();
                return Err(fields.keys().map(|key| format!("{before}{key}")).collect());
            }
        }
    }
    Ok(())
}
