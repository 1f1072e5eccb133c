//! The main use case: prove providers against their contracts, and keep what came of it.

use std::sync::Arc;
use std::time::Duration;

use reference_provider::Server;

use super::connect::{Connected, Source, connect, read_manifest};
use super::{AppError, Bundle, History, reference};
use crate::event::{ContractRecord, RunEvent, RunHeader, Selection};
use crate::model::{Clock, RunId, SystemClock};
use crate::plan::{self, Claimant, Filter, Plan};
use crate::run::{self, RunOptions, Stop};
use crate::store::Recorder;
use crate::summary::{Fold, RunSummary};
use crate::transport::{Limits, Pool};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct RunRequest {
    /// Where the providers come from.
    pub source: Source,
    /// What is selected.
    pub selection: Selection,
    /// Providers at once.
    pub jobs: usize,
    /// Tests of one provider at once.
    pub lanes: usize,
    /// The seed; None takes a random one.
    pub seed: Option<u64>,
    /// How long one call may take.
    pub call_limit: Duration,
    /// Start no test after the first must-level failure.
    pub fail_fast: bool,
}

/// Where a run is kept.
pub enum Record {
    /// Nowhere.
    Nowhere,
    /// In a store.
    Kept(History),
    /// It should have been kept, but the store could not be opened: the run is incomplete from the start.
    Refused(String),
}

/// A run that is planned and has not begun.
pub struct PreparedRun {
    /// What will be asked of whom.
    pub plan: Arc<Plan>,
    /// The providers of the plan, in its order.
    pub names: Vec<String>,
    header: RunHeader,
    options: RunOptions,
    connected: Vec<Connected>,
    registry: Arc<crate::capability::Registry>,
    clock: Arc<dyn Clock>,
    /// Kept so that the bundled provider lives as long as the run.
    server: Option<Server>,
}

/// What came of a run.
pub struct RunEnd {
    /// The summary.
    pub summary: RunSummary,
    /// Why the run could not be kept, where it should have been.
    pub not_kept: Option<String>,
}

/// Plans a run. `environment` looks up the variables that hold credentials.
///
/// # Errors
///
/// A file is wrong, a credential is missing, or nothing is selected.
pub async fn prepare(
    bundle: &Bundle,
    asked: &RunRequest,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<PreparedRun, AppError> {
    let filter = Filter::new(
        &asked.selection.capabilities,
        &asked.selection.tests,
        asked.selection.read_only,
    )?;
    let (server, candidates) = match &asked.source {
        Source::Manifest(path) => (None, read_manifest(path, bundle)?),
        Source::Reference => {
            let (server, candidates) = reference::start(&bundle.registry).await?;
            (Some(server), candidates)
        }
    };
    let harness = concat!("proofhouse ", env!("CARGO_PKG_VERSION"));
    let limits = Limits {
        call: asked.call_limit,
        ..Limits::default()
    };
    let pool = Pool::new(limits, harness.replace(' ', "/"))?;
    let connected = connect(candidates, bundle, &pool, environment).await?;
    let claimants: Vec<_> = connected
        .iter()
        .enumerate()
        .map(|(entry, connected)| Claimant {
            entry,
            id: connected.candidate.id.clone(),
            claims: connected.claims.clone(),
        })
        .collect();
    let plan = plan::build(
        &bundle.registry,
        &bundle.suites,
        &claimants,
        &filter,
        asked.selection.slow,
    );
    if plan.providers.is_empty() {
        return Err(nothing_selected(&asked.selection));
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let seed = asked
        .seed
        .unwrap_or_else(|| fastrand::u64(..=u64::from(u32::MAX)));
    let started_at = clock.now();
    let mut places: Vec<_> = connected.into_iter().map(Some).collect();
    let connected: Vec<Connected> = plan
        .providers
        .iter()
        .filter_map(|planned| places.get_mut(planned.entry).and_then(Option::take))
        .collect();
    let names = connected
        .iter()
        .map(|connected| connected.candidate.id.to_string())
        .collect();
    let header = RunHeader {
        run: RunId::new(started_at, fastrand::u64(..)),
        started_at,
        harness: harness.to_owned(),
        seed,
        planned: plan.tests(),
        plan_digest: plan.digest.clone(),
        selection: asked.selection.clone(),
        providers: Vec::new(),
        contracts: plan
            .contracts
            .iter()
            .map(|contract| ContractRecord {
                capability: contract.capability.clone(),
                digest: contract.digest.clone(),
                suite_digest: contract.suite_digest.clone(),
            })
            .collect(),
    };
    let options = RunOptions {
        jobs: asked.jobs,
        lanes: asked.lanes,
        seed,
        call_limit: asked.call_limit,
        fail_fast: asked.fail_fast,
        ..RunOptions::default()
    };
    Ok(PreparedRun {
        plan: Arc::new(plan),
        names,
        header,
        options,
        connected,
        registry: Arc::clone(&bundle.registry),
        clock,
        server,
    })
}

fn nothing_selected(selection: &Selection) -> AppError {
    let mut asked = Vec::new();
    asked.extend(
        selection
            .capabilities
            .iter()
            .map(|glob| format!("--capability {glob}")),
    );
    asked.extend(selection.tests.iter().map(|glob| format!("--test {glob}")));
    if selection.read_only {
        asked.push("--read-only".to_owned());
    }
    let of_tests = selection.read_only || !selection.tests.is_empty();
    AppError::NothingSelected(match (asked.is_empty(), of_tests) {
        (true, _) => "no provider claims a capability that has a suite".to_owned(),
        (false, true) => format!("no test of a claimed capability matches {}", asked.join(" ")),
        (false, false) => format!("no provider claims a capability that matches {}", asked.join(" ")),
    })
}

impl PreparedRun {
    /// The run's id, under which it is kept.
    pub fn run_id(&self) -> &RunId {
        &self.header.run
    }

    /// The seed of the run.
    pub fn seed(&self) -> u64 {
        self.header.seed
    }

    /// Runs what is planned. `watch` sees every event after it is recorded.
    ///
    /// # Errors
    ///
    /// A bug of the harness. What providers do, and a store that fails, is in what is returned.
    pub async fn run(
        self,
        record: Record,
        stop: &Stop,
        mut watch: impl FnMut(&RunEvent),
    ) -> Result<RunEnd, AppError> {
        let contestants: Vec<_> = self
            .connected
            .into_iter()
            .zip(&self.plan.providers)
            .map(|(connected, planned)| connected.into_contestant(&planned.claims))
            .collect();
        let mut header = self.header;
        header.providers = contestants
            .iter()
            .map(|contestant| contestant.record.clone())
            .collect();
        let (recorder, history, mut not_kept) = match record {
            Record::Nowhere => (None, None, None),
            Record::Refused(reason) => (None, None, Some(reason)),
            Record::Kept(history) => match Recorder::start(Arc::clone(&history.store), header.run.clone()) {
                Ok(recorder) => (Some(recorder), Some(history), None),
                Err(error) => (None, None, Some(error.to_string())),
            },
        };
        let run = header.run.clone();
        let mut fold = Fold::new();
        let mut contradiction = None;
        let listener = |event: RunEvent| {
            if let Some(recorder) = &recorder {
                recorder.push(&event);
            }
            watch(&event);
            if contradiction.is_none() {
                contradiction = fold.push(&event).err();
            }
        };
        run::run(
            &self.plan,
            contestants,
            &self.registry,
            header,
            &self.options,
            &self.clock,
            stop,
            listener,
        )
        .await?;
        if let Some(server) = self.server {
            // The bundled provider has nothing to say any more; how it ends changes no result.
            let _ = server.stop().await;
        }
        let mut summary = match contradiction {
            Some(error) => return Err(AppError::Contradiction(error)),
            None => fold.finish().map_err(AppError::Contradiction)?,
        };
        if let Some(recorder) = recorder
            && let Err(error) = recorder.finish()
        {
            not_kept = Some(error.to_string());
        }
        summary.record_incomplete.clone_from(&not_kept);
        if let (Some(history), None) = (&history, &not_kept)
            && let Err(error) = history.store.finish(&run, summary.verdict())
        {
            not_kept = Some(error.to_string());
            summary.record_incomplete.clone_from(&not_kept);
        }
        Ok(RunEnd { summary, not_kept })
    }
}
