//! The matrix as `proofhouse.matrix/1`. Fields may be added, never removed or renamed.

use std::io;

use schemars::generate::SchemaGenerator;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::Value;

use crate::matrix::{Fate, FaultRow, Finding, Kill, KillMatrix, RuleRow, RuleState};
use crate::model::{Level, printable_json};
use crate::report::ReportError;
use crate::report::json::schema_of;

/// The name and version of the format.
pub const MATRIX_FORMAT: &str = "proofhouse.matrix/1";

/// A kill matrix: which tests fail a provider that is wrong in one known way, and which rules are proven by that.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "proofhouse.matrix/1", rename = "Matrix")]
struct MatrixView<'a> {
    /// The name and version of this format.
    #[schemars(extend("const" = "proofhouse.matrix/1"))]
    format: &'static str,
    /// True if there are no findings.
    green: bool,
    /// True if every known fault took part. Otherwise `rules` is empty.
    whole: bool,
    /// The number of faults by fate.
    totals: TotalsView,
    /// The faults.
    faults: Vec<FaultView<'a>>,
    /// The rules of every contract.
    rules: Vec<RuleView<'a>>,
    /// The correct providers that took part.
    correct: Vec<&'a str>,
    /// The findings. The matrix is green without any.
    findings: Vec<FindingView>,
}

/// The number of faults by fate.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Totals")]
struct TotalsView {
    /// All of them.
    faults: usize,
    /// Some test fails.
    killed: usize,
    /// No test fails, for a reason in writing.
    excused: usize,
    /// No test fails.
    survivors: usize,
}

/// A fault.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Fault")]
struct FaultView<'a> {
    /// Its name.
    name: &'a str,
    /// The wrong behaviour of the provider.
    does: &'a str,
    /// The rule that it breaks, `tool/rule`.
    breaks: String,
    /// Its fate.
    fate: FateView,
    /// The reason why no test kills it. Null unless it is excused.
    reason: Option<&'a str>,
    /// The failed tests that verify the rule.
    by: Vec<KillView<'a>>,
    /// The failed tests that verify something else; which ones may differ from run to run.
    also: Vec<KillView<'a>>,
    /// The number of tests that ended in `error`, which kills nothing.
    errors: usize,
}

/// The fate of a fault.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Fate")]
#[serde(rename_all = "snake_case")]
enum FateView {
    /// Some test fails.
    Killed,
    /// No test fails, for a reason in writing.
    Excused,
    /// No test fails.
    Survived,
}

/// A failed test of a provider with a fault.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Kill")]
struct KillView<'a> {
    /// The test in full.
    test: String,
    /// Its level.
    level: Level,
    /// True if it is the set-up of another test, which got a wrong answer.
    set_up: bool,
    /// The message of the failure, in one line.
    message: &'a str,
}

/// A rule of a contract.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Rule")]
struct RuleView<'a> {
    /// The contract, `domain.tool@version`.
    capability: String,
    /// The rule's id within it.
    rule: &'a str,
    /// Its state.
    state: StateView,
    /// The reason why it is not proven. Null unless it is excluded or excused.
    reason: Option<&'a str>,
    /// The tests that verify it, by name.
    verified_by: Vec<&'a str>,
    /// The faults that break it.
    faults: &'a [String],
    /// Those of them that are killed by a test which verifies the rule.
    killed: &'a [String],
}

/// The state of a rule.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "State")]
#[serde(rename_all = "snake_case")]
enum StateView {
    /// A test that verifies it kills a fault.
    Proven,
    /// The contract says why no test verifies it.
    Excluded,
    /// It is excused in writing.
    Excused,
    /// Tests verify it, and none of them kills a fault.
    Toothless,
    /// No test verifies it.
    Unverified,
}

/// Something that must be mended or excused in writing.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
struct FindingView {
    /// The kind of finding.
    kind: KindView,
    /// The finding in one line.
    text: String,
}

/// The kinds of findings.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Kind")]
#[serde(rename_all = "snake_case")]
enum KindView {
    /// No test fails a fault that is not excused.
    Survivor,
    /// A fault breaks a rule that no contract has.
    NoSuchRule,
    /// A fault or a rule is excused and needs no excuse.
    StaleExcuse,
    /// No test verifies a rule.
    UnverifiedRule,
    /// Tests verify a rule, and none of them kills a fault.
    ToothlessRule,
    /// A test accuses a correct provider.
    Accused,
}

/// The JSON Schema of the matrix.
pub fn matrix_schema() -> Value {
    schema_of::<MatrixView<'static>>()
}

/// The JSON Schema of the matrix, its parts among the definitions of a larger document.
pub fn matrix_schema_in(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<MatrixView<'static>>()
}

pub(super) fn write(matrix: &KillMatrix, out: &mut dyn io::Write) -> Result<(), ReportError> {
    let json = serde_json::to_string_pretty(&view(matrix))?;
    Ok(writeln!(out, "{}", printable_json(&json))?)
}

fn view(matrix: &KillMatrix) -> MatrixView<'_> {
    MatrixView {
        format: MATRIX_FORMAT,
        green: matrix.is_green(),
        whole: matrix.whole,
        totals: TotalsView {
            faults: matrix.faults.len(),
            killed: matrix.killed(),
            excused: matrix.excused(),
            survivors: matrix.survivors(),
        },
        faults: matrix.faults.iter().map(fault_view).collect(),
        rules: matrix.rules.iter().map(rule_view).collect(),
        correct: matrix.correct.iter().map(|id| id.as_str()).collect(),
        findings: matrix.findings.iter().map(finding_view).collect(),
    }
}

fn fault_view(row: &FaultRow) -> FaultView<'_> {
    let (fate, reason) = match &row.fate {
        Fate::Killed => (FateView::Killed, None),
        Fate::Excused(reason) => (FateView::Excused, Some(reason.as_str())),
        Fate::Survived => (FateView::Survived, None),
    };
    FaultView {
        name: &row.fault.name,
        does: &row.fault.does,
        breaks: format!("{}/{}", row.fault.tool, row.fault.rule),
        fate,
        reason,
        by: row.by.iter().map(kill_view).collect(),
        also: row.also.iter().map(kill_view).collect(),
        errors: row.errors,
    }
}

fn kill_view(kill: &Kill) -> KillView<'_> {
    KillView {
        test: kill.test.to_string(),
        level: kill.level,
        set_up: kill.set_up,
        message: &kill.message,
    }
}

fn rule_view(row: &RuleRow) -> RuleView<'_> {
    let (state, reason) = match &row.state {
        RuleState::Proven => (StateView::Proven, None),
        RuleState::Excluded(reason) => (StateView::Excluded, Some(reason.as_str())),
        RuleState::Excused(reason) => (StateView::Excused, Some(reason.as_str())),
        RuleState::Toothless => (StateView::Toothless, None),
        RuleState::Unverified => (StateView::Unverified, None),
    };
    RuleView {
        capability: row.capability.to_string(),
        rule: &row.id,
        state,
        reason,
        verified_by: row.verified_by.iter().map(|name| name.as_str()).collect(),
        faults: &row.faults,
        killed: &row.killed,
    }
}

fn finding_view(finding: &Finding) -> FindingView {
    let kind = match finding {
        Finding::Survivor { .. } => KindView::Survivor,
        Finding::NoSuchRule { .. } => KindView::NoSuchRule,
        Finding::StaleFault { .. } | Finding::StaleRule { .. } => KindView::StaleExcuse,
        Finding::Unverified { .. } => KindView::UnverifiedRule,
        Finding::Toothless { .. } => KindView::ToothlessRule,
        // A matrix has none of these: they come of several runs.
        Finding::Missed { .. } => KindView::Survivor,
        Finding::Accused { .. } => KindView::Accused,
    };
    FindingView {
        kind,
        text: finding.to_string(),
    }
}
