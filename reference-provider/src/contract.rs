//! The provider's own definition of the five tools: names, texts and schemas, as it publishes and checks them.

use std::sync::LazyLock;

use jsonschema::{Draft, Validator};
use serde_json::Value;

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
    /// As it is listed: name, description, schemas, annotations.
    pub(crate) published: Value,
    input: Validator,
}

static CONTRACTS: LazyLock<[Contract; 5]> = LazyLock::new(|| Tool::ALL.map(Contract::of));

impl Contract {
    #[expect(
        clippy::expect_used,
        reason = "the files are part of the program, and a test reads each"
    )]
    fn of(tool: Tool) -> Self {
        let published: Value = serde_json::from_str(tool.text()).expect("a bundled contract is JSON");
        let input = validator(&published["inputSchema"]).expect("a bundled schema is sound");
        Self { published, input }
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
    use serde_json::json;

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
