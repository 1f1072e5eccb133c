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
                let before = path
                    .iter()
                    .take(at)
                    .map(|name| format!("{name}."))
                    .collect::<String>();
                return Err(fields.keys().map(|key| format!("{before}{key}")).collect());
            }
        }
    }
    Ok(())
}

/// Returns true if an input schema has a text at a path that may be left out and that has no form of its own.
pub(super) fn is_optional_text(schema: &Value, path: &[String]) -> bool {
    let mut schema = schema;
    let mut optional = false;
    for name in path {
        let required = schema.get("required").and_then(Value::as_array);
        optional |= !required.is_some_and(|required| required.iter().any(|known| known == name.as_str()));
        match schema.get("properties").and_then(|fields| fields.get(name)) {
            Some(next) => schema = next,
            None => return false,
        }
    }
    let formed = ["enum", "const", "format", "pattern"];
    optional
        && schema.get("type").is_some_and(|kind| kind == "string")
        && !formed.iter().any(|key| schema.get(key).is_some())
}

/// Returns true if a schema has a property of a name anywhere in it.
pub(super) fn gives(schema: &Value, name: &str) -> bool {
    match schema {
        Value::Object(keys) => {
            keys.get("properties")
                .and_then(|fields| fields.get(name))
                .is_some()
                || keys.values().any(|part| gives(part, name))
        }
        Value::Array(parts) => parts.iter().any(|part| gives(part, name)),
        _ => false,
    }
}

/// Returns true if a field stands in the elements of a list and is true or false there. A list whose elements are all said to be so by a
/// dialect says as much by what is in it, which is the provider's word.
pub(super) fn is_flag_of_elements(schema: &Value, path: &[String]) -> bool {
    let mut schema = schema;
    let mut in_list = false;
    for name in path {
        while let Some(items) = schema.get("items") {
            in_list = true;
            schema = items;
        }
        match schema.get("properties").and_then(|fields| fields.get(name)) {
            Some(next) => schema = next,
            None => return false,
        }
    }
    in_list && schema.get("type").is_some_and(|kind| kind == "boolean")
}
