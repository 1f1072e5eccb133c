//! A provider's listing of its tools, in the shape of MCP's `tools/list` result.

use serde_json::Value;

use super::parse_answer::{deeper_than, without_bom};
use super::types::{Limits, ListedTool};
use crate::model::{clip, weight};

/// The most tools of a listing that are read.
pub(super) const MOST_TOOLS: usize = 1_000;

/// The most characters of a tool's name.
const LONGEST_NAME: usize = 128;

/// The most characters of a tool's description that are kept.
const LONGEST_DESCRIPTION: usize = 4_000;

/// The most characters of a tool's title that are kept.
const LONGEST_TITLE: usize = 200;

/// The largest schema of a tool that is kept, in bytes.
const LARGEST_SCHEMA: usize = 256 * 1024;

/// Leaves out what nobody reads: tools beyond the most, names that are too long, schemas that are too large. Says so, each in words that
/// end a sentence about the listing.
pub(super) fn bounded(tools: &mut Vec<ListedTool>) -> Vec<String> {
    let mut complaints = Vec::new();
    if tools.len() > MOST_TOOLS {
        tools.truncate(MOST_TOOLS);
        complaints.push(format!(
            "lists more than {MOST_TOOLS} tools, and no more were read"
        ));
    }
    let before = tools.len();
    tools.retain(|tool| tool.name.chars().nth(LONGEST_NAME).is_none());
    if tools.len() < before {
        complaints.push(format!(
            "lists a tool with a name of more than {LONGEST_NAME} characters, which was left out"
        ));
    }
    for tool in tools {
        if let Some(description) = &mut tool.description {
            *description = clip(description, LONGEST_DESCRIPTION);
        }
        for schema in [&mut tool.input_schema, &mut tool.output_schema] {
            if schema
                .as_ref()
                .is_some_and(|schema| weight(schema) > LARGEST_SCHEMA)
            {
                *schema = None;
                complaints.push(format!(
                    "has a schema of more than {} KiB for `{}`, which was left out",
                    LARGEST_SCHEMA / 1024,
                    tool.name
                ));
            }
        }
    }
    complaints.truncate(MOST_COMPLAINTS);
    complaints
}

/// The most complaints about one listing.
const MOST_COMPLAINTS: usize = 10;

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
    let mut part = |key| entry.remove(key).filter(|part| !part.is_null());
    let (input_schema, output_schema) = (part("inputSchema"), part("outputSchema"));
    let mut object = |key| part(key).filter(Value::is_object);
    let (annotations, execution) = (object("annotations"), object("execution"));
    let text = |value: Value| value.as_str().map(|text| clip(text, LONGEST_TITLE));
    // Before 2025-06-18 it stood among the annotations.
    let of_annotations = || annotations.as_ref()?.get("title").cloned();
    let title = part("title").or_else(of_annotations).and_then(text);
    Some(ListedTool {
        name,
        description,
        input_schema,
        output_schema,
        title,
        annotations,
        execution,
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
               {"name":"c","description":"C","inputSchema":null,"outputSchema":true,"annotations":{"readOnlyHint":true,"title":"See"},
                "execution":7}],"nextCursor":null}"#,
        )
        .unwrap();
        let expected = [
            ListedTool {
                name: "a".to_owned(),
                description: None,
                input_schema: Some(serde_json::json!({ "type": "object" })),
                title: Some("A".to_owned()),
                ..ListedTool::default()
            },
            ListedTool {
                name: "c".to_owned(),
                description: Some("C".to_owned()),
                output_schema: Some(Value::Bool(true)),
                title: Some("See".to_owned()),
                annotations: Some(serde_json::json!({ "readOnlyHint": true, "title": "See" })),
                ..ListedTool::default()
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
