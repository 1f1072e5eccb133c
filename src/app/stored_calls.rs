//! The calls of failures in the record of a run, for reports that show more of them than its summary holds.

use std::sync::Arc;

use crate::event::RunEventKind;
use crate::model::{Exchange, RunId};
use crate::store::{RunStore, Wait};
use crate::summary::CallRecord;

/// The calls of one stored run.
pub(super) struct StoredCalls {
    store: Arc<dyn RunStore>,
    run: RunId,
}

impl StoredCalls {
    pub(super) fn new(store: Arc<dyn RunStore>, run: RunId) -> Self {
        Self { store, run }
    }
}

impl CallRecord for StoredCalls {
    fn calls(&self, seq: u64) -> Vec<Exchange> {
        let event = self.store.event(&self.run, seq).wait().ok().flatten();
        match event.map(|event| event.kind) {
            Some(RunEventKind::TestFinished(result)) => result
                .failure
                .map(|failure| failure.exchanges)
                .unwrap_or_default(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Failure, Outcome};
    use crate::store::SqliteStore;
    use crate::summary::sample::{Sample, row};
    use crate::summary::{Fold, KeptCalls, RecordedCalls, RunSummary};

    fn failed(test: &str) -> crate::summary::sample::Row {
        let mut row = row("a:b", test).fails("wrong");
        row.0.failure = Some(Box::new(Failure {
            exchanges: vec![Exchange {
                tool: test.to_owned(),
                body: Some("x".repeat(1_000)),
                ..Exchange::default()
            }],
            ..Failure::default()
        }));
        row
    }

    fn fold(sample: &Sample, kept: KeptCalls) -> RunSummary {
        let mut fold = Fold::keeping(kept);
        sample
            .events()
            .into_iter()
            .for_each(|event| fold.take(event).unwrap());
        fold.finish().unwrap()
    }

    #[test]
    fn calls_beyond_the_bound_are_shown_from_the_record() {
        let sample = Sample::of(["one", "two", "three"].map(failed));
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn RunStore> = Arc::new(SqliteStore::open(folder.path()).unwrap());
        let run = sample.header.run.clone();
        store.append(&run, &sample.events()).wait().unwrap();
        let whole = fold(&sample, KeptCalls::All);
        let mut bounded = fold(&sample, KeptCalls::Bytes(1_500));
        let held = |summary: &RunSummary| {
            let failures = summary.results.iter().filter_map(|row| row.failure.as_ref());
            failures.map(|failure| failure.exchanges.len()).sum::<usize>()
        };
        assert_eq!((held(&whole), held(&bounded)), (3, 1));
        bounded.calls = RecordedCalls::in_record(Arc::new(StoredCalls::new(store, run)));
        for (all, some) in whole.results.iter().zip(&bounded.results) {
            assert_eq!(some.outcome, Outcome::Fail);
            assert_eq!(whole.calls_of(all), bounded.calls_of(some), "{}", all.test);
        }
        let report = |summary: &RunSummary| crate::report::json(summary).unwrap();
        assert_eq!(report(&bounded), report(&whole));
        assert_eq!(held(&fold(&sample, KeptCalls::None)), 0);
    }
}
