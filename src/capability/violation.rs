//! Violations of a schema by a value, in words for someone who does not read schemas.

use std::fmt;

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::paths::LocationSegment;
use serde_json::Value;

use super::json_text::join;
use crate::model::{clip, plural};

/// The most characters that are shown of a wrong value.
const SHOWN: usize = 80;

/// The most unknown names that a message lists. It says how many more there are.
const LISTED: usize = 5;

/// The most characters of a place that are shown: the names in it are the provider's.
const PLACE: usize = 200;

/// One place in which a value does not follow its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The place as people write it, `customer.email` or `slots[2].start_at`; empty for the value as a whole.
    pub path: String,
    /// The same place as a JSON pointer.
    pub pointer: String,
    /// A fragment that says what was expected and what was found, without the place.
    pub message: String,
    /// The keyword that was broken: `required`, `format`.
    pub keyword: String,
}

impl Violation {
    /// A value that no schema can judge, because its own cannot be compiled.
    pub(super) fn of_schema(message: &str) -> Self {
        Self {
            path: String::new(),
            pointer: String::new(),
            message: message.to_owned(),
            keyword: String::new(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "`{}`: {}", self.path, self.message)
        }
    }
}

/// The violations behind an error, at least one. Where no branch fits, those of the branch that fits best.
pub(super) fn of(error: &ValidationError<'_>) -> Vec<Violation> {
    if let Kind::OneOfNotValid { context } | Kind::AnyOf { context } = error.kind()
        && let Some(branch) = best(context)
    {
        return branch.iter().flat_map(of).collect();
    }
    let mut path = String::new();
    let mut pointer = String::new();
    for segment in error.instance_path().segments() {
        match segment {
            LocationSegment::Property(name) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&clip(&name, SHOWN));
                pointer = join(&pointer, &name);
            }
            LocationSegment::Index(at) => {
                path = format!("{path}[{at}]");
                pointer = format!("{pointer}/{at}");
            }
        }
    }
    vec![Violation {
        path: clip(&path, PLACE),
        pointer,
        message: message(error),
        keyword: error.kind().keyword().to_owned(),
    }]
}

/// The branch that was meant: its constants hold, and least else is broken. None where all are about a constant alone.
fn best<'a>(context: &'a [Vec<ValidationError<'static>>]) -> Option<&'a Vec<ValidationError<'static>>> {
    let constants = |branch: &[ValidationError<'_>]| {
        branch
            .iter()
            .filter(|error| matches!(error.kind(), Kind::Constant { .. }))
            .count()
    };
    context
        .iter()
        .filter(|branch| !branch.is_empty())
        .min_by_key(|branch| (constants(branch), branch.len()))
        .filter(|branch| constants(branch) < branch.len())
}

fn message(error: &ValidationError<'_>) -> String {
    let found = || found(error.instance());
    match error.kind() {
        Kind::Required { property } => format!("`{}` is missing", property.as_str().unwrap_or_default()),
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            format!("{} not allowed here", are(unexpected))
        }
        Kind::Type { kind } => format!("expected {}, found {}", kinds(kind), found()),
        Kind::Format { format } => format!("expected {}, found {}", form(format), found()),
        Kind::Enum { options } => format!("expected one of {}, found {}", list(options), found()),
        Kind::Constant { expected_value } => format!("expected {expected_value}, found {}", found()),
        Kind::Pattern { pattern } => format!("expected a text that matches `{pattern}`, found {}", found()),
        Kind::MinLength { limit } => format!(
            "expected at least {}, found {}",
            plural(*limit, "character"),
            found()
        ),
        Kind::MaxLength { limit } => format!(
            "expected at most {}, found {}",
            plural(*limit, "character"),
            error.instance().as_str().map_or(0, |text| text.chars().count())
        ),
        Kind::MinItems { limit } => format!(
            "expected at least {}, found {}",
            plural(*limit, "item"),
            items(error)
        ),
        Kind::MaxItems { limit } => format!(
            "expected at most {}, found {}",
            plural(*limit, "item"),
            items(error)
        ),
        Kind::Minimum { limit } => format!("expected {limit} or more, found {}", found()),
        Kind::Maximum { limit } => format!("expected {limit} or less, found {}", found()),
        Kind::ExclusiveMinimum { limit } => format!("expected more than {limit}, found {}", found()),
        Kind::ExclusiveMaximum { limit } => format!("expected less than {limit}, found {}", found()),
        Kind::FalseSchema => format!("nothing is allowed here, found {}", found()),
        Kind::Not { .. } => format!("what the schema excludes was found: {}", found()),
        Kind::UniqueItems => "an item stands twice".to_owned(),
        Kind::OneOfMultipleValid { .. } => "more than one branch of `oneOf` fits".to_owned(),
        Kind::OneOfNotValid { context } | Kind::AnyOf { context } => {
            let expected: Vec<_> = context.iter().flatten().map(message).collect();
            clip(&format!("no branch fits: {}", expected.join("; or ")), 4 * SHOWN)
        }
        _ => clip(&error.to_string(), 4 * SHOWN),
    }
}

fn found(value: &Value) -> String {
    match value {
        Value::Object(_) => format!("the object {}", clip(&value.to_string(), SHOWN)),
        Value::Array(_) => format!("the list {}", clip(&value.to_string(), SHOWN)),
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => clip(&value.to_string(), SHOWN),
    }
}

fn items(error: &ValidationError<'_>) -> usize {
    error.instance().as_array().map_or(0, Vec::len)
}

fn are(names: &[String]) -> String {
    let quoted: Vec<_> = names
        .iter()
        .take(LISTED)
        .map(|name| format!("`{}`", clip(name, SHOWN)))
        .collect();
    let more = match names.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "{}{more} {}",
        quoted.join(", "),
        if names.len() == 1 { "is" } else { "are" }
    )
}

fn list(options: &Value) -> String {
    options
        .as_array()
        .into_iter()
        .flatten()
        .map(Value::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

fn kinds(kind: &TypeKind) -> String {
    let name = |kind: &str| match kind {
        "array" => "a list".to_owned(),
        "integer" => "a whole number".to_owned(),
        "null" => "null".to_owned(),
        "object" => "an object".to_owned(),
        other => format!("a {other}"),
    };
    match kind {
        TypeKind::Single(kind) => name(kind.as_str()),
        TypeKind::Multiple(kinds) => kinds
            .iter()
            .map(|kind| name(kind.as_str()))
            .collect::<Vec<_>>()
            .join(" or "),
    }
}

fn form(format: &str) -> String {
    match format {
        "date-time" => "a date and time with an offset (RFC 3339)".to_owned(),
        "date" => "a date (YYYY-MM-DD)".to_owned(),
        "email" => "an email address".to_owned(),
        "uri" => "an absolute URI".to_owned(),
        other => format!("the format `{other}`"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::schema::sample;

    fn told(schema: &Value, value: &Value) -> String {
        let violations = sample(&schema.to_string()).violations(value);
        violations
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn each_violation_names_its_place_and_what_was_expected() {
        let schema = json!({ "type": "object", "required": ["ok", "id"], "additionalProperties": false, "properties": {
            "ok": { "type": "boolean" },
            "error": { "type": "string", "enum": ["slot_taken", "past_time"] },
            "customer": { "type": "object", "properties": {
                "email": { "type": "string", "format": "email" }, "name": { "type": "string", "minLength": 1 } } },
            "slots": { "type": "array", "maxItems": 1, "items": { "type": "object", "properties": {
                "start_at": { "type": "string", "format": "date-time" } } } },
            "limit": { "type": ["integer", "null"], "minimum": 1 }
        } });
        let value = json!({
            "ok": "yes", "error": "taken", "customer": { "email": "a@", "name": "" },
            "slots": [{ "start_at": "2027-03-02T09:00:00Z" }, { "start_at": "nine" }], "limit": 0, "extra": 1
        });
        insta::assert_snapshot!(told(&schema, &value), @r#"
        `id` is missing
        `ok`: expected a boolean, found "yes"
        `error`: expected one of "slot_taken", "past_time", found "taken"
        `customer.email`: expected an email address, found "a@"
        `customer.name`: expected at least 1 character, found ""
        `slots`: expected at most 1 item, found 2
        `slots[1].start_at`: expected a date and time with an offset (RFC 3339), found "nine"
        `limit`: expected 1 or more, found 0
        `extra` is not allowed here
        "#);
    }

    #[test]
    fn of_several_branches_the_one_that_was_meant_is_told() {
        let schema = json!({ "type": "object", "oneOf": [
            { "required": ["booking_id"], "properties": { "ok": { "const": true }, "booking_id": { "type": "string" } } },
            { "required": ["error"], "properties": { "ok": { "const": false }, "error": { "type": "string" } } }
        ] });
        assert_eq!(told(&schema, &json!({ "ok": true })), "`booking_id` is missing");
        assert_eq!(
            told(&schema, &json!({ "ok": false, "error": 7 })),
            "`error`: expected a string, found 7"
        );
    }

    #[test]
    fn of_many_unknown_names_a_few_are_told() {
        let unknown = (0..40_000).map(|number| (format!("k{number:05}"), Value::Null));
        let value = Value::Object(unknown.collect());
        assert_eq!(
            told(
                &json!({ "type": "object", "properties": { "ok": true }, "additionalProperties": false }),
                &value
            ),
            "`k00000`, `k00001`, `k00002`, `k00003`, `k00004` and 39995 more are not allowed here"
        );
        let long = json!({ "x".repeat(100_000): { "y".repeat(100_000): 1 } });
        let inner = json!({ "type": "object", "additionalProperties": { "type": "object",
            "additionalProperties": { "type": "string" } } });
        assert!(told(&inner, &long).len() < 400);
    }

    #[test]
    fn a_long_value_is_clipped() {
        let text = told(&json!({ "type": "integer" }), &json!("x".repeat(1000)));
        assert!(text.len() < 200, "{text}");
    }
}
