//! The kinds of events, as data.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{
    AuthSource, CapabilityId, CapabilityRef, Endpoint, ProviderId, RunId, TestName, TestResult, Version,
};

/// One event of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunEvent {
    /// Counts the recorded events from 0, without a gap. An event that is not recorded takes no number: it carries that of
    /// the next one that is.
    pub seq: u64,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What happened.
    pub kind: RunEventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunEventKind {
    /// The first event: everything that was settled before the first call.
    RunStarted(Box<RunHeader>),
    /// A call was made that owes an undo: what it made must be taken back before the run ends.
    UndoOwed(Box<OwedUndo>),
    /// What was owed under this number was taken back.
    UndoSettled {
        /// The number of the owed undo.
        id: u64,
    },
    /// Something could not be taken back.
    LeftOver(Box<Leftover>),
    /// A test began. Only for those who watch; it is not recorded.
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
        /// What was noted.
        note: String,
    },
    /// No more calls will be made to this provider.
    ProviderFinished {
        /// The provider.
        provider: ProviderId,
        /// How many calls were made to it, discovery and cleanup included.
        calls: u64,
    },
    /// The last event.
    RunFinished(RunFooter),
}

impl RunEventKind {
    /// The word that a record uses for it.
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

    /// Whether a record keeps the event.
    pub fn recorded(&self) -> bool {
        !matches!(self, Self::TestStarted { .. })
    }
}

/// Everything that was settled before the first call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunHeader {
    /// The run.
    pub run: RunId,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// The harness and its version: `proofhouse 0.1.0`.
    pub harness: String,
    /// The seed of every random choice.
    pub seed: u64,
    /// How many tests were planned, over all providers.
    pub planned: usize,
    /// SHA-256 of the plan, in hex.
    pub plan_digest: String,
    /// What was asked for.
    pub selection: Selection,
    /// The providers, in the manifest's order.
    pub providers: Vec<ProviderRecord>,
    /// The contracts that the providers were proven against.
    pub contracts: Vec<ContractRecord>,
}

/// What the user asked for.
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
}

/// A provider as the run knew it. It holds no secret: credentials are named by their environment variable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProviderRecord {
    /// The provider.
    pub id: ProviderId,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it is reached.
    pub endpoint: Endpoint,
    /// Where its credentials come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<AuthSource>,
    /// The selected capabilities that it claims.
    pub claims: Vec<ClaimRecord>,
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
}

/// Something that a call made and that must be taken back.
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
    /// What was made, for people: the tool and what was sent.
    pub made: String,
}

/// Something that could not be taken back. It changes no outcome.
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
    /// What was made, for people.
    pub made: String,
    /// The tool that should have taken it back.
    pub tool: String,
    /// The input of that tool, when it is known.
    pub input: Option<Value>,
    /// Why it is still there.
    pub reason: String,
}

/// How the run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFooter {
    /// When it ended.
    pub finished_at: DateTime<Utc>,
    /// Whether it was interrupted before every planned test had ended.
    pub interrupted: bool,
}
