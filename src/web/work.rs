//! Work that may wait for the store or takes a while: done on threads that may block, so much of each kind at one time.
//!
//! A page that costs is one of few that are made at once; the others wait for a bounded time, and are told to come again after it.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinError;

use super::exposition::{head, seconds};

/// The number of pages and answers that are made at once.
const PAGES: usize = 16;
/// The number of uploads that are worked on at once. They have places of their own, so that they never keep a page waiting.
const UPLOADS: usize = 4;
/// The time for which work waits for a place.
const PATIENCE: Duration = Duration::from_secs(5);

static PAGE_PLACES: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(PAGES)));
static UPLOAD_PLACES: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(UPLOADS)));

/// The kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// A page, a document or an answer of the API.
    Page,
    /// A request of a publisher.
    Upload,
}

/// The reason why work was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum WorkError {
    /// No place was free in time.
    #[error("the site is busy: come again in a few seconds")]
    Busy,
    /// The work failed without an answer.
    #[error(transparent)]
    Failed(#[from] JoinError),
}

/// The time after which to come again.
pub(super) const COME_AGAIN: Duration = Duration::from_secs(5);

/// Does work on a thread that may block. The place is free again when the work ends, even if nobody waits for it any more.
pub(super) async fn run<T: Send + 'static>(
    kind: Work,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, WorkError> {
    let (places, counts) = match kind {
        Work::Page => (&PAGE_PLACES, &PAGE_COUNTS),
        Work::Upload => (&UPLOAD_PLACES, &UPLOAD_COUNTS),
    };
    let began = Instant::now();
    let done = run_in(places, work).await;
    match done {
        Err(WorkError::Busy) => counts.refused.fetch_add(1, Ordering::Relaxed),
        Ok(_) | Err(WorkError::Failed(_)) => {
            let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
            counts.microseconds.fetch_add(took, Ordering::Relaxed);
            counts.done.fetch_add(1, Ordering::Relaxed)
        }
    };
    done
}

/// The counts of one kind of work for a monitor.
struct Counts {
    done: AtomicU64,
    microseconds: AtomicU64,
    refused: AtomicU64,
}

impl Counts {
    const fn new() -> Self {
        Self {
            done: AtomicU64::new(0),
            microseconds: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }
}

static PAGE_COUNTS: Counts = Counts::new();
static UPLOAD_COUNTS: Counts = Counts::new();

pub(super) fn write_metrics(out: &mut String) -> std::fmt::Result {
    let kinds = [("page", &PAGE_COUNTS), ("upload", &UPLOAD_COUNTS)];
    head(
        out,
        "proofhouse_work_seconds",
        "summary",
        "Time of work on the store, with the wait for a place.",
    )?;
    for (kind, counts) in kinds {
        let took = seconds(counts.microseconds.load(Ordering::Relaxed));
        let done = counts.done.load(Ordering::Relaxed);
        writeln!(out, "proofhouse_work_seconds_sum{{kind=\"{kind}\"}} {took}")?;
        writeln!(out, "proofhouse_work_seconds_count{{kind=\"{kind}\"}} {done}")?;
    }
    head(
        out,
        "proofhouse_work_refused_total",
        "counter",
        "Work that found no place in time.",
    )?;
    for (kind, counts) in kinds {
        let refused = counts.refused.load(Ordering::Relaxed);
        writeln!(out, "proofhouse_work_refused_total{{kind=\"{kind}\"}} {refused}")?;
    }
    Ok(())
}

async fn run_in<T: Send + 'static>(
    places: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, WorkError> {
    let place = tokio::time::timeout(PATIENCE, Arc::clone(places).acquire_owned());
    let Ok(Ok(place)) = place.await else {
        return Err(WorkError::Busy);
    };
    Ok(tokio::task::spawn_blocking(move || {
        let _place = place;
        work()
    })
    .await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_without_a_place_is_refused_after_a_while_and_not_lost_sight_of() {
        let places = Arc::new(Semaphore::new(1));
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let first = tokio::spawn({
            let places = Arc::clone(&places);
            async move { run_in(&places, move || ended.recv().is_ok()).await }
        });
        while places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        tokio::time::pause();
        let second = tokio::spawn({
            let places = Arc::clone(&places);
            async move { run_in(&places, || ()).await }
        });
        tokio::task::yield_now().await;
        // The clock does not go on by itself while a thread is blocked.
        tokio::time::advance(PATIENCE * 2).await;
        assert!(matches!(second.await.unwrap(), Err(WorkError::Busy)));
        tokio::time::resume();
        end.send(()).unwrap();
        assert!(first.await.unwrap().unwrap());
        assert!(run_in(&places, || ()).await.is_ok());
    }
}
