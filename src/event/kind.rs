//! The kinds of events, as data.

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{
    About, AuthSource, Baseline, CapabilityId, CapabilityRef, EditionRecord, Endpoint, Partition, ProviderId,
    RunId, TestName, TestResult, Version,
};

/// One event of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunEvent {
    /// Counts the recorded events from 0, without a gap. An event that is not recorded takes no number: it carries that of
    /// the next one that is.
    pub seq: u64,
    /// The time of the event.
    pub at: DateTime<Utc>,
    /// The kind of event, with its data.
    pub kind: RunEventKind,
}

/// The kind of event, with its data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunEventKind {
    /// The first event: everything that was settled before the first call.
    RunStarted(Box<RunHeader>),
    /// A call is about to be sent that may owe an undo, or its answer has named what must be taken back before the run ends: the last one
    /// with a number holds.
    UndoOwed(Box<OwedUndo>),
    /// The pending undo of this number was done.
    UndoSettled {
        /// The number of the owed undo.
        id: u64,
    },
    /// Something could not be taken back.
    LeftOver(Box<Leftover>),
    /// A test began. Only for live progress; it is not recorded.
    TestStarted {
        /// The provider.
        provider: ProviderId,
        /// The capability.
        capability: CapabilityId,
        /// The test.
        test: TestName,
    },
    /// A test ended.
    TestFinished(Box<TestResult>),
    /// A provider differs from its contract in a way that changes no outcome.
    Noted {
        /// The provider.
        provider: ProviderId,
        /// The note.
        note: String,
    },
    /// The tests of this provider have ended.
    ProviderFinished {
        /// The provider.
        provider: ProviderId,
        /// The number of calls to it, discovery and cleanup included.
        calls: u64,
    },
    /// The last event.
    RunFinished(RunFooter),
}

impl RunEventKind {
    /// The name of the kind in a record.
    pub fn name(&self) -> &'static str {
        match self {
            Self::RunStarted(_) => "run_started",
            Self::UndoOwed(_) => "undo_owed",
            Self::UndoSettled { .. } => "undo_settled",
            Self::LeftOver(_) => "left_over",
            Self::TestStarted { .. } => "test_started",
            Self::TestFinished(_) => "test_finished",
            Self::Noted { .. } => "noted",
            Self::ProviderFinished { .. } => "provider_finished",
            Self::RunFinished(_) => "run_finished",
        }
    }

    /// Returns true if a record keeps the event.
    pub fn recorded(&self) -> bool {
        !matches!(self, Self::TestStarted { .. })
    }
}

/// Everything that was settled before the first call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunHeader {
    /// The run.
    pub run: RunId,
    /// The time at which it started.
    pub started_at: DateTime<Utc>,
    /// The harness and its version: `proofhouse 0.1.0`.
    pub harness: String,
    /// The release of the time zone database by which local times were judged: `2026c`. None in records of a harness that did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zones: Option<String>,
    /// The seed of every random choice.
    pub seed: u64,
    /// The number of planned tests, over all providers.
    pub planned: usize,
    /// SHA-256 of the plan, in hex.
    pub plan_digest: String,
    /// The selection and the options of the run.
    pub selection: Selection,
    /// The providers, in the manifest's order.
    pub providers: Vec<ProviderRecord>,
    /// Those that are asked as peers only, in the manifest's order: what was made there must be taken back there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<ProviderRecord>,
    /// The contracts that the providers were proven against.
    pub contracts: Vec<ContractRecord>,
    /// The baseline, with the entries of these providers only. None for a run without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// The part of a plan that the run covers. None for a run of everything that was selected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<PartRecord>,
    /// The parts that were merged into this run, by their number; none for a run that took place as such.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<MergedPart>,
}

impl RunHeader {
    /// The reason why the run does not prove everything that its providers claim, to end a line with. None if it does. A narrower choice of
    /// capabilities or providers leaves nothing out of them, and a slow test that was not selected is a skip. `failed` is needed for
    /// runs with `fail_fast`: only one with a failure that decides left tests out.
    pub fn why_filtered(&self, failed: bool) -> Option<String> {
        let selection = &self.selection;
        if let Some(PartRecord { part, .. }) = &self.part {
            Some(format!("it is part {part} of a plan"))
        } else if !selection.tests.is_empty() {
            Some(format!(
                "only tests that match {} were run",
                selection.tests.join(", ")
            ))
        } else if let Some(run) = &selection.failed {
            Some(format!("only tests that did not pass in run {run} were run"))
        } else if selection.read_only {
            Some("only tests that write nothing were run".to_owned())
        } else if selection.fail_fast && failed {
            Some("it stopped at the first failure".to_owned())
        } else {
            None
        }
    }
}

/// A part of a plan, which some runs share among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRecord {
    /// The number of the part, and the number of parts.
    pub part: Partition,
    /// SHA-256 of the whole plan, in hex.
    pub whole_digest: String,
    /// The number of tests in the whole plan.
    pub whole_planned: usize,
}

/// A run that was merged into another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedPart {
    /// The run.
    pub run: RunId,
    /// Its seed.
    pub seed: u64,
}

/// The selection and the options of a run, as the user gave them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Selection {
    /// Globs over capability ids; none selects all.
    pub capabilities: Vec<String>,
    /// Globs over test ids; none selects all.
    pub tests: Vec<String>,
    /// Only tests that write nothing.
    pub read_only: bool,
    /// Slow tests too.
    pub slow: bool,
    /// A failed should-level test counts as a failed must-level one.
    pub strict: bool,
    /// Globs over provider ids; none selects all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<String>,
    /// The most times that a failed test is run again; 0 for never.
    #[serde(default, skip_serializing_if = "is_nought")]
    pub retries: usize,
    /// No test starts after the first must-level failure.
    #[serde(default, skip_serializing_if = "is_false")]
    pub fail_fast: bool,
    /// Only one part of the tests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<Partition>,
    /// Only the tests that failed or were not tested in this run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<RunId>,
    /// Of a probe: which tools were called (`none`, `read`, `sandbox`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<String>,
}

fn is_false(value: &bool) -> bool {
    !*value
}

fn is_nought(number: &usize) -> bool {
    *number == 0
}

/// A provider as the run knew it. It holds no secret: credentials are named by their environment variable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProviderRecord {
    /// The provider.
    pub id: ProviderId,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What its manifest says of it.
    #[serde(default, skip_serializing_if = "About::is_empty")]
    pub about: About,
    /// Its endpoint.
    pub endpoint: Endpoint,
    /// The source of its credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<AuthSource>,
    /// The dialect through which it was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<DialectRecord>,
    /// The selected capabilities that it claims.
    pub claims: Vec<ClaimRecord>,
}

/// A mapping between a contract and a provider's own interface, pinned by digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialectRecord {
    /// Its name.
    pub name: String,
    /// SHA-256 of its file, in hex.
    pub digest: String,
    /// The source: its name if it is bundled, else the path of its file.
    pub source: String,
    /// The constants that the manifest gave for it.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub constants: IndexMap<String, Value>,
}

/// A capability that a provider claims to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimRecord {
    /// The capability.
    pub capability: CapabilityId,
    /// The version.
    pub version: Version,
}

/// A contract that was proven, pinned by digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractRecord {
    /// The capability at its version.
    pub capability: CapabilityRef,
    /// SHA-256 of the contract's files, in hex.
    pub digest: String,
    /// SHA-256 of the suite files that prove it, in hex.
    pub suite_digest: String,
    /// The edition of the contract that the run was held to. None in a record that is older than editions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edition: Option<EditionRecord>,
    /// The essential tests: a claim of which one neither passed nor failed is unproven.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub essential: Vec<TestName>,
    /// The tests that the edition does not hold yet. They are shown and never decide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<TestName>,
    /// The other published versions of the capability, each with the must-level tests of this one that it does not ask for.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub not_asked_at: IndexMap<Version, Vec<TestName>>,
    /// The rules of the contract, each with the must-level tests that verify it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleRecord>,
}

impl ContractRecord {
    /// A contract without an edition and without rules. The callers that know them set them.
    pub fn new(capability: CapabilityRef, digest: String, suite_digest: String) -> Self {
        Self {
            capability,
            digest,
            suite_digest,
            edition: None,
            essential: Vec::new(),
            pending: Vec::new(),
            not_asked_at: IndexMap::new(),
            rules: Vec::new(),
        }
    }
}

/// A rule of a contract: an invariant, or a promise of a schema (`input-schema`, `output-schema`). Rulings are no rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRecord {
    /// Its id in the contract.
    pub id: String,
    /// The must-level tests that verify it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<RuleTest>,
}

/// A must-level test that verifies a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleTest {
    /// The test.
    pub name: TestName,
    /// True if it waits, or needs a test clock.
    #[serde(default, skip_serializing_if = "is_false")]
    pub waits: bool,
    /// True if it needs a second tenant.
    #[serde(default, skip_serializing_if = "is_false")]
    pub peer: bool,
}

/// A pending undo: something that a call made and that must be taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwedUndo {
    /// Unique within the run.
    pub id: u64,
    /// The provider that made it.
    pub provider: ProviderId,
    /// The version of the contracts that the provider's entry serves; with the id it names the entry.
    pub version: Version,
    /// The test that asked for it.
    pub test: String,
    /// The tool that takes it back.
    pub tool: String,
    /// That tool's input. None when the answer that would have named it was lost.
    pub input: Option<Value>,
    /// A description of what was made: the tool and what was sent.
    pub made: String,
    /// The tool that was called on it since and whose contract has no undo. If the undo is refused after that, the thing stays as that
    /// contract says, and is not owed any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_by: Option<String>,
    /// The call that may have made it, on record since before it was sent. It stands only where no answer has named what was made: then
    /// a tool that lists such things may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<MakingCall>,
}

/// A call that makes something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MakingCall {
    /// The contract of its tool.
    pub capability: CapabilityRef,
    /// Its input.
    pub input: Value,
}

/// A leftover: something that could not be taken back. It changes no outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Leftover {
    /// The number of the owed undo.
    #[serde(default)]
    pub id: u64,
    /// The provider that holds it.
    #[schemars(with = "String")]
    pub provider: ProviderId,
    /// The test that asked for it, in full.
    pub test: String,
    /// A description of what was made.
    pub made: String,
    /// The tool that should have taken it back.
    pub tool: String,
    /// The input of that tool, when it is known.
    pub input: Option<Value>,
    /// The reason why it is still there.
    pub reason: String,
}

/// The end of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFooter {
    /// The time at which it ended.
    pub finished_at: DateTime<Utc>,
    /// True if it was interrupted before every planned test had ended.
    pub interrupted: bool,
}
