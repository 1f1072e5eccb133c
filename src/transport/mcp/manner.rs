//! How a tool wants to be called beside its name and its arguments, by what its listing says.

use serde_json::{Map, Value};

use crate::transport::types::ListedTool;

/// The deepest property that a header may repeat.
const DEEPEST: usize = 16;

/// The largest number that every reader of JSON reads alike.
const LARGEST_SAFE: u64 = (1 << 53) - 1;

/// How a tool wants to be called.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Manner {
    /// True if it can be called as a task only (revision 2025-11-25).
    pub(super) as_task: bool,
    /// Arguments that headers repeat (revision 2026-07-28): the name of each header and the way to the argument.
    mirrored: Vec<(String, Vec<String>)>,
}

impl Manner {
    pub(super) fn of(tool: &ListedTool) -> Self {
        let support = tool
            .execution
            .as_ref()
            .and_then(|execution| execution.get("taskSupport"));
        let mut mirrored = Vec::new();
        if let Some(schema) = &tool.input_schema {
            collect(schema, &mut Vec::new(), &mut mirrored);
        }
        Self {
            as_task: support.and_then(Value::as_str) == Some("required"),
            mirrored,
        }
    }

    /// The headers for a call with these arguments: what follows `Mcp-Param-`, and the value.
    pub(super) fn headers(&self, arguments: &Value) -> Vec<(String, String)> {
        let found = self.mirrored.iter().filter_map(|(name, path)| {
            let value = path.iter().try_fold(arguments, |value, key| value.get(key))?;
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Bool(value) => value.to_string(),
                Value::Number(number) if is_safe(number) => number.to_string(),
                _ => return None,
            };
            Some((name.clone(), text))
        });
        found.collect()
    }
}

fn is_safe(number: &serde_json::Number) -> bool {
    let size = number.as_i64().map(i64::unsigned_abs).or_else(|| number.as_u64());
    size.is_some_and(|size| size <= LARGEST_SAFE)
}

/// Collects the properties that name a header, through `properties` alone.
fn collect(schema: &Value, path: &mut Vec<String>, found: &mut Vec<(String, Vec<String>)>) {
    let properties = schema.get("properties").and_then(Value::as_object);
    if path.len() >= DEEPEST {
        return;
    }
    for (key, property) in properties.into_iter().flat_map(Map::iter) {
        path.push(key.clone());
        if let Some(name) = property.get("x-mcp-header").and_then(Value::as_str)
            && !name.is_empty()
        {
            found.push((name.to_owned(), path.clone()));
        }
        collect(property, path, found);
        path.pop();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn headers_repeat_the_arguments_that_the_schema_marks() {
        let tool = ListedTool {
            input_schema: Some(json!({ "type": "object", "properties": {
                "region": { "type": "string", "x-mcp-header": "Region" },
                "count": { "type": "integer", "x-mcp-header": "Count" },
                "deep": { "type": "object", "properties": { "dry": { "type": "boolean", "x-mcp-header": "Dry" } } },
                "list": { "type": "array", "items": { "x-mcp-header": "Never" } },
                "plain": { "type": "string" },
            } })),
            execution: Some(json!({ "taskSupport": "required" })),
            ..ListedTool::default()
        };
        let manner = Manner::of(&tool);
        assert!(manner.as_task);
        let headers =
            manner.headers(&json!({ "region": "eu", "count": 7, "deep": { "dry": true }, "plain": "x" }));
        let expected = [("Region", "eu"), ("Count", "7"), ("Dry", "true")];
        assert_eq!(
            headers,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        assert_eq!(
            manner.headers(&json!({ "region": null, "count": 9_007_199_254_740_992_u64 })),
            []
        );
        assert_eq!(manner.headers(&json!([])), []);
    }
}
