//! The run as `proofhouse.report/1`. Fields may be added, never removed or renamed.

use std::io::{self, Write};

use schemars::generate::SchemaGenerator;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::Value;

use super::baseline::BaselineView;
use super::causes::Causes;
use super::claims::Claims;
use super::providers::Providers;
use super::repeated::RepeatedView;
use super::results::{Results, second};
use super::schema::schema_of;
use crate::event::Leftover;
use crate::model::{PrintableJson, Totals, Verdict};
use crate::report::ReportError;
use crate::summary::{Repetitions, RunSummary};

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
    results: Results<'a>,
    /// The number of rows by outcome. The sum is the number of rows.
    totals: Totals,
    /// The providers, in the order of the manifest.
    providers: Providers<'a>,
    /// The claims: what the run says of each provider, capability and version.
    claims: Claims<'a>,
    /// Why tests failed or were blocked: what differs only in the test that met it stands once. What the baseline knows is not here.
    causes: Causes<'a>,
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
    /// Present for a probe: which tools were called, `none`, `read` or `sandbox`.
    #[serde(skip_serializing_if = "Option::is_none")]
    calls: Option<&'a str>,
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
    let mut out = PrintableJson::new(out);
    serde_json::to_writer_pretty(&mut out, &view)?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
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
            calls: header.selection.calls.as_deref(),
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
        results: Results(summary),
        totals: summary.totals,
        providers: Providers(summary),
        claims: Claims(summary),
        causes: Causes(summary),
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
