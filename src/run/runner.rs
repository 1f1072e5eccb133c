//! Runs a plan: providers side by side, one stream of events out.

use std::collections::{HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use chrono::SubsecRound;
use futures_util::FutureExt;
use indexmap::IndexMap;
use tokio::task::{JoinError, JoinSet};

use super::context::RunContext;
use super::emit::{Dispatcher, Emitter, Listener, Sent};
use super::entries::Entries;
use super::options::RunOptions;
use super::provider::run_provider;
use super::stop::Stop;
use super::test::panicked;
use crate::capability::Registry;
use crate::event::{Outgoing, RunEventKind, RunFooter, RunHeader};
use crate::model::{Clock, Outcome, ProviderId, Redactor, TestId, TestResult};
use crate::plan::{Plan, PlannedProvider};

/// The reason for which a run did not come to its end. Nothing that a provider does is among them.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A task of the harness panicked.
    #[error("a task of the harness panicked: {0}")]
    Panicked(#[source] JoinError),
}

/// Runs the tests of a plan, and calls `listener` with every event of the run.
///
/// At most `options.jobs` providers are called at one time, and the entries of one calendar one after the other. The first event is
/// `RunStarted` with the header, the last `RunFinished`; between them come the starts and results of tests, everything that was made
/// and taken back, and the end of each provider. Events are numbered without a gap, but for those that no record keeps. A slow
/// listener slows the run.
///
/// A run that `stop` asks to end makes no more calls, takes back what it made, and ends with a footer that says so.
///
/// # Errors
///
/// A task of the harness ended without an end, which is a bug: the other providers are stopped, and the footer is still sent. A panic
/// while one provider is proven is an error of that provider's tests and of no other's. Whatever providers do is in the events.
///
/// # Examples
///
/// ```no_run
/// use std::sync::Arc;
///
/// use proofhouse::app::Bundle;
/// use proofhouse::event::{RunEvent, RunEventKind, RunHeader, Selection};
/// use proofhouse::model::{Clock, Endpoint, RunId, SystemClock};
/// use proofhouse::plan::{self, Filter};
/// use proofhouse::provider::{EntryId, Provider};
/// use proofhouse::run::{self, RunOptions, Stop};
/// use proofhouse::transport::{Limits, Pool};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let bundle = Bundle::load(None)?;
/// let endpoint = Endpoint::Http { url: "https://shop.example/tools".to_owned() };
/// let provider = Provider::new("shop:one".parse()?, endpoint)
///     .with_claims(Some(bundle.registry.listed(|tool| tool == "add_note")));
/// let transport = provider.open(&Pool::new(Limits::default(), "example/1")?, None)?;
/// let target = Arc::new(provider.connected(EntryId::new(0), transport));
///
/// let filter = Filter::default();
/// let plan = plan::build(&bundle.registry, &bundle.suites, &[Arc::clone(&target)], &filter, false);
/// let clock: Arc<dyn Clock> = Arc::new(SystemClock);
/// let header = RunHeader {
///     run: RunId::new(clock.now(), 1),
///     started_at: clock.now(),
///     harness: "example 1".to_owned(),
///     time_zones: None,
///     seed: 0,
///     planned: plan.tests(),
///     plan_digest: plan.digest.clone(),
///     selection: Selection::default(),
///     providers: vec![target.record(target.claims())],
///     peers: Vec::new(),
///     contracts: Vec::new(),
///     baseline: None,
///     part: None,
///     merged: Vec::new(),
/// };
///
/// let mut results = Vec::new();
/// let (plan, options, stop) = (Arc::new(plan), RunOptions::default(), Stop::new());
/// run::run(&plan, &bundle.registry, header, &options, &clock, &stop, |event: RunEvent| {
///     if let RunEventKind::TestFinished(result) = event.kind {
///         results.push(result);
///     }
/// })
/// .await?;
/// # Ok(())
/// # }
/// ```
pub async fn run(
    plan: &Arc<Plan>,
    registry: &Arc<Registry>,
    header: RunHeader,
    options: &RunOptions,
    clock: &Arc<dyn Clock>,
    stop: &Stop,
    listener: impl Listener,
) -> Result<(), RunError> {
    let (emitter, mut events) = Emitter::new();
    let context = RunContext::new(
        &header,
        options.clone(),
        Arc::clone(registry),
        Arc::clone(clock),
        emitter,
        stop.clone(),
    );
    let mut dispatcher = Dispatcher::new(clock.as_ref(), outgoing(plan), listener);
    dispatcher.notify(RunEventKind::RunStarted(Box::new(header)));

    let entries = Arc::new(Entries::new(Arc::new(context), plan));
    let mut waiting = by_calendar(plan, &entries).into_iter();
    let mut working = JoinSet::new();
    let mut finished = Finished::default();
    let mut lost = None;
    loop {
        while working.len() < options.jobs.max(1) && !stop.requested() {
            let Some(of_provider) = waiting.next() else {
                break;
            };
            let (plan, entries) = (Arc::clone(plan), Arc::clone(&entries));
            working.spawn(async move {
                let mut fallen = Vec::new();
                for at in of_provider {
                    let Some(planned) = plan.providers.get(at) else {
                        continue;
                    };
                    let proving = AssertUnwindSafe(run_provider(&entries, planned)).catch_unwind();
                    if let Err(panic) = proving.await {
                        fallen.push((at, panicked(panic.as_ref())));
                    }
                }
                fallen
            });
        }
        tokio::select! {
            biased;
            Some(sent) = events.recv() => finished.pass_on(sent, &mut dispatcher),
            ended = working.join_next() => match ended {
                Some(Ok(fallen)) => {
                    while let Ok(sent) = events.try_recv() {
                        finished.pass_on(sent, &mut dispatcher);
                    }
                    for (at, why) in fallen {
                        if let Some(planned) = plan.providers.get(at) {
                            finished.rest(planned, &why, clock.as_ref()).for_each(|kind| dispatcher.notify(kind));
                        }
                    }
                }
                Some(Err(error)) => {
                    lost = Some(error);
                    stop.request();
                }
                None => break,
            },
        }
    }
    while let Ok(sent) = events.try_recv() {
        finished.pass_on(sent, &mut dispatcher);
    }
    dispatcher.notify(RunEventKind::RunFinished(RunFooter {
        finished_at: clock.now(),
        interrupted: stop.requested(),
    }));
    lost.map_or(Ok(()), |error| Err(RunError::Panicked(error)))
}

/// The door for the events of a plan, which knows the secrets of every provider that is called: one may have learned those of another.
fn outgoing(plan: &Plan) -> Outgoing {
    let redactors = plan.targets().map(|target| target.transport().redactor());
    Outgoing::new(Redactor::of_all(redactors))
}

/// The tests that have a result, of the providers that are at work.
#[derive(Default)]
struct Finished(HashMap<ProviderId, HashSet<TestId>>);

impl Finished {
    fn pass_on(&mut self, sent: Sent, dispatcher: &mut Dispatcher<'_, impl Listener>) {
        match sent {
            Sent::Event(kind) => {
                self.note(&kind);
                dispatcher.notify(kind);
            }
            Sent::Kept(task) => dispatcher.tell_when_kept(task),
        }
    }

    fn note(&mut self, kind: &RunEventKind) {
        match kind {
            RunEventKind::TestFinished(result) => {
                let ended = self.0.entry(result.provider.clone()).or_default();
                ended.insert(result.id());
            }
            RunEventKind::ProviderFinished { provider, .. } => {
                self.0.remove(provider);
            }
            _ => {}
        }
    }

    /// The events that end a provider during which the harness panicked: an error for every test that has no result yet.
    fn rest<'p>(
        &'p self,
        planned: &'p PlannedProvider,
        why: &'p str,
        clock: &'p dyn Clock,
    ) -> impl Iterator<Item = RunEventKind> + 'p {
        let provider = planned.target.id();
        let left = planned
            .tests
            .iter()
            .filter(|planned| {
                let ended = self.0.get(provider);
                !ended.is_some_and(|ended| ended.contains(&planned.test.id))
            })
            .map(move |planned| {
                let test = &planned.test;
                let when = clock.now().trunc_subsecs(0);
                let mut result = TestResult::new(
                    provider.clone(),
                    test.id.clone(),
                    test.level,
                    Outcome::Error,
                    when,
                )
                .with_message(why);
                result.bug = true;
                RunEventKind::TestFinished(Box::new(result))
            });
        left.chain(std::iter::once(RunEventKind::ProviderFinished {
            provider: provider.clone(),
            calls: 0,
        }))
    }
}

/// The places in the plan of the entries of each calendar. They run one after the other: tests that run at the same time may not share
/// a slot of it.
fn by_calendar(plan: &Plan, entries: &Entries) -> Vec<Vec<usize>> {
    let mut groups: IndexMap<Option<usize>, Vec<usize>> = IndexMap::new();
    for (at, planned) in plan.providers.iter().enumerate() {
        let calendar = entries.calendar(&planned.target);
        groups.entry(calendar).or_default().push(at);
    }
    groups.into_values().collect()
}
