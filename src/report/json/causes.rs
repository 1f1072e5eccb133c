//! The causes of a run as the report writes them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{BrokenRule, TestResult};
use crate::summary::{Cause, RunSummary, causes};

/// One reason why tests of a provider failed or were blocked.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Cause")]
pub(super) struct CauseView<'a> {
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
    /// The causes of a run, in its order.
    pub(super) fn all(summary: &'a RunSummary) -> Vec<Self> {
        causes(summary).iter().map(Self::of).collect()
    }

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
