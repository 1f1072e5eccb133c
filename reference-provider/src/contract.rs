//! The provider's own definition of the five tools: names, texts and schemas, as it publishes and checks them.
//!
//! The files in `contract/` are the source. What agents read of a tool, its description and its annotations, is derived
//! from them here and written nowhere else.

use std::sync::LazyLock;

use jsonschema::{Draft, Validator};
use serde::Deserialize;
use serde_json::{Value, json};

/// One of the tools of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// `list_services`
    ListServices,
    /// `check_availability`
    CheckAvailability,
    /// `create_booking`
    CreateBooking,
    /// `cancel_booking`
    CancelBooking,
    /// `list_bookings_for_customer`
    ListBookingsForCustomer,
}

impl Tool {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 5] = [
        Self::ListServices,
        Self::CheckAvailability,
        Self::CreateBooking,
        Self::CancelBooking,
        Self::ListBookingsForCustomer,
    ];

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::ListServices => "list_services",
            Self::CheckAvailability => "check_availability",
            Self::CreateBooking => "create_booking",
            Self::CancelBooking => "cancel_booking",
            Self::ListBookingsForCustomer => "list_bookings_for_customer",
        }
    }

    /// The tool of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.name() == name)
    }

    pub(crate) fn contract(self) -> &'static Contract {
        &CONTRACTS[self as usize]
    }

    fn text(self) -> &'static str {
        match self {
            Self::ListServices => include_str!("../contract/list_services.json"),
            Self::CheckAvailability => include_str!("../contract/check_availability.json"),
            Self::CreateBooking => include_str!("../contract/create_booking.json"),
            Self::CancelBooking => include_str!("../contract/cancel_booking.json"),
            Self::ListBookingsForCustomer => include_str!("../contract/list_bookings_for_customer.json"),
        }
    }
}

/// What a tool promises.
pub(crate) struct Contract {
    /// As it is listed, in the shape of MCP: name, title, description, schemas, annotations.
    pub(crate) published: Value,
    input: Validator,
}

static CONTRACTS: LazyLock<[Contract; 5]> = LazyLock::new(|| Tool::ALL.map(Contract::of));

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
    #[serde(rename = "scheduling.read")]
    Read,
    #[serde(rename = "scheduling.write")]
    Write,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reversibility {
    /// The tool that takes back what this one did.
    undone_by: Option<String>,
    /// Whether the same call, at any later time, changes nothing more.
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

    /// What a cautious client decides by, from category and reversibility.
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
    fn of(tool: Tool) -> Self {
        let source: Source = serde_json::from_str(tool.text()).expect("a bundled contract has its shape");
        let input = validator(&source.input_schema).expect("a bundled schema is sound");
        Self {
            published: source.published(),
            input,
        }
    }

    /// Whether the input keeps the schema, but for what is waived: by keyword, at a pointer.
    pub(crate) fn admits(&self, input: &Value, waived: impl Fn(&str, &str) -> bool) -> bool {
        self.input.is_valid(input)
            || self
                .input
                .iter_errors(input)
                .all(|error| waived(error.kind().keyword(), error.instance_path().as_str()))
    }

    /// Whether a key of the input, if it is there, is at fault.
    pub(crate) fn faults_at(&self, input: &Value, pointer: &str) -> bool {
        self.input
            .iter_errors(input)
            .any(|error| error.instance_path().as_str().starts_with(pointer))
    }
}

fn validator(schema: &Value) -> Result<Validator, jsonschema::ValidationError<'static>> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .build(schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_contract_is_sound_and_carries_its_name() {
        for tool in Tool::ALL {
            let published = &tool.contract().published;
            assert_eq!(published["name"], tool.name());
            assert_eq!(published["inputSchema"]["additionalProperties"], false);
            assert!(validator(&published["outputSchema"]).is_ok());
            assert_eq!(Tool::named(tool.name()), Some(tool));
        }
    }

    #[test]
    fn a_description_is_the_summary_when_to_use_it_and_the_invariants() {
        let published = &Tool::CancelBooking.contract().published;
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
            (Tool::ListServices, true, false, true),
            (Tool::CheckAvailability, true, false, true),
            (Tool::CreateBooking, false, false, false),
            (Tool::CancelBooking, false, true, true),
            (Tool::ListBookingsForCustomer, true, false, true),
        ] {
            let published = &tool.contract().published;
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
        for tool in Tool::ALL {
            let source: Source = serde_json::from_str(tool.text()).unwrap();
            assert_eq!(source.category == Category::Write, source.reversibility.is_some());
            let undone_by = source
                .reversibility
                .and_then(|reversibility| reversibility.undone_by);
            assert!(undone_by.is_none_or(|name| Tool::named(&name).is_some()));
        }
    }

    #[test]
    fn keys_of_a_schema_stay_in_the_order_in_which_they_were_written() {
        let properties = &Tool::CreateBooking.contract().published["inputSchema"]["properties"];
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
        let admits = |input: &Value| Tool::CreateBooking.contract().admits(input, |_, _| false);
        assert!(admits(&input("2030-01-01T10:00:00Z", "a@example.com")));
        assert!(admits(&input("2030-01-01T10:00:00+02:00", "a@example.com")));
        assert!(!admits(&input("2030-01-01T10:00:00", "a@example.com")));
        assert!(!admits(&input("2030-02-30T10:00:00Z", "a@example.com")));
        assert!(!admits(&input("2030-01-01T10:00:00Z", "a@")));
    }
}
