//! The summaries of the runs that a site showed last. A run that has ended changes no more, but by what a clean-up settles.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::model::{Exchange, TestResult};
use crate::store::RunOverview;
use crate::summary::RunSummary;

/// The bytes that all summaries that are kept take, about.
const MOST_BYTES: usize = 64 << 20;
/// The bytes that a result takes beside its texts and calls, about.
const RESULT: usize = 512;

/// Summaries, the one that was shown last first.
#[derive(Debug, Default)]
pub(super) struct ShownRuns(Mutex<VecDeque<Shown>>);

/// A summary, the bytes that it takes, and what the store knew of its run when it was made.
#[derive(Debug)]
struct Shown {
    overview: RunOverview,
    settled: usize,
    weight: usize,
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
    pub(super) fn keep(&self, overview: RunOverview, settled: usize, summary: &Arc<RunSummary>) {
        self.keep_within(MOST_BYTES, overview, settled, summary);
    }

    fn keep_within(&self, most: usize, overview: RunOverview, settled: usize, summary: &Arc<RunSummary>) {
        let results = summary.results.iter().map(weight);
        let shown = Shown {
            overview,
            settled,
            weight: results.fold(0, usize::saturating_add),
            summary: Arc::clone(summary),
        };
        let mut kept = self.0.lock();
        kept.retain(|other| other.overview.run != shown.overview.run);
        kept.push_front(shown);
        let mut bytes: usize = 0;
        let fitting = kept.iter().take_while(|shown| {
            bytes = bytes.saturating_add(shown.weight);
            bytes <= most
        });
        let fitting = fitting.count();
        kept.truncate(fitting);
    }
}

fn weight(result: &TestResult) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let notes = result.notes.iter().map(String::len);
    let cases = result
        .cases
        .iter()
        .map(|case| RESULT / 4 + case.case.len() + text(&case.message));
    let calls = result.failure.iter().flat_map(|failure| &failure.exchanges);
    notes
        .chain(cases)
        .chain(calls.map(Exchange::weight))
        .fold(RESULT + text(&result.message), usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Failure, Totals, Verdict};
    use crate::summary::sample::{Sample, row};

    fn overview(run: &str) -> RunOverview {
        let started_at = chrono::DateTime::UNIX_EPOCH;
        RunOverview {
            run: run.parse().unwrap(),
            started_at,
            finished_at: Some(started_at),
            harness: String::new(),
            seed: 0,
            planned: 1,
            providers: 1,
            totals: Totals::default(),
            verdict: Verdict::Failed,
            publisher: None,
            from_files: false,
            receipt: 1,
        }
    }

    fn summary(body: usize) -> Arc<RunSummary> {
        let mut row = row("a:b", "one").fails("wrong");
        row.0.failure = Some(Box::new(Failure {
            exchanges: vec![Exchange {
                body: Some("x".repeat(body)),
                ..Exchange::default()
            }],
            ..Failure::default()
        }));
        Arc::new(Sample::of([row]).fold().unwrap())
    }

    #[test]
    fn what_was_shown_longest_ago_is_forgotten_by_its_bytes_and_nothing_old_is_shown() {
        let shown = ShownRuns::default();
        let keep = |run, body| shown.keep_within(10_000, overview(run), 0, &summary(body));
        let known = |run| shown.get(&overview(run), 0).is_some();
        keep("one", 3_000);
        keep("two", 3_000);
        assert!(known("one") && known("two"));
        // The first one is shown again, so the second one is the older.
        assert!(known("one"));
        keep("three", 3_000);
        assert!(known("one") && known("three") && !known("two"));
        let news = RunOverview {
            verdict: Verdict::Incomplete,
            ..overview("one")
        };
        assert!(shown.get(&news, 0).is_none() && shown.get(&overview("one"), 1).is_none());
        // What is larger than all that may be kept is not kept, and leaves room for nothing older.
        keep("four", 20_000);
        assert!(!known("four"));
    }
}
