//! The run as `proofhouse.report/1`. Fields may be added, never removed or renamed.

use std::io;

use chrono::{DateTime, SecondsFormat, Utc};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;

use super::ReportError;
use crate::event::Leftover;
use crate::model::{CaseResult, Failure, Level, Outcome, TestResult, Totals, Verdict};
use crate::summary::{ProviderSummary, RunSummary};

/// The name and version of the format.
pub const REPORT_FORMAT: &str = "proofhouse.report/1";

/// A run of a conformance harness: what was proven, what was not, and why.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "proofhouse.report/1", rename = "Report")]
struct ReportView<'a> {
    /// The name and version of this format.
    #[schemars(extend("const" = "proofhouse.report/1"))]
    format: &'static str,
    /// The run as a whole.
    run: RunView<'a>,
    /// One row a test and provider: providers in the order of the manifest, then by capability, version and test.
    results: Vec<ResultView<'a>>,
    /// How many rows ended how; their sum is the number of rows.
    totals: Totals,
    /// The providers, in the order of the manifest.
    providers: Vec<ProviderView<'a>>,
    /// What differs from a contract without changing an outcome.
    notes: Vec<NoteView<'a>>,
    /// What the tests made and nobody took back.
    leftovers: &'a [Leftover],
}

/// The run as a whole.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Run")]
struct RunView<'a> {
    /// The id of the run.
    id: &'a str,
    /// When it started, in UTC.
    #[schemars(extend("format" = "date-time"))]
    started_at: String,
    /// When it ended, in UTC. Null when its record stops before its end.
    #[schemars(extend("format" = "date-time"))]
    finished_at: Option<String>,
    /// The harness and its version.
    harness: &'a str,
    /// The seed of every random choice.
    seed: u64,
    /// Whether every claimed capability was proven.
    conformant: bool,
    /// The exit code of the run.
    exit: u8,
    /// What the run says, as a word.
    verdict: VerdictView,
    /// Why the run proves nothing as a whole. Null for a run that went to its end and was recorded.
    incomplete: Option<String>,
    /// How many tests were planned.
    planned: usize,
    /// How many rows are failed rulings that decide nothing, because the run is not strict.
    warnings: usize,
    /// Whether a failed ruling counts as a failure.
    strict: bool,
    /// SHA-256 of the plan, in hex.
    plan_digest: &'a str,
}

/// What a run or a provider's part of it says.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[schemars(rename = "Verdict")]
#[serde(rename_all = "snake_case")]
enum VerdictView {
    /// The run was interrupted or killed, or could not be recorded.
    Incomplete,
    /// A must-level test failed.
    Failed,
    /// A must-level test ended in `error`.
    Unreachable,
    /// A claimed capability has no executed must-level test.
    Unproven,
    /// Every claimed capability was proven.
    Conformant,
}

impl From<Verdict> for VerdictView {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Incomplete => Self::Incomplete,
            Verdict::Failed => Self::Failed,
            Verdict::Unreachable => Self::Unreachable,
            Verdict::Unproven => Self::Unproven,
            Verdict::Conformant => Self::Conformant,
        }
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
    /// How binding the test is.
    level: Level,
    /// How it ended.
    outcome: Outcome,
    /// Milliseconds spent waiting for the provider in the test's own steps.
    ms: u64,
    /// Calls made in the test's own steps, retries included.
    calls: u32,
    /// When the test started, in UTC.
    #[schemars(extend("format" = "date-time"))]
    when: String,
    /// What is wrong or why nothing was judged; the first line says it all. Null for a plain pass.
    message: Option<&'a str>,
    /// False for a row that no plan asked for: a set-up answer that was wrong.
    planned: bool,
    /// Present and true when a retry passed after a failure.
    #[serde(skip_serializing_if = "is_false")]
    flaky: bool,
    /// The rows of the test's table of cases.
    cases: &'a [CaseResult],
    /// What limits the result without changing it.
    notes: &'a [String],
    /// What is known of a failure, an error or a blocked set-up. Its calls are redacted.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'a Failure>,
}

/// One provider's part of the run.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Provider")]
struct ProviderView<'a> {
    /// The provider, `platform:tenant`.
    id: &'a str,
    /// Its name for people.
    name: Option<&'a str>,
    /// The selected capabilities that it claims, `domain.tool@version`.
    claims: Vec<String>,
    /// What its rows say.
    verdict: VerdictView,
    /// How many of its rows ended how.
    totals: Totals,
    /// How many of its rows are failed rulings that decide nothing.
    warnings: usize,
    /// Milliseconds spent waiting for it, over its executed tests.
    ms_total: u64,
    /// The median over its executed tests, in milliseconds. Null when none was executed.
    ms_median: Option<u64>,
    /// Every call made to it, discovery and cleanup included.
    calls: u64,
}

/// A difference from a contract that changes no outcome.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Note")]
struct NoteView<'a> {
    /// The provider.
    provider: &'a str,
    /// What was noted.
    note: &'a str,
}

/// The JSON Schema of the report.
pub fn json_schema() -> Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let Value::Object(mut made) = generator.into_root_schema_for::<ReportView<'static>>().to_value() else {
        return Value::Bool(true);
    };
    // What it is stands before what it holds.
    let mut schema = serde_json::Map::new();
    for key in ["$schema", "title", "description"] {
        schema.extend(made.shift_remove(key).map(|value| (key.to_owned(), value)));
    }
    schema.extend(made);
    Value::Object(schema)
}

pub(super) fn write(summary: &RunSummary, out: &mut dyn io::Write) -> Result<(), ReportError> {
    serde_json::to_writer_pretty(&mut *out, &view(summary))?;
    Ok(out.write_all(b"\n")?)
}

fn view(summary: &RunSummary) -> ReportView<'_> {
    let header = &summary.header;
    let verdict = summary.verdict();
    ReportView {
        format: REPORT_FORMAT,
        run: RunView {
            id: header.run.as_str(),
            started_at: second(header.started_at),
            finished_at: summary.footer.as_ref().map(|footer| second(footer.finished_at)),
            harness: &header.harness,
            seed: header.seed,
            conformant: verdict == Verdict::Conformant,
            exit: verdict.exit_code(),
            verdict: verdict.into(),
            incomplete: summary.why_incomplete(),
            planned: header.planned,
            warnings: summary.warnings(),
            strict: header.selection.strict,
            plan_digest: &header.plan_digest,
        },
        results: summary.results.iter().map(result_view).collect(),
        totals: summary.totals,
        providers: summary
            .providers
            .iter()
            .map(|provider| provider_view(summary, provider))
            .collect(),
        notes: summary
            .notes
            .iter()
            .map(|(provider, note)| NoteView {
                provider: provider.as_str(),
                note,
            })
            .collect(),
        leftovers: &summary.leftovers,
    }
}

fn result_view(result: &TestResult) -> ResultView<'_> {
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
        cases: &result.cases,
        notes: &result.notes,
        failure: result.failure.as_deref(),
    }
}

fn provider_view<'a>(summary: &'a RunSummary, provider: &'a ProviderSummary) -> ProviderView<'a> {
    ProviderView {
        id: provider.id.as_str(),
        name: provider.name.as_deref(),
        claims: provider
            .claims
            .iter()
            .map(|claim| format!("{}@{}", claim.capability, claim.version))
            .collect(),
        verdict: summary.verdict_of(provider).into(),
        totals: provider.totals,
        warnings: if summary.header.selection.strict {
            0
        } else {
            provider.should_failures
        },
        ms_total: provider.ms_total,
        ms_median: provider.ms_median,
        calls: provider.calls,
    }
}

/// An instant as the report writes it.
fn second(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn is_false(value: &bool) -> bool {
    !*value
}
