//! The results of a run as the report writes them, one after the other: of thousands no second copy is made.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use crate::model::{CaseResult, Failure, KnownAs, Layer, Level, Outcome, TestResult, Untested};
use crate::report::repeat_line::repeat_line;
use crate::summary::RunSummary;

/// All results of a run, in its order.
#[derive(Debug)]
pub(super) struct Results<'a>(pub(super) &'a RunSummary);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let results = self.0.results.iter();
        serializer.collect_seq(results.map(|result| result_view(self.0, result)))
    }
}

impl JsonSchema for Results<'_> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Results".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<ResultView<'static>>::json_schema(generator)
    }
}

/// The result of one test against one provider.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Result")]
struct ResultView<'a> {
    /// The provider, `platform:tenant`.
    provider: &'a str,
    /// The capability, `domain.tool`.
    capability: &'a str,
    /// The version of the capability.
    version: String,
    /// The name of the test within the capability.
    test: &'a str,
    /// The level of the test.
    level: Level,
    /// Its outcome.
    outcome: Outcome,
    /// Milliseconds spent waiting for the provider in the test's own steps.
    ms: u64,
    /// Calls made in the test's own steps, retries included.
    calls: u32,
    /// The start of the test, in UTC.
    #[schemars(extend("format" = "date-time"))]
    when: String,
    /// The failure, or the reason why nothing was judged. Its first line stands on its own. Null for a plain pass.
    message: Option<&'a str>,
    /// False for a row that was not planned: a wrong answer of a set-up call.
    planned: bool,
    /// Present and true when a retry passed after a failure.
    #[serde(skip_serializing_if = "is_false")]
    flaky: bool,
    /// Present when the baseline knows the failure, so that it does not decide: the list in which it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<KnownAs>,
    /// Present when the test did not come to its telling step: the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    untested: Option<Untested>,
    /// Present and true when the contract makes optional what the test is about, and the provider does without.
    #[serde(skip_serializing_if = "is_false")]
    not_applicable: bool,
    /// Present and true when the edition of the contract does not hold the test yet, so that it does not decide.
    #[serde(skip_serializing_if = "is_false")]
    pending: bool,
    /// The rows of the test's table of cases.
    cases: &'a [CaseResult],
    /// Present if the provider is called through a dialect: the layer that gave the answers that were judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    layer: Option<Layer>,
    /// Present over MCP: the revision that was spoken with the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    era: Option<&'a str>,
    /// Present for a failure over MCP that a command repeats: the line for a shell.
    #[serde(skip_serializing_if = "Option::is_none")]
    repeat: Option<String>,
    /// Limits of the result that do not change its outcome.
    notes: &'a [String],
    /// The facts of a failure, an error or a blocked set-up. Its calls are redacted.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Cow<'a, Failure>>,
}

fn result_view<'a>(summary: &'a RunSummary, result: &'a TestResult) -> ResultView<'a> {
    ResultView {
        provider: result.provider.as_str(),
        capability: result.capability.as_str(),
        version: result.version.to_string(),
        test: result.test.as_str(),
        level: result.level,
        outcome: result.outcome,
        ms: result.ms,
        calls: result.calls,
        when: second(result.when),
        message: result.message.as_deref(),
        planned: result.planned,
        flaky: result.flaky,
        baseline: summary.known_as(result).map(|known| known.list),
        untested: result.untested,
        not_applicable: result.not_applicable,
        pending: summary.is_pending(result),
        cases: &result.cases,
        layer: result.layer,
        era: result.era.as_deref(),
        repeat: repeat(summary, result),
        notes: &result.notes,
        failure: summary.failure_of(result),
    }
}

fn repeat(summary: &RunSummary, result: &TestResult) -> Option<String> {
    match result.outcome {
        Outcome::Fail | Outcome::Error => repeat_line(summary, result, &summary.calls_of(result)),
        _ => None,
    }
}

/// An instant as the report writes it.
pub(super) fn second(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn is_false(value: &bool) -> bool {
    !*value
}
