//! The tools of a listing, as a server gives it or as somebody saved it.

use serde_json::Value;

use super::tool::Tool;

/// The name and version of a listing that was kept.
const FORMAT: &str = "proofhouse.tools/1";

/// The tools in a saved answer to `tools/list`: the whole message, its result, or the list alone.
///
/// # Errors
///
/// There is no list of tools in it, in words.
pub fn tools_of(saved: &Value) -> Result<Vec<Tool>, String> {
    if let Some(format) = saved.get("format").and_then(Value::as_str)
        && format != FORMAT
    {
        return Err(format!("its format is `{format}`, and `{FORMAT}` is known here"));
    }
    let places = [saved.pointer("/result/tools"), saved.get("tools"), Some(saved)];
    let list = places.into_iter().flatten().find_map(Value::as_array);
    let list = list.ok_or("it has no list under `tools`, as an answer to `tools/list` has")?;
    list.iter()
        .enumerate()
        .map(|(at, tool)| tool_of(tool).ok_or_else(|| format!("tool {at} of the list has no `name`")))
        .collect()
}

fn tool_of(tool: &Value) -> Option<Tool> {
    let text = |name: &str| tool.get(name).and_then(Value::as_str).map(str::to_owned);
    let schema = |name: &str| tool.get(name).filter(|schema| !schema.is_null()).cloned();
    let name = text("name").filter(|name| !name.is_empty())?;
    let schemas = (schema("inputSchema"), schema("outputSchema"));
    Some(Tool::listed(
        name,
        text("title"),
        text("description"),
        schemas,
        tool.get("annotations"),
    ))
}
