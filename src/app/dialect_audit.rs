//! The audit of a dialect's gaps: each test that a gap leaves out is asked all the same, and what it finds is told.

use std::path::PathBuf;
use std::time::Duration;

use super::{AppError, Bundle, Record, RunRequest, Source, Stop, prepare};
use crate::event::Selection;
use crate::model::{BudgetLimits, Outcome, TestResult};

/// The longest that one call may take.
const CALL_LIMIT: Duration = Duration::from_secs(10);

/// What is audited.
#[derive(Debug, Clone)]
pub struct GapAudit {
    /// The manifest of the providers.
    pub manifest: PathBuf,
    /// Globs over provider ids; none selects all.
    pub providers: Vec<String>,
    /// Slow tests too.
    pub slow: bool,
    /// The seed; None takes a random one.
    pub seed: Option<u64>,
}

/// A test that a gap leaves out, and what it finds when it is asked.
#[derive(Debug, Clone)]
pub struct AuditedGap {
    /// The provider.
    pub provider: String,
    /// The test in full.
    pub test: String,
    /// What it found.
    pub found: Found,
}

/// What a test finds that a gap leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A failure, with its message: the gap hides it.
    Failure(String),
    /// Nothing wrong.
    Pass,
    /// It cannot be asked, for this reason.
    Nothing(String),
}

/// Asks every test that a gap of a dialect leaves out. Nothing is kept of it.
///
/// # Errors
///
/// A file is wrong, a credential is missing, or there is no such gap.
pub async fn audit_gaps(
    bundle: &Bundle,
    asked: &GapAudit,
    environment: &dyn Fn(&str) -> Option<String>,
    stop: &Stop,
) -> Result<Vec<AuditedGap>, AppError> {
    let request = RunRequest {
        source: Source::Manifest(asked.manifest.clone()),
        selection: Selection {
            providers: asked.providers.clone(),
            slow: asked.slow,
            ..Selection::default()
        },
        jobs: 1,
        lanes: 4,
        per_host: None,
        seed: asked.seed,
        call_limit: CALL_LIMIT,
        provider_timeout: BudgetLimits::TIME,
        fail_fast: false,
        baseline: None,
        public_only: false,
        again: None,
    };
    let prepared = prepare(bundle, &request, environment).await?.of_gaps()?;
    let ended = prepared.run(Record::Nowhere, stop, |_| {}).await?;
    let results = ended.summary.results.iter().filter(|result| result.planned);
    Ok(results
        .map(|result| AuditedGap {
            provider: result.provider.to_string(),
            test: format!("{}@{}/{}", result.capability, result.version, result.test),
            found: found(result),
        })
        .collect())
}

fn found(result: &TestResult) -> Found {
    let message = || result.message.clone().unwrap_or_default();
    match result.outcome {
        Outcome::Pass => Found::Pass,
        Outcome::Fail => Found::Failure(message()),
        Outcome::Error | Outcome::Blocked | Outcome::Skip => Found::Nothing(message()),
    }
}
