//! The main use case: prove providers against their contracts, and keep what came of it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use reference_provider::Server;

use super::connect::{Source, connect, declared, read_manifest};
use super::contract_record::contract_record;
use super::recording::Recording;
use super::run_again::NotPassed;
use super::stored_calls::StoredCalls;
use super::{AppError, Bundle, History, files::read_source, reference};
use crate::baseline;
use crate::diagnostic::{self, near_miss};
use crate::event::{PartRecord, RunEvent, RunHeader, Selection};
use crate::model::{Baseline, BudgetLimits, Clock, Partition, RunId, SteadyClock};
use crate::plan::{self, Disposition, Filter, Plan};
use crate::provider::{Provider, Target};
use crate::run::{self, RunOptions, Stop};
use crate::store::Recorder;
use crate::summary::{Fold, KeptCalls, RecordedCalls, RunSummary};
use crate::transport::{Limits, Pool};

/// The harness and its version, as records name them.
pub(super) const HARNESS: &str = concat!("proofhouse ", env!("CARGO_PKG_VERSION"));

/// The largest baseline that is read.
const LARGEST_BASELINE: u64 = 4 * 1024 * 1024;

/// The most bytes of calls that the summary of a recorded run holds. The others are read from the record when they are shown.
const CALLS_KEPT: usize = 8 * 1024 * 1024;

/// The parameters of a run.
#[derive(Debug, Clone)]
pub struct RunRequest {
    /// The source of the providers.
    pub source: Source,
    /// The selected providers, capabilities and tests.
    pub selection: Selection,
    /// Providers at once.
    pub jobs: usize,
    /// Tests of one provider at once.
    pub lanes: usize,
    /// The most tests at work on one origin at one time; None leaves it to what the origin bears.
    pub per_host: Option<usize>,
    /// The seed; None takes a random one.
    pub seed: Option<u64>,
    /// The longest that one call may take.
    pub call_limit: Duration,
    /// The longest that the tests of one provider may take, unless its entry of the manifest says otherwise.
    pub provider_timeout: Duration,
    /// Start no test after the first must-level failure.
    pub fail_fast: bool,
    /// The file of the baseline, which lists what is known to fail.
    pub baseline: Option<PathBuf>,
    /// Ask nobody who is not on the public internet, and start no command.
    pub public_only: bool,
    /// The tests of an earlier run that are run again, and no others.
    pub again: Option<NotPassed>,
}

/// The place where a run is kept.
#[derive(Clone)]
pub enum Record {
    /// Nowhere.
    Nowhere,
    /// In a store.
    Kept(History),
    /// It should have been kept, but the store could not be opened: the run is incomplete from the start.
    Refused(String),
}

/// A run that is planned and has not begun.
#[derive(Clone)]
pub struct PreparedRun {
    /// The tests that will run, by provider.
    pub plan: Arc<Plan>,
    header: RunHeader,
    options: RunOptions,
    registry: Arc<crate::capability::Registry>,
    clock: Arc<dyn Clock>,
    /// The calls of failures that the summary holds.
    calls_kept: KeptCalls,
    /// Kept so that the bundled provider lives as long as the last run of it.
    servers: Vec<Arc<Server>>,
}

/// The end of a run.
pub struct RunEnd {
    /// The summary.
    pub summary: RunSummary,
    /// The reason for which the run could not be kept; None if it was, or should not have been.
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
    let (servers, providers) = match &asked.source {
        Source::Manifest(path) => (Vec::new(), read_manifest(path, bundle)?),
        Source::Written(text) => {
            let source = diagnostic::Source::new("manifest", text.as_str());
            (Vec::new(), declared(&source, Path::new(""), bundle)?)
        }
        Source::Reference => {
            let (server, providers) = reference::start(&bundle.registry).await?;
            (vec![Arc::new(server)], providers)
        }
    };
    plan_run(bundle, asked, servers, providers, environment).await
}

/// Plans a run of these providers. The servers live as long as the run.
pub(super) async fn plan_run(
    bundle: &Bundle,
    asked: &RunRequest,
    servers: Vec<Arc<Server>>,
    mut providers: Vec<Provider>,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<PreparedRun, AppError> {
    let filter = Filter::new(
        &asked.selection.capabilities,
        &asked.selection.tests,
        asked.selection.read_only,
    )?
    .of_providers(&asked.selection.providers)?
    .only(asked.again.as_ref().map(|again| again.tests().clone()));
    let baseline = asked.baseline.as_deref();
    let known = baseline.map(|path| read_baseline(path, bundle)).transpose()?;
    select(&mut providers, &filter)?;
    let limits = Limits {
        call: asked.call_limit,
        public_only: asked.public_only,
        ..Limits::default()
    };
    let pool = Pool::new(limits, HARNESS.replace(' ', "/"))?;
    let targets = connect(providers, bundle, &pool, environment).await?;
    plan_targets(bundle, asked, servers, &targets, &filter, known)
}

/// Plans a run of what can be called already.
pub(super) fn plan_targets(
    bundle: &Bundle,
    asked: &RunRequest,
    servers: Vec<Arc<Server>>,
    targets: &[Arc<Target>],
    filter: &Filter,
    known: Option<Baseline>,
) -> Result<PreparedRun, AppError> {
    let harness = HARNESS;
    let plan = plan::build(
        &bundle.registry,
        &bundle.suites,
        targets,
        filter,
        asked.selection.slow,
    );
    if plan.providers.is_empty() {
        return Err(match &asked.again {
            Some(again) => again.nothing_selected(),
            None => nothing_selected(&asked.selection),
        });
    }
    let (plan, part) = deal(plan, asked.selection.partition)?;
    compile_tests(&plan)?;
    let clock: Arc<dyn Clock> = Arc::new(SteadyClock::set());
    let seed = asked
        .seed
        .unwrap_or_else(|| fastrand::u64(..=u64::from(u32::MAX)));
    let started_at = clock.now();
    let header = RunHeader {
        run: RunId::new(started_at, fastrand::u64(..)),
        started_at,
        harness: harness.to_owned(),
        time_zones: Some(time_zones::release().to_owned()),
        seed,
        planned: plan.tests(),
        plan_digest: plan.digest.clone(),
        selection: Selection {
            fail_fast: asked.fail_fast,
            failed: asked.again.as_ref().map(|again| again.run().clone()),
            ..asked.selection.clone()
        },
        providers: plan
            .providers
            .iter()
            .map(|planned| planned.target.record(&planned.claims))
            .collect(),
        peers: plan
            .bystanders()
            .iter()
            .map(|target| target.record(target.claims()))
            .collect(),
        contracts: plan
            .contracts
            .iter()
            .map(|contract| contract_record(bundle, contract))
            .collect(),
        baseline: known.map(|known| concerning(known, targets)),
        part,
        merged: Vec::new(),
    };
    let options = RunOptions {
        jobs: asked.jobs,
        lanes: asked.lanes,
        per_host: asked.per_host,
        seed,
        // Nobody else is at work on a bundled provider, and the seed alone decides what is done there.
        draw: match servers.is_empty() {
            true => fastrand::u64(..),
            false => seed,
        },
        call_limit: asked.call_limit,
        budget: BudgetLimits::within(asked.provider_timeout),
        fail_fast: asked.fail_fast,
        retries: asked.selection.retries,
        ..RunOptions::default()
    };
    Ok(PreparedRun {
        plan: Arc::new(plan),
        header,
        options,
        registry: Arc::clone(&bundle.registry),
        clock,
        calls_kept: KeptCalls::All,
        servers,
    })
}

/// Compiles every test that may run, so that no mistake in one ends a run that has begun.
fn compile_tests(plan: &Plan) -> Result<(), AppError> {
    let planned = plan.providers.iter().flat_map(|provider| &provider.tests);
    for planned in planned.filter(|planned| !matches!(planned.disposition, Disposition::Skip(..))) {
        planned.test.prepare()?;
    }
    Ok(())
}

/// The part of the plan that is asked for, and what the run keeps of the whole.
fn deal(plan: Plan, partition: Option<Partition>) -> Result<(Plan, Option<PartRecord>), AppError> {
    let Some(part) = partition else {
        return Ok((plan, None));
    };
    let record = PartRecord {
        part,
        whole_digest: plan.digest.clone(),
        whole_planned: plan.tests(),
    };
    if record.whole_planned < part.of {
        return Err(AppError::TooManyParts {
            planned: record.whole_planned,
            parts: part.of,
        });
    }
    Ok((plan.part(part), Some(record)))
}

fn read_baseline(path: &Path, bundle: &Bundle) -> Result<Baseline, AppError> {
    let source = read_source(path, LARGEST_BASELINE)?;
    Ok(baseline::read_with(&source, &|id| bundle.suites.current_id(id))?)
}

/// A baseline with what is known of these providers only: a run keeps nothing about others.
fn concerning(mut known: Baseline, targets: &[Arc<Target>]) -> Baseline {
    let ids: HashSet<_> = targets.iter().map(|target| target.id()).collect();
    known.entries.retain(|entry| ids.contains(&entry.provider));
    known
}

/// Leaves the providers that are wanted.
fn select(providers: &mut Vec<Provider>, filter: &Filter) -> Result<(), AppError> {
    let ids: Vec<_> = providers.iter().map(|provider| provider.id()).collect();
    if let Some(glob) = filter.idle_provider_glob(&ids) {
        return Err(AppError::NoProviderMatches {
            glob: glob.to_owned(),
            suggestion: near_miss(glob, ids.iter().map(|id| id.as_str())).map(str::to_owned),
        });
    }
    providers.retain(|provider| filter.takes_provider(provider.id()));
    Ok(())
}

fn nothing_selected(selection: &Selection) -> AppError {
    let mut asked = Vec::new();
    asked.extend(
        selection
            .providers
            .iter()
            .map(|glob| format!("--provider {glob}")),
    );
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
    /// The providers of the plan, in its order. One that serves several versions comes once for each.
    pub fn names(&self) -> Vec<String> {
        let providers = self.plan.providers.iter();
        providers.map(|planned| planned.target.id().to_string()).collect()
    }

    /// The run's id, under which it is kept.
    pub fn run_id(&self) -> &RunId {
        &self.header.run
    }

    /// The seed of the run.
    pub fn seed(&self) -> u64 {
        self.header.seed
    }

    /// The same for the tests alone that a gap of a dialect leaves out, asked all the same.
    ///
    /// # Errors
    ///
    /// No gap leaves out a test.
    pub fn of_gaps(mut self) -> Result<Self, AppError> {
        let slow = self.header.selection.slow;
        let plan = Arc::get_mut(&mut self.plan);
        let left = plan.map_or(0, |plan| {
            plan.only_gaps(slow);
            plan.tests()
        });
        if left == 0 {
            return Err(AppError::NothingSelected(
                "no gap of a dialect leaves out a test of these providers".to_owned(),
            ));
        }
        self.header.planned = left;
        Ok(self)
    }

    /// The same for someone who looks at no calls: the summary holds none.
    #[must_use]
    pub(super) fn without_calls(mut self) -> Self {
        self.calls_kept = KeptCalls::None;
        self
    }

    /// The same where a failure counts only if it is seen again over a fresh connection.
    #[must_use]
    pub(super) fn confirming(mut self) -> Self {
        self.options.confirm = true;
        self
    }

    /// The same several times, each a run of its own. The first has the seed that was asked for, each other one the next number.
    pub fn repeated(self, times: usize) -> impl Iterator<Item = Self> {
        std::iter::repeat_n(self, times)
            .enumerate()
            .map(|(number, run)| if number == 0 { run } else { run.renewed(number) })
    }

    fn renewed(mut self, number: usize) -> Self {
        self.clock = Arc::new(SteadyClock::set());
        let header = &mut self.header;
        header.started_at = self.clock.now();
        header.run = RunId::new(header.started_at, fastrand::u64(..));
        header.seed = header.seed.wrapping_add(number as u64);
        self.options.seed = header.seed;
        self
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
        let header = self.header;
        let (recorder, history, mut not_kept) = match record {
            Record::Nowhere => (None, None, None),
            Record::Refused(reason) => (None, None, Some(reason)),
            Record::Kept(history) => match Recorder::start(Arc::clone(&history.store), header.run.clone()) {
                Ok(recorder) => (Some(recorder), Some(history), None),
                Err(error) => (None, None, Some(error.to_string())),
            },
        };
        let run = header.run.clone();
        // What is not recorded cannot be read again.
        let calls_kept = match (self.calls_kept, &recorder) {
            (KeptCalls::All, Some(_)) => KeptCalls::Bytes(CALLS_KEPT),
            (asked, _) => asked,
        };
        let mut fold = Fold::keeping(calls_kept);
        let mut contradiction = None;
        let listener = Recording {
            recorder: recorder.as_ref(),
            hear: |event: RunEvent| {
                watch(&event);
                if contradiction.is_none() {
                    contradiction = fold.take(event).err();
                }
            },
        };
        run::run(
            &self.plan,
            &self.registry,
            header,
            &self.options,
            &self.clock,
            stop,
            listener,
        )
        .await?;
        join_all(self.plan.targets().map(|target| target.transport().close())).await;
        // The transports of the plan may hold connections to a bundled provider, which waits for them to close.
        drop(self.plan);
        for server in self.servers.into_iter().filter_map(Arc::into_inner) {
            // The bundled provider has nothing to say any more; how it ends changes no result.
            let _ = server.stop().await;
        }
        let mut summary = match contradiction {
            Some(error) => return Err(AppError::Contradiction(error)),
            None => fold.finish().map_err(AppError::Contradiction)?,
        };
        if let Some(recorder) = recorder
            && let Err(error) = recorder.finish(summary.verdict())
        {
            not_kept = Some(error.to_string());
        }
        if let Some(history) = &history {
            let record = StoredCalls::new(Arc::clone(&history.store), run.clone());
            summary.calls = RecordedCalls::in_record(Arc::new(record));
        }
        summary.record_incomplete.clone_from(&not_kept);
        Ok(RunEnd { summary, not_kept })
    }
}
