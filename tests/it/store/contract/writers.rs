//! Several that write, or copy, at one time.

use std::sync::{Arc, Barrier};
use std::thread;

use proofhouse::model::Verdict;
use proofhouse::store::{DATABASE_FILE, RunStore as _, SqliteStore, Store, StoreErrorKind, Wait};

use crate::store::{all, keep, kind, run_at};

pub(in crate::store) fn is_copied_while_it_is_used(open: &dyn Fn() -> Arc<dyn Store>) {
    let store = open();
    let run = keep(&*store, 1);
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join(DATABASE_FILE);
    let (other, events) = run_at(2);
    let writer = open();
    thread::scope(|scope| {
        let writing = scope.spawn(|| {
            for event in &events {
                writer.append(&other, std::slice::from_ref(event)).wait().unwrap();
            }
        });
        store.back_up(&copy).wait().unwrap();
        writing.join().unwrap();
    });
    let found = SqliteStore::open(folder.path()).unwrap();
    assert_eq!(found.check().wait().unwrap(), Vec::<String>::new());
    assert_eq!(
        found.events(&run).wait().unwrap(),
        store.events(&run).wait().unwrap()
    );
    if let Ok(half) = found.events(&other).wait() {
        assert_eq!(half, events[..half.len()], "a copy is of one moment");
    }
    assert!(
        matches!(kind(store.back_up(&copy).wait()), StoreErrorKind::NotWritable(_)),
        "a copy never replaces a file"
    );
}

pub(super) fn takes_two_writers(open: &dyn Fn() -> Arc<dyn Store>) {
    let barrier = Barrier::new(2);
    thread::scope(|scope| {
        for minute in [1, 2] {
            let (store, barrier) = (open(), &barrier);
            scope.spawn(move || {
                let (run, events) = run_at(minute);
                barrier.wait();
                for event in &events {
                    store.append(&run, std::slice::from_ref(event)).wait().unwrap();
                }
            });
        }
    });
    let store = open();
    for minute in [1, 2] {
        let (run, events) = run_at(minute);
        assert_eq!(store.events(&run).wait().unwrap(), events);
    }
}

/// Runs of the same providers end at the same time, and write of the same claims in any order: nobody may be refused for it.
pub(super) fn takes_writers_of_the_same_claims(open: &dyn Fn() -> Arc<dyn Store>) {
    const WRITERS: u32 = 4;
    const RUNS: u32 = 4;
    let barrier = Barrier::new(WRITERS as usize);
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (store, barrier) = (open(), &barrier);
            scope.spawn(move || {
                barrier.wait();
                for run in 0..RUNS {
                    let (run, events) = run_at(1 + writer * RUNS + run);
                    // Results one by one or together, so that claims are met in several orders.
                    let (some, rest) = events.split_at(3 + 2 * writer as usize);
                    store.append(&run, some).wait().unwrap();
                    store.finish(&run, rest, Verdict::Failed).wait().unwrap();
                }
            });
        }
    });
    let store = open();
    let runs = all(&*store);
    assert_eq!(runs.len(), (WRITERS * RUNS) as usize);
    assert!(runs.iter().all(|run| run.verdict == Verdict::Failed));
    assert_eq!(store.check().wait().unwrap(), Vec::<String>::new());
    // Each run told of each claim and judged it.
    let claims = store.claims(None, None).wait().unwrap();
    assert!(
        claims
            .iter()
            .all(|claim| claim.changes >= u64::from(WRITERS * RUNS)),
        "{claims:?}"
    );
}

/// Two who write the same run: one goes on, and the other is told that what it has does not follow.
pub(super) fn has_one_writer_a_run(open: &dyn Fn() -> Arc<dyn Store>) {
    let (run, events) = run_at(1);
    let barrier = Barrier::new(4);
    let written = std::sync::Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..4 {
            let (store, barrier, run, events, written) = (open(), &barrier, &run, &events, &written);
            scope.spawn(move || {
                barrier.wait();
                for event in events {
                    let one = std::slice::from_ref(event);
                    match store.append(run, one).wait() {
                        Ok(()) => written.lock().unwrap().push(event.seq),
                        Err(error) => assert!(
                            matches!(
                                error.kind,
                                StoreErrorKind::OutOfOrder { .. } | StoreErrorKind::UnknownRun { .. }
                            ),
                            "{error:?}"
                        ),
                    }
                }
            });
        }
    });
    let store = open();
    let kept = store.events(&run).wait().unwrap();
    assert_eq!(kept, events[..kept.len()]);
    let mut written = written.into_inner().unwrap();
    written.sort_unstable();
    assert_eq!(
        written,
        (0..kept.len() as u64).collect::<Vec<_>>(),
        "an event was written twice"
    );
}
