//! Runs a plan: providers side by side, one stream of events out.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use indexmap::IndexMap;
use tokio::task::{JoinError, JoinSet};

use super::emit::{Dispatcher, Emitter};
use super::options::RunOptions;
use super::provider::run_provider;
use super::session::Shared;
use super::sessions::Sessions;
use super::stop::Stop;
use crate::capability::Registry;
use crate::event::{RunEvent, RunEventKind, RunFooter, RunHeader};
use crate::model::{Clock, ProviderId, TestId};
use crate::plan::Plan;

/// Why a run did not come to its end. Nothing that a provider does is among the reasons.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A task of the harness panicked.
    #[error("a task of the harness panicked: {0}")]
    Panicked(#[source] JoinError),
}

/// Asks every provider what the plan says.
///
/// # Errors
///
/// A bug of the harness; whatever providers do is in the events.
#[expect(
    clippy::too_many_arguments,
    reason = "each is a part of its own, and there is one caller"
)]
pub async fn run<F: FnMut(RunEvent)>(
    plan: &Arc<Plan>,
    registry: &Arc<Registry>,
    header: RunHeader,
    options: &RunOptions,
    clock: &Arc<dyn Clock>,
    stop: &Stop,
    listener: F,
) -> Result<(), RunError> {
    let (emitter, mut events) = Emitter::new();
    let shared = Arc::new(Shared {
        run: header.run.clone(),
        seed: options.seed,
        lanes: options.lanes,
        call_limit: options.call_limit,
        test_limit: options.test_limit,
        fail_fast: options.fail_fast,
        known: known(&header),
        retries: options.retries,
        registry: Arc::clone(registry),
        clock: Arc::clone(clock),
        emitter,
        stop: stop.clone(),
        failed_fast: AtomicBool::new(false),
        undo_ids: AtomicU64::new(1),
    });
    let mut dispatcher = Dispatcher::new(clock.as_ref(), listener);
    dispatcher.tell(RunEventKind::RunStarted(Box::new(header)));

    let sessions = Arc::new(Sessions::new(shared, plan));
    let mut waiting = by_provider(plan).into_iter();
    let mut working = JoinSet::new();
    let mut panicked = None;
    loop {
        while working.len() < options.jobs.max(1) && !stop.requested() {
            let Some(entries) = waiting.next() else {
                break;
            };
            let (plan, sessions) = (Arc::clone(plan), Arc::clone(&sessions));
            working.spawn(async move {
                for at in entries {
                    run_provider(&sessions, &plan.providers[at]).await;
                }
            });
        }
        tokio::select! {
            biased;
            Some(kind) = events.recv() => dispatcher.tell(kind),
            ended = working.join_next() => match ended {
                Some(Ok(())) => {}
                Some(Err(error)) => {
                    panicked = Some(error);
                    stop.request();
                }
                None => break,
            },
        }
    }
    while let Ok(kind) = events.try_recv() {
        dispatcher.tell(kind);
    }
    dispatcher.tell(RunEventKind::RunFinished(RunFooter {
        finished_at: clock.now(),
        interrupted: stop.requested(),
    }));
    panicked.map_or(Ok(()), |error| Err(RunError::Panicked(error)))
}

/// The places in the plan of each provider's entries. They run one after the other: a provider that serves two versions has one
/// calendar, and tests that run at the same time may not share a slot of it.
fn by_provider(plan: &Plan) -> Vec<Vec<usize>> {
    let mut groups: IndexMap<&ProviderId, Vec<usize>> = IndexMap::new();
    for (at, planned) in plan.providers.iter().enumerate() {
        groups.entry(planned.target.id()).or_default().push(at);
    }
    groups.into_values().collect()
}

/// What the baseline of a run knows to fail.
fn known(header: &RunHeader) -> HashSet<(ProviderId, TestId)> {
    let entries = header.baseline.iter().flat_map(|baseline| &baseline.entries);
    entries
        .filter(|entry| entry.holds_at(header.started_at))
        .map(|entry| (entry.provider.clone(), entry.test.clone()))
        .collect()
}
