//! The provider's own definition of its tools: names, texts and schemas, as it publishes and checks them.
//!
//! The files in `contract/` are the source, those of v0.1.0 beside the folders of later versions. What agents read of a
//! tool, its description and its annotations, is derived from them here and written nowhere else.

use jsonschema::{Draft, Validator};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::address::is_mailable;

/// The contract of a tool: its published form and the check of its input.
pub(crate) struct Contract {
    /// As it is listed, in the shape of MCP: name, title, description, schemas, annotations.
    pub(crate) published: Value,
    input: Validator,
}

/// A file in `contract/`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    name: String,
    title: String,
    category: Category,
    summary: String,
    when_to_use: String,
    invariants: Vec<String>,
    /// A read changes nothing, so it has none.
    reversibility: Option<Reversibility>,
    #[serde(rename = "inputSchema")]
    input_schema: Value,
    #[serde(rename = "outputSchema")]
    output_schema: Value,
}

#[derive(Deserialize, PartialEq, Eq, Clone, Copy)]
enum Category {
    #[serde(
        rename = "scheduling.read",
        alias = "crm.read",
        alias = "billing.read",
        alias = "sandbox.read"
    )]
    Read,
    #[serde(
        rename = "scheduling.write",
        alias = "crm.write",
        alias = "billing.write",
        alias = "sandbox.write"
    )]
    Write,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reversibility {
    /// The tool that takes back what this one did.
    undone_by: Option<String>,
    /// `true` if the same call, at any later time, changes nothing more.
    repeat_changes_nothing: bool,
}

impl Source {
    /// As MCP lists a tool; its keys and those of the schemas keep their order.
    fn published(&self) -> Value {
        json!({
            "name": self.name,
            "title": self.title,
            "description": self.description(),
            "inputSchema": self.input_schema,
            "outputSchema": self.output_schema,
            "annotations": self.annotations(),
        })
    }

    fn description(&self) -> String {
        let mut text = format!(
            "{}\n\nWhen to use: {}\n\nInvariants:",
            self.summary, self.when_to_use
        );
        for invariant in &self.invariants {
            text.push_str("\n- ");
            text.push_str(invariant);
        }
        text
    }

    /// The annotations by which a cautious client decides, from category and reversibility.
    ///
    /// - A write that no tool takes back is destructive. A booking can be cancelled; a cancellation stays.
    /// - `create_booking` is not idempotent: its window makes it so for 60 seconds, and a client may repeat a call later.
    /// - No tool reaches beyond this tenant's own calendar, so the world is closed.
    fn annotations(&self) -> Value {
        let reads = self.category == Category::Read;
        let reversibility = self.reversibility.as_ref();
        let undone = reversibility.is_some_and(|reversibility| reversibility.undone_by.is_some());
        let repeats = reversibility.is_some_and(|reversibility| reversibility.repeat_changes_nothing);
        json!({
            "title": self.title,
            "readOnlyHint": reads,
            "destructiveHint": !reads && !undone,
            "idempotentHint": reads || repeats,
            "openWorldHint": false,
        })
    }
}

impl Contract {
    #[expect(
        clippy::expect_used,
        reason = "the files are part of the program, and a test reads each"
    )]
    /// The contract that a file in `contract/` holds.
    pub(crate) fn read(text: &str) -> Self {
        let source: Source = serde_json::from_str(text).expect("a bundled contract has its shape");
        let input = validator(&source.input_schema).expect("a bundled schema is sound");
        Self {
            published: source.published(),
            input,
        }
    }

    /// Returns true if the input keeps the schema, but for the breaks that are waived, by keyword and pointer.
    pub(crate) fn admits(&self, input: &Value, waived: impl Fn(&str, &str) -> bool) -> bool {
        self.input.is_valid(input)
            || self
                .input
                .iter_errors(input)
                .all(|error| waived(error.kind().keyword(), error.instance_path().as_str()))
    }

    /// Returns true if a key of the input is there and breaks the schema.
    pub(crate) fn breaks_at(&self, input: &Value, pointer: &str) -> bool {
        self.input
            .iter_errors(input)
            .any(|error| error.instance_path().as_str().starts_with(pointer))
    }

    /// Returns true if anything else than this key breaks the schema.
    pub(crate) fn breaks_beside(&self, input: &Value, pointer: &str) -> bool {
        self.input
            .iter_errors(input)
            .any(|error| !error.instance_path().as_str().starts_with(pointer))
    }
}

fn validator(schema: &Value) -> Result<Validator, jsonschema::ValidationError<'static>> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .with_format("email", is_mailable)
        .build(schema)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::find;
    use crate::version::Version;

    fn contract(tool: &str) -> &'static Contract {
        &find(Version::V0_1_0, true, tool).unwrap().contract
    }

    #[test]
    fn every_contract_is_sound_and_carries_its_name() {
        for served in Version::ALL.iter().flat_map(|version| version.served()) {
            let published = &served.contract.published;
            assert_eq!(published["name"], served.tool.name());
            assert_eq!(published["inputSchema"]["additionalProperties"], false);
            assert!(validator(&published["outputSchema"]).is_ok());
        }
    }

    #[test]
    fn a_description_is_the_summary_when_to_use_it_and_the_invariants() {
        let published = &contract("cancel_booking").published;
        let text = published["description"].as_str().unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "Cancel a previously created booking.");
        assert!(lines[2].starts_with("When to use: Only after the user"), "{text}");
        assert_eq!(lines[4], "Invariants:");
        assert!(
            lines[5].starts_with("- Idempotent: cancelling a booking"),
            "{text}"
        );
        assert_eq!(lines.len(), 8, "{text}");
    }

    #[test]
    fn annotations_follow_from_category_and_reversibility() {
        for (tool, read_only, destructive, idempotent) in [
            ("list_services", true, false, true),
            ("check_availability", true, false, true),
            ("create_booking", false, false, false),
            ("cancel_booking", false, true, true),
            ("list_bookings_for_customer", true, false, true),
            ("list_bookings", true, false, true),
            ("confirm_booking", false, true, true),
            ("reschedule_booking", false, false, true),
            ("record_attendance", false, true, true),
            ("get_customer", true, false, true),
            ("list_customers", true, false, true),
            ("tag_customer", false, false, true),
            ("create_invoice", false, false, true),
            ("get_invoice", true, false, true),
            ("advance_clock", false, false, false),
            ("effects", true, false, true),
        ] {
            let published = &contract(tool).published;
            assert_eq!(
                published["annotations"],
                json!({
                    "title": published["title"],
                    "readOnlyHint": read_only,
                    "destructiveHint": destructive,
                    "idempotentHint": idempotent,
                    "openWorldHint": false,
                })
            );
        }
    }

    #[test]
    fn a_write_says_whether_it_can_be_taken_back_by_a_tool_that_is_there() {
        for served in Version::ALL.iter().flat_map(|version| version.served()) {
            let text = served.tool.contract_text(served.version);
            let source: Source = serde_json::from_str(text).unwrap();
            assert_eq!(source.category == Category::Write, source.reversibility.is_some());
            let undone_by = source
                .reversibility
                .and_then(|reversibility| reversibility.undone_by);
            assert!(undone_by.is_none_or(|name| served.version.tools().any(|tool| tool.name() == name)));
        }
    }

    #[test]
    fn keys_of_a_schema_stay_in_the_order_in_which_they_were_written() {
        let properties = &contract("create_booking").published["inputSchema"]["properties"];
        let keys: Vec<_> = properties
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(
            keys,
            ["notes", "customer", "start_at", "service_id", "agent_vendor"]
        );
    }

    #[test]
    fn formats_are_asserted() {
        let input = |start: &str, email: &str| json!({"service_id": "a", "start_at": start, "customer": {"name": "A", "email": email}});
        let admits = |input: &Value| contract("create_booking").admits(input, |_, _| false);
        assert!(admits(&input("2030-01-01T10:00:00Z", "a@example.com")));
        assert!(admits(&input("2030-01-01T10:00:00+02:00", "a@example.com")));
        assert!(!admits(&input("2030-01-01T10:00:00", "a@example.com")));
        assert!(!admits(&input("2030-02-30T10:00:00Z", "a@example.com")));
        assert!(!admits(&input("2030-01-01T10:00:00Z", "a@")));
    }
}
