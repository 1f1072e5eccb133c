//! A provider's listing of its tools, in the shape of MCP's `tools/list` result.

use serde_json::Value;

use super::parse_answer::{deeper_than, without_bom};
use super::types::{Limits, ListedTool};

/// The tools of a listing; `None` where the body is not one. Entries without a name cannot be called and are left out.
pub(super) fn tools(body: &[u8], limits: &Limits) -> Option<Vec<ListedTool>> {
    let body = without_bom(body);
    if deeper_than(body, limits.body_depth) {
        return None;
    }
    entries(serde_json::from_slice(body).ok()?)
}

/// The tools of a listing that has been read.
pub(super) fn entries(listing: Value) -> Option<Vec<ListedTool>> {
    let Value::Object(mut listing) = listing else {
        return None;
    };
    let Value::Array(tools) = listing.remove("tools")? else {
        return None;
    };
    Some(tools.into_iter().filter_map(tool).collect())
}

fn tool(entry: Value) -> Option<ListedTool> {
    let Value::Object(mut entry) = entry else {
        return None;
    };
    let Value::String(name) = entry.remove("name")? else {
        return None;
    };
    let description = match entry.remove("description") {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let mut schema = |key| entry.remove(key).filter(|schema| !schema.is_null());
    let (input_schema, output_schema) = (schema("inputSchema"), schema("outputSchema"));
    Some(ListedTool {
        name,
        description,
        input_schema,
        output_schema,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(body: &str) -> Option<Vec<ListedTool>> {
        tools(body.as_bytes(), &Limits::default())
    }

    #[test]
    fn a_listing_may_be_loose() {
        let found = listed(
            r#"{"tools":[{"name":"a","inputSchema":{"type":"object"},"title":"A"},{"name":7},"b",
               {"name":"c","description":"C","inputSchema":null,"outputSchema":true}],"nextCursor":null}"#,
        )
        .unwrap();
        let expected = [
            ListedTool {
                name: "a".to_owned(),
                description: None,
                input_schema: Some(serde_json::json!({ "type": "object" })),
                output_schema: None,
            },
            ListedTool {
                name: "c".to_owned(),
                description: Some("C".to_owned()),
                input_schema: None,
                output_schema: Some(Value::Bool(true)),
            },
        ];
        assert_eq!(found, expected);
        assert_eq!(listed(r#"{"tools":[]}"#), Some(Vec::new()));
    }

    #[test]
    fn anything_else_is_no_listing() {
        for body in [
            "",
            "[]",
            "{}",
            r#"{"tools":{}}"#,
            r#"{"tools":"a"}"#,
            "<html>",
            r#"{"tools":[}"#,
        ] {
            assert_eq!(listed(body), None, "{body}");
        }
    }
}
