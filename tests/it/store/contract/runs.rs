//! Runs as a whole: what is kept of them, in which order, and when they go.

use std::collections::BTreeSet;
use std::sync::Arc;

use proofhouse::event::{OwedUndo, RunEvent, RunEventKind};
use proofhouse::model::{RunId, Totals, Verdict};
use proofhouse::store::{
    ImportedFrom, Page, ResultFilter, RunOverview, RunStore, Store, StoreErrorKind, StoredClaim, Wait, load,
    replay,
};
use proofhouse::summary::RunSummary;

use crate::store::{all, at, keep, kind, run_at};

pub(super) fn replays_what_was_appended(store: &dyn RunStore) {
    let (run, events) = run_at(1);
    for batch in events.chunks(4) {
        store.append(&run, batch).wait().unwrap();
    }
    assert_eq!(store.events(&run).wait().unwrap(), events);
    assert_eq!(
        load(store, &run).wait().unwrap(),
        RunSummary::fold(&events).unwrap()
    );
    let mut first = Vec::new();
    let take_two = |event: RunEvent| {
        first.push(event.seq);
        first.len() < 2
    };
    replay(store, &run, take_two).wait().unwrap();
    assert_eq!(first, [0, 1]);
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = store.events_after(&run, after, 3).wait().unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 3);
        after = Some(last.seq);
        paged.extend(page);
    }
    assert_eq!(paged, events);
    assert_eq!(store.event(&run, 3).wait().unwrap().as_ref(), events.get(3));
    assert_eq!(store.event(&run, 1_000).wait().unwrap(), None);
    for verdict in [
        Verdict::Bug,
        Verdict::Incomplete,
        Verdict::Failed,
        Verdict::Stale,
        Verdict::Unreachable,
        Verdict::Unproven,
        Verdict::Known,
        Verdict::Conformant,
    ] {
        store.finish(&run, &[], verdict).wait().unwrap();
        assert_eq!(store.overview(&run).wait().unwrap().verdict, verdict);
    }
    let overview = RunOverview {
        run: run.clone(),
        started_at: at(1),
        finished_at: Some("2026-11-21T03:00:59Z".parse().unwrap()),
        harness: "proofhouse 0.1.0".to_owned(),
        seed: u64::MAX,
        planned: 6,
        providers: 3,
        totals: Totals {
            pass: 1,
            fail: 3,
            error: 1,
            blocked: 1,
            skip: 1,
        },
        verdict: Verdict::Conformant,
        publisher: None,
        from_files: false,
        receipt: 1,
    };
    assert_eq!(store.overview(&run).wait().unwrap(), overview);
    assert_eq!(all(store), [overview]);
}

pub(super) fn shows_a_killed_run_as_incomplete(store: &dyn RunStore) {
    let (run, events) = run_at(1);
    store.append(&run, &events[..9]).wait().unwrap();
    let overview = store.overview(&run).wait().unwrap();
    assert_eq!(
        (overview.finished_at, overview.verdict),
        (None, Verdict::Incomplete)
    );
    assert_eq!(overview.totals.sum(), 3);
    assert!(matches!(
        kind(store.finish(&run, &[], Verdict::Conformant).wait()),
        StoreErrorKind::Unfinished
    ));
    let summary = load(store, &run).wait().unwrap();
    assert_eq!(
        (summary.verdict(), summary.results.len()),
        (Verdict::Incomplete, 3)
    );
}

pub(super) fn refuses_what_does_not_follow(store: &dyn RunStore) {
    let (run, events) = run_at(1);
    let (other, _) = run_at(2);
    assert!(matches!(
        kind(store.append(&run, &events[1..2]).wait()),
        StoreErrorKind::UnknownRun { .. }
    ));
    assert!(matches!(
        kind(store.append(&other, &events[..1]).wait()),
        StoreErrorKind::OutOfOrder { seq: 0 }
    ));
    assert!(matches!(
        kind(store.overview(&run).wait()),
        StoreErrorKind::UnknownRun { .. }
    ));
    assert!(matches!(
        kind(store.events(&run).wait()),
        StoreErrorKind::UnknownRun { .. }
    ));
    store.append(&run, &events[..2]).wait().unwrap();
    let gap = [events[2].clone(), events[4].clone()];
    assert!(matches!(
        kind(store.append(&run, &gap).wait()),
        StoreErrorKind::OutOfOrder { seq: 4 }
    ));
    assert!(matches!(
        kind(store.append(&run, &events[..1]).wait()),
        StoreErrorKind::OutOfOrder { seq: 0 }
    ));
    assert_eq!(
        store.events(&run).wait().unwrap(),
        events[..2],
        "a refused batch left something behind"
    );
    store.append(&run, &events[2..]).wait().unwrap();
    let late = RunEvent {
        seq: events.len() as u64,
        ..events[1].clone()
    };
    assert!(matches!(
        kind(store.append(&run, &[late]).wait()),
        StoreErrorKind::OutOfOrder { .. }
    ));
    store.append(&run, &[]).wait().unwrap();
}

pub(super) fn finds_runs(store: &dyn RunStore) {
    assert!(matches!(
        kind(store.find("latest").wait()),
        StoreErrorKind::NoRuns
    ));
    let runs: Vec<RunId> = [3, 1, 2, 10, 11, 12, 13]
        .iter()
        .map(|&minute| keep(store, minute))
        .collect();
    assert_eq!(store.find("latest").wait().unwrap(), runs[6]);
    assert_eq!(store.find(runs[1].as_str()).wait().unwrap(), runs[1]);
    assert_eq!(store.find("20261121-0303").wait().unwrap(), runs[0]);
    for unknown in ["2027", "%", "20261121-0303%", "LATEST", "20261121-030300-003333x"] {
        assert!(
            matches!(
                kind(store.find(unknown).wait()),
                StoreErrorKind::UnknownRun { .. }
            ),
            "{unknown}"
        );
    }
    let ambiguous = |text: &str| kind(store.find(text).wait()).to_string();
    assert_eq!(
        ambiguous("20261121-030"),
        "`20261121-030` is the beginning of several runs: 20261121-030300-003333, 20261121-030200-002222, \
         20261121-030100-001111"
    );
    assert!(ambiguous("2026").ends_with(", …"), "{}", ambiguous("2026"));
}

pub(super) fn pages_through_runs(store: &dyn RunStore) {
    for minute in [2, 5, 1, 4, 3] {
        keep(store, minute);
    }
    let runs = all(store);
    let newest: Vec<_> = runs.iter().map(|run| run.started_at).collect();
    assert_eq!(newest, [5, 4, 3, 2, 1].map(at));
    let first = store
        .list(&Page {
            limit: 2,
            before: None,
        })
        .wait()
        .unwrap();
    assert_eq!(ids(&first), [&runs[0].run, &runs[1].run]);
    let second = store
        .list(&Page {
            limit: 9,
            before: Some(first[1].run.clone()),
        })
        .wait()
        .unwrap();
    assert_eq!(ids(&second), [&runs[2].run, &runs[3].run, &runs[4].run]);
    assert_eq!(
        store
            .list(&Page {
                limit: 0,
                before: None
            })
            .wait()
            .unwrap(),
        []
    );
}

fn ids(runs: &[RunOverview]) -> Vec<&RunId> {
    runs.iter().map(|run| &run.run).collect()
}

pub(super) fn removes_runs_whole(store: &dyn RunStore) {
    let (old, new) = (keep(store, 1), keep(store, 2));
    let claims = || store.claims(None, None).wait().unwrap();
    let before = claims();
    store.remove(&[new.clone(), run_at(9).0]).wait().unwrap();
    assert_eq!(ids(&all(store)), [&old]);
    assert!(matches!(
        kind(store.events(&new).wait()),
        StoreErrorKind::UnknownRun { .. }
    ));
    let limit = 1_000;
    let left = store
        .recent_results(&ResultFilter {
            limit,
            ..ResultFilter::default()
        })
        .wait();
    assert!(left.unwrap().iter().all(|row| row.run == old));
    let after = claims();
    assert_eq!(after.len(), before.len());
    assert!(
        before
            .iter()
            .zip(&after)
            .all(|(before, after)| after.changes > before.changes),
        "a standing that is cached must be judged anew: {after:?}"
    );
    store.remove(&[old]).wait().unwrap();
    assert_eq!((all(store).len(), claims().len()), (0, 0));
    assert_eq!(store.check().wait().unwrap(), Vec::<String>::new());
    keep(store, 3);
}

pub(super) fn knows_where_a_run_came_from(store: &dyn RunStore) {
    let ((sent, of_sent), (merged, of_merged)) = (run_at(1), run_at(2));
    let ada = ImportedFrom::Publisher("ada");
    store
        .import(&sent, &of_sent, Verdict::Failed, ada)
        .wait()
        .unwrap();
    store
        .import(&merged, &of_merged, Verdict::Failed, ImportedFrom::Files)
        .wait()
        .unwrap();
    let from = |run| {
        let overview = store.overview(run).wait().unwrap();
        (overview.publisher, overview.from_files)
    };
    assert_eq!(from(&sent), (Some("ada".to_owned()), false));
    assert_eq!(from(&merged), (None, true));
    assert_eq!(from(&keep(store, 3)), (None, false));
}

pub(super) fn settles_what_is_owed(store: &dyn RunStore) {
    let (run, events) = run_at(1);
    store.append(&run, &events[..9]).wait().unwrap();
    let owed = |store: &dyn RunStore| {
        store
            .owed(&run)
            .wait()
            .unwrap()
            .into_iter()
            .map(|OwedUndo { id, .. }| id)
            .collect::<Vec<_>>()
    };
    assert_eq!(owed(store), [2, 3]);
    store.settle(&run, 3, at(30)).wait().unwrap();
    store.settle(&run, 3, at(31)).wait().unwrap();
    assert_eq!(
        (owed(store), store.settled(&run).wait().unwrap()),
        (vec![2], BTreeSet::from([3]))
    );
    assert_eq!(
        store.events(&run).wait().unwrap(),
        events[..9],
        "a settlement changed the record"
    );
    let left: Vec<_> = load(store, &run)
        .wait()
        .unwrap()
        .leftovers
        .into_iter()
        .map(|left| left.id)
        .collect();
    assert_eq!(left, [2]);
    let (unknown, _) = run_at(9);
    assert!(matches!(
        kind(store.settle(&unknown, 1, at(30)).wait()),
        StoreErrorKind::UnknownRun { .. }
    ));
}

pub(super) fn outlives_its_process(open: &dyn Fn() -> Arc<dyn Store>) {
    let (run, events) = run_at(1);
    open().append(&run, &events[..5]).wait().unwrap();
    let again = open();
    assert_eq!(again.events(&run).wait().unwrap(), events[..5]);
    again.append(&run, &events[5..]).wait().unwrap();
    assert_eq!(open().events(&run).wait().unwrap(), events);
}

pub(super) fn may_be_asked_while_it_replays(store: &dyn RunStore) {
    let run = keep(store, 1);
    let mut asked = 0;
    let ask = |_: RunEvent| {
        asked += store.overview(&run).wait().map_or(0, |_| 1);
        store.settle(&run, 2, at(40)).wait().unwrap();
        true
    };
    replay(store, &run, ask).wait().unwrap();
    assert_eq!(asked, run_at(1).1.len());
}

/// What a run says last goes in together with its verdict; what does not follow takes the verdict with it.
pub(super) fn ends_a_run_at_once(store: &dyn RunStore) {
    let (run, events) = run_at(1);
    store.append(&run, &events[..9]).wait().unwrap();
    let before = store.claims(None, None).wait().unwrap();
    assert!(matches!(
        kind(store.finish(&run, &events[10..], Verdict::Failed).wait()),
        StoreErrorKind::OutOfOrder { seq: 10 }
    ));
    let last = events.len() - 1;
    assert!(matches!(
        kind(store.finish(&run, &events[9..last], Verdict::Failed).wait()),
        StoreErrorKind::Unfinished
    ));
    assert_eq!(store.events(&run).wait().unwrap(), events[..9]);
    store.finish(&run, &events[9..], Verdict::Failed).wait().unwrap();
    let overview = store.overview(&run).wait().unwrap();
    assert!(overview.finished_at.is_some() && overview.verdict == Verdict::Failed);
    assert_eq!(overview.totals.sum(), 7);
    assert_eq!(store.events(&run).wait().unwrap(), events);
    let after = store.claims(None, None).wait().unwrap();
    let changes = |claims: &[StoredClaim], claim: &StoredClaim| {
        let same = |other: &&StoredClaim| {
            (&other.provider, &other.capability) == (&claim.provider, &claim.capability)
        };
        claims.iter().find(same).map_or(0, |found| found.changes)
    };
    assert!(
        after.iter().all(|claim| claim.changes > changes(&before, claim)),
        "{after:?}"
    );
}

/// Stored texts and times come back as they went in, also those that a database could take for something of its own.
pub(super) fn keeps_odd_texts(store: &dyn RunStore) {
    let (run, mut events) = run_at(1);
    let odd = "a\\b %_ 'quoted' \"double\" {1,2} \u{1F600} \u{feff}\n\tNULL";
    for event in &mut events {
        match &mut event.kind {
            RunEventKind::RunStarted(header) => header.harness = odd.to_owned(),
            RunEventKind::TestFinished(result) => result.message = Some(format!("{odd}\0")),
            _ => {}
        }
    }
    let from = ImportedFrom::Publisher(odd);
    store.import(&run, &events, Verdict::Failed, from).wait().unwrap();
    let overview = store.overview(&run).wait().unwrap();
    assert_eq!(
        (overview.harness.as_str(), overview.publisher.as_deref()),
        (odd, Some(odd))
    );
    assert_eq!(store.events(&run).wait().unwrap(), events);
    let rows = store.results_of_run(&run, None, 100).wait().unwrap();
    assert!(
        rows.iter()
            .all(|row| row.message.as_ref().is_some_and(|kept| kept.starts_with(odd)))
    );
    assert!(matches!(
        kind(store.find("2026\0").wait()),
        StoreErrorKind::UnknownRun { .. }
    ));
}
