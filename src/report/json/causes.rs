//! The causes of a run as the report writes them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use crate::model::{BrokenRule, TestResult};
use crate::summary::{Cause, RunSummary, causes};

/// All causes of a run, in its order, those of one provider at a time.
#[derive(Debug)]
pub(super) struct Causes<'a>(pub(super) &'a RunSummary);

impl Serialize for Causes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(causes(self.0).map(|cause| CauseView::of(&cause)))
    }
}

impl JsonSchema for Causes<'_> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Causes".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<CauseView<'_>>::json_schema(generator)
    }
}

/// One reason why tests of a provider failed or were blocked.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Cause")]
struct CauseView<'a> {
    /// The provider, `platform:tenant`.
    provider: &'a str,
    /// The tool that answered wrongly.
    tool: &'a str,
    /// What is wrong, in one line, as the example met it.
    message: &'a str,
    /// The rules that are broken, in the order in which tests met them.
    rules: Vec<&'a BrokenRule>,
    /// The failed tests, `capability@version/test`, those that decide first.
    failed: Vec<String>,
    /// The tests that it kept from being executed.
    blocked: Vec<String>,
    /// The test whose row in `results` shows it best, with its calls.
    example: Option<String>,
}

impl<'a> CauseView<'a> {
    fn of(cause: &Cause<'a>) -> Self {
        let ids = |results: &[&TestResult]| results.iter().map(|result| result.id().to_string()).collect();
        Self {
            provider: cause.provider.as_str(),
            tool: cause.tool,
            message: cause.message,
            rules: cause.rules.clone(),
            failed: ids(&cause.failed),
            blocked: ids(&cause.blocked),
            example: cause.example().map(|result| result.id().to_string()),
        }
    }
}
