//! The run as `proofhouse.report/1`. Fields may be added, never removed or renamed.

use std::io;

use chrono::{DateTime, SecondsFormat, Utc};
use schemars::generate::SchemaGenerator;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::Value;

use super::baseline::BaselineView;
use super::causes::CauseView;
use super::claims::ClaimView;
use super::repeated::RepeatedView;
use super::schema::schema_of;
use crate::event::Leftover;
use crate::model::{
    CaseResult, Failure, KnownAs, Layer, Level, Outcome, TestResult, Totals, Untested, Verdict,
    printable_json,
};
use crate::report::ReportError;
use crate::summary::{ProviderSummary, Repetitions, RunSummary};

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
    /// The number of rows by outcome. The sum is the number of rows.
    totals: Totals,
    /// The providers, in the order of the manifest.
    providers: Vec<ProviderView<'a>>,
    /// The claims: what the run says of each provider, capability and version.
    claims: Vec<ClaimView>,
    /// Why tests failed or were blocked: what differs only in the test that met it stands once. What the baseline knows is not here.
    causes: Vec<CauseView<'a>>,
    /// Differences from a contract that change no outcome.
    notes: Vec<NoteView<'a>>,
    /// Everything that the tests made and that was not undone.
    leftovers: &'a [Leftover],
    /// Present when the plan was run several times: how each test ended in all runs. Everything else is of the run that ended worst.
    #[serde(skip_serializing_if = "Option::is_none")]
    repeated: Option<RepeatedView<'a>>,
}

/// The run as a whole.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Run")]
struct RunView<'a> {
    /// The id of the run.
    id: &'a str,
    /// The start of the run, in UTC.
    #[schemars(extend("format" = "date-time"))]
    started_at: String,
    /// The end of the run, in UTC. Null if its record stops before that.
    #[schemars(extend("format" = "date-time"))]
    finished_at: Option<String>,
    /// The harness and its version.
    harness: &'a str,
    /// The release of the time zone database by which local times were judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zones: Option<&'a str>,
    /// The seed of every random choice.
    seed: u64,
    /// True if every claim is conformant. False for a run that left tests out: it judges no claim.
    conformant: bool,
    /// The exit code of the run.
    exit: u8,
    /// The verdict on the run, as a word.
    verdict: Verdict,
    /// The reason why the run proves nothing as a whole. Null for a run that went to its end and was recorded.
    incomplete: Option<String>,
    /// The number of planned tests.
    planned: usize,
    /// The number of rows that are failed rulings and decide nothing, because the run is not strict.
    warnings: usize,
    /// True if a failed ruling counts as a failure.
    strict: bool,
    /// SHA-256 of the plan, in hex.
    plan_digest: &'a str,
    /// The part of a plan that the run covers. Absent for a run of everything that was selected.
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<PartView<'a>>,
    /// The runs that were merged into this one. Absent for a run that took place as such.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    merged: Vec<&'a str>,
    /// The effect of the baseline on the run. Null for a run without one.
    baseline: Option<BaselineView<'a>>,
}

/// A part of a plan, which some runs share among them.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Part")]
struct PartView<'a> {
    /// The number of the part, counted from 1.
    number: usize,
    /// The number of parts.
    of: usize,
    /// SHA-256 of the whole plan, in hex.
    whole_digest: &'a str,
    /// The number of tests in the whole plan.
    whole_planned: usize,
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
    /// Limits of the result that do not change its outcome.
    notes: &'a [String],
    /// The facts of a failure, an error or a blocked set-up. Its calls are redacted.
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
    /// The dialect through which it was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    dialect: Option<DialectView<'a>>,
    /// The selected capabilities that it claims, `domain.tool@version`.
    claims: Vec<String>,
    /// The verdict on its rows.
    verdict: Verdict,
    /// The number of its rows by outcome.
    totals: Totals,
    /// The number of its rows that are failed rulings and decide nothing.
    warnings: usize,
    /// The number of its rows that are failures which would decide if the baseline did not know them.
    known: usize,
    /// Milliseconds spent waiting for it, over its executed tests.
    ms_total: u64,
    /// The median over its executed tests, in milliseconds. Null when none was executed.
    ms_median: Option<u64>,
    /// Every call made to it, discovery and cleanup included.
    calls: u64,
}

/// A mapping between contracts and a provider's own interface.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Dialect")]
struct DialectView<'a> {
    /// Its name.
    name: &'a str,
    /// SHA-256 of its file, in hex.
    digest: &'a str,
}

/// A difference from a contract that changes no outcome.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Note")]
struct NoteView<'a> {
    /// The provider.
    provider: &'a str,
    /// The note.
    note: &'a str,
}

/// The JSON Schema of the report.
pub fn json_schema() -> Value {
    schema_of::<ReportView<'static>>()
}

/// The JSON Schema of the report, its parts among the definitions of a larger document.
pub fn json_schema_in(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<ReportView<'static>>()
}

/// The report of a run as data.
///
/// # Errors
///
/// The summary cannot be written as JSON. No such summary is known.
pub fn json(summary: &RunSummary) -> Result<Value, ReportError> {
    Ok(serde_json::to_value(view(summary))?)
}

pub(in crate::report) fn write(
    summary: &RunSummary,
    repetitions: Option<&Repetitions>,
    out: &mut dyn io::Write,
) -> Result<(), ReportError> {
    let view = ReportView {
        repeated: repetitions.map(RepeatedView::of),
        ..view(summary)
    };
    let json = serde_json::to_string_pretty(&view)?;
    Ok(writeln!(out, "{}", printable_json(&json))?)
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
            time_zones: header.time_zones.as_deref(),
            seed: header.seed,
            conformant: verdict == Verdict::Conformant && summary.why_filtered().is_none(),
            exit: verdict.exit_code(),
            verdict,
            incomplete: summary.why_incomplete(),
            planned: header.planned,
            warnings: summary.warnings(),
            strict: header.selection.strict,
            plan_digest: &header.plan_digest,
            part: header.part.as_ref().map(|record| PartView {
                number: record.part.number,
                of: record.part.of,
                whole_digest: &record.whole_digest,
                whole_planned: record.whole_planned,
            }),
            merged: header.merged.iter().map(|part| part.run.as_str()).collect(),
            baseline: BaselineView::of(summary),
        },
        results: summary
            .results
            .iter()
            .map(|result| result_view(summary, result))
            .collect(),
        totals: summary.totals,
        providers: summary
            .providers
            .iter()
            .map(|provider| provider_view(summary, provider))
            .collect(),
        claims: ClaimView::all(summary),
        causes: CauseView::all(summary),
        notes: summary
            .notes
            .iter()
            .map(|(provider, note)| NoteView {
                provider: provider.as_str(),
                note,
            })
            .collect(),
        leftovers: &summary.leftovers,
        repeated: None,
    }
}

fn result_view<'a>(summary: &RunSummary, result: &'a TestResult) -> ResultView<'a> {
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
        notes: &result.notes,
        failure: result.failure.as_deref(),
    }
}

fn provider_view<'a>(summary: &'a RunSummary, provider: &'a ProviderSummary) -> ProviderView<'a> {
    ProviderView {
        id: provider.id.as_str(),
        name: provider.name.as_deref(),
        dialect: summary
            .header
            .providers
            .iter()
            .filter(|record| record.id == provider.id)
            .find_map(|record| record.dialect.as_ref())
            .map(|dialect| DialectView {
                name: &dialect.name,
                digest: &dialect.digest,
            }),
        claims: provider
            .claims
            .iter()
            .map(|claim| format!("{}@{}", claim.capability, claim.version))
            .collect(),
        verdict: summary.verdict_of(provider),
        totals: provider.totals,
        warnings: summary.warnings_of(provider),
        known: provider.known,
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
