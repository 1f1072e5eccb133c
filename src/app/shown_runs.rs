//! The summaries of the runs that a site showed last. A run that has ended changes no more, but by what a clean-up settles.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::store::RunOverview;
use crate::summary::RunSummary;

/// The number of results of all summaries that are kept.
const MOST_RESULTS: usize = 40_000;

/// Summaries, the one that was shown last first.
#[derive(Debug, Default)]
pub(super) struct ShownRuns(Mutex<VecDeque<Shown>>);

/// A summary, and what the store knew of its run when it was made.
#[derive(Debug)]
struct Shown {
    overview: RunOverview,
    settled: usize,
    summary: Arc<RunSummary>,
}

impl ShownRuns {
    /// The summary of a run, if the store knows of the run what it knew when the summary was made.
    pub(super) fn get(&self, overview: &RunOverview, settled: usize) -> Option<Arc<RunSummary>> {
        let mut kept = self.0.lock();
        let at = kept
            .iter()
            .position(|shown| shown.overview == *overview && shown.settled == settled)?;
        let shown = kept.remove(at)?;
        let summary = Arc::clone(&shown.summary);
        kept.push_front(shown);
        Some(summary)
    }

    /// Remembers a summary, and forgets those that were shown longest ago.
    pub(super) fn keep(&self, overview: RunOverview, settled: usize, summary: Arc<RunSummary>) {
        let shown = Shown {
            overview,
            settled,
            summary,
        };
        let mut kept = self.0.lock();
        kept.retain(|other| other.overview.run != shown.overview.run);
        kept.push_front(shown);
        let mut results = 0;
        let fitting = kept.iter().take_while(|shown| {
            results += shown.summary.results.len();
            results <= MOST_RESULTS
        });
        let fitting = fitting.count();
        kept.truncate(fitting);
    }
}
