//! The two shapes: where each is served, and its tools as they are listed.

use std::sync::LazyLock;

use jsonschema::{Draft, Validator};
use serde::Deserialize;
use serde_json::{Value, json};

/// The description of FavCRM that is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// That of the tools it serves.
    Live,
    /// That of its walkthrough.
    Article,
}

/// A tool of a flavor.
pub(crate) struct Listed {
    /// As MCP lists it.
    pub(crate) published: Value,
    input: Validator,
}

/// An entry of the files in `contract/favcrm`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    name: String,
    title: String,
    description: String,
    #[serde(rename = "inputSchema")]
    input_schema: Value,
}

static LISTED: LazyLock<[Vec<Listed>; 2]> = LazyLock::new(|| {
    [
        include_str!("../../contract/favcrm/live.json"),
        include_str!("../../contract/favcrm/article.json"),
    ]
    .map(read)
});

#[expect(
    clippy::expect_used,
    reason = "the files are part of the program, and a test reads each"
)]
fn read(text: &str) -> Vec<Listed> {
    let sources: Vec<Source> = serde_json::from_str(text).expect("a bundled listing has its shape");
    let listed = |source: Source| Listed {
        input: jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .build(&source.input_schema)
            .expect("a bundled schema is sound"),
        published: source.published(),
    };
    sources.into_iter().map(listed).collect()
}

impl Source {
    /// As FavCRM lists a tool: its annotations follow from its name, and its output is the same untyped envelope as every
    /// other's.
    fn published(self) -> Value {
        let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| self.name.starts_with(prefix));
        let reads = begins(&["list_", "get_", "search_"]);
        let destroys = begins(&["cancel_"]);
        // Somebody else takes the money.
        let reaches_out = self.name.ends_with("_invoice");
        json!({
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": self.input_schema,
            "outputSchema": {
                "type": "object",
                "required": ["data", "summary", "renderType"],
                "properties": { "data": {}, "summary": { "type": "string" }, "renderType": { "type": "string" } },
            },
            "annotations": {
                "title": self.title,
                "readOnlyHint": reads,
                "destructiveHint": destroys,
                "idempotentHint": reads,
                "openWorldHint": reaches_out,
            },
        })
    }
}

impl Listed {
    /// Its name on the wire.
    pub(crate) fn name(&self) -> &str {
        self.published["name"].as_str().unwrap_or_default()
    }

    /// The first break of the schema in an input; `None` if it keeps the schema.
    pub(super) fn complaint(&self, input: &Value) -> Option<String> {
        let error = self.input.iter_errors(input).next()?;
        Some(match error.instance_path().as_str() {
            "" => error.to_string(),
            pointer => format!("{pointer}: {error}"),
        })
    }
}

impl Shape {
    /// The path after the address of a tenant.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Live => "/favcrm",
            Self::Article => "/favcrm-article",
        }
    }

    /// Its tools, in the order in which they are listed.
    pub(crate) fn tools(self) -> &'static [Listed] {
        &LISTED[self as usize]
    }

    /// The tool of this name.
    pub(crate) fn find(self, name: &str) -> Option<&'static Listed> {
        self.tools().iter().find(|tool| tool.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_reads_destroys_or_reaches_out_as_its_name_says() {
        for (name, reads, destroys, reaches_out) in [
            ("search_members", true, false, false),
            ("create_booking", false, false, false),
            ("cancel_booking", false, true, false),
            ("create_invoice", false, false, true),
        ] {
            let hints = &Shape::Live.find(name).unwrap().published["annotations"];
            let said = ["readOnlyHint", "destructiveHint", "openWorldHint"].map(|hint| hints[hint].as_bool());
            assert_eq!(said, [reads, destroys, reaches_out].map(Some), "{name}");
        }
    }

    #[test]
    fn the_article_knows_neither_accounts_nor_cancelling() {
        for name in ["search_members", "create_account", "cancel_booking"] {
            assert!(Shape::Live.find(name).is_some() && Shape::Article.find(name).is_none());
        }
    }

    #[test]
    fn a_complaint_names_the_place() {
        let tool = Shape::Live.find("get_available_slots").unwrap();
        let complaint = |input| tool.complaint(&input);
        assert_eq!(complaint(json!({ "serviceId": "a", "date": "2027-03-02" })), None);
        assert!(
            complaint(json!({ "serviceId": "a", "date": "2027-02-30" }))
                .unwrap()
                .starts_with("/date: ")
        );
        assert!(complaint(Value::Null).is_some());
    }
}
