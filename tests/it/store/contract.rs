//! The contract of every store of runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Barrier};
use std::thread;

use proofhouse::event::{OwedUndo, RunEvent, RunEventKind};
use proofhouse::model::{CapabilityRef, Outcome, RunId, Totals, Verdict};
use proofhouse::publish::{TokenHash, TokenRecord, TokenUse};
use proofhouse::store::{
    ClaimResults, DATABASE_FILE, ImportedFrom, Page, ResultFilter, RunOverview, RunStore, SqliteStore, Store,
    StoreErrorKind, StoredClaim, StoredResult, Wait, load, replay,
};
use proofhouse::summary::RunSummary;

use super::{all, at, keep, kind, run_at, uploads};

/// Holds a store to it. `new` makes an empty store and gives what opens it, each time as another process would.
pub(super) fn contract(new: &dyn Fn() -> Box<dyn Fn() -> Arc<dyn Store>>) {
    replays_what_was_appended(&*new()());
    shows_a_killed_run_as_incomplete(&*new()());
    refuses_what_does_not_follow(&*new()());
    finds_runs(&*new()());
    pages_through_runs(&*new()());
    answers_with_recent_results(&*new()());
    tells_the_claims_and_when_they_changed(&*new()());
    settles_what_is_owed(&*new()());
    removes_runs_whole(&*new()());
    knows_where_a_run_came_from(&*new()());
    gives_the_results_of_a_claim_as_runs_were_received(&*new()());
    lists_providers_and_results_in_pages(&*new()());
    outlives_its_process(&*new());
    takes_two_writers(&*new());
    may_be_asked_while_it_replays(&*new()());
    ends_a_run_at_once(&*new()());
    keeps_odd_texts(&*new()());
    takes_writers_of_the_same_claims(&*new());
    has_one_writer_a_run(&*new());
    keeps_tokens(&*new()());
    uploads::takes_pieces_in_order(&*new());
    uploads::bounds_what_a_token_sends(&*new()());
    uploads::takes_one_of_two_pieces_for_one_place(&*new());
}

fn replays_what_was_appended(store: &dyn RunStore) {
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

fn shows_a_killed_run_as_incomplete(store: &dyn RunStore) {
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

fn refuses_what_does_not_follow(store: &dyn RunStore) {
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

fn finds_runs(store: &dyn RunStore) {
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

fn pages_through_runs(store: &dyn RunStore) {
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

fn tells_the_claims_and_when_they_changed(store: &dyn RunStore) {
    let claims = || {
        let found = store.claims(None, None).wait().unwrap();
        let claim = |claim: StoredClaim| (format!("{} {}", claim.provider, claim.capability), claim.changes);
        found.into_iter().map(claim).collect::<BTreeMap<_, _>>()
    };
    let create: CapabilityRef = "booking.create_booking@0.1.0".parse().unwrap();
    let (house, salon) = (
        format!("bookio:ink-house {create}"),
        format!("bookio:salon-aurora {create}"),
    );
    let (run, events) = run_at(1);
    let (beginning, rest) = events.split_at(5);
    store.append(&run, beginning).wait().unwrap();
    let first = claims();
    assert_eq!(first.keys().collect::<Vec<_>>(), [&salon]);
    store.append(&run, rest).wait().unwrap();
    let whole = claims();
    // A run tells of a claim once, however much it found; what it is worth is known once it is judged.
    assert_eq!((whole.len(), whole[&salon]), (4, first[&salon]));
    store.finish(&run, &[], Verdict::Failed).wait().unwrap();
    let judged = claims();
    assert!(
        judged.iter().all(|(claim, changes)| *changes > whole[claim]),
        "{judged:?}"
    );
    // An older run that comes later is news as well.
    let (older, events) = run_at(0);
    let ada = ImportedFrom::Publisher("ada");
    store
        .import(&older, &events, Verdict::Failed, ada)
        .wait()
        .unwrap();
    let imported = claims();
    assert!(
        imported.iter().all(|(claim, changes)| *changes > judged[claim]),
        "{imported:?}"
    );
    let narrowed = |capability, provider| {
        let found: Vec<_> = store.claims(capability, provider).wait().unwrap();
        found
            .iter()
            .map(|claim| format!("{} {}", claim.provider, claim.capability))
            .collect::<Vec<_>>()
    };
    assert_eq!(narrowed(Some(&create), None), [house.clone(), salon]);
    let house_id = "bookio:ink-house".parse().unwrap();
    assert_eq!(narrowed(Some(&create), Some(&house_id)), [house]);
    assert_eq!(narrowed(None, Some(&house_id)).len(), 2);
}

fn answers_with_recent_results(store: &dyn RunStore) {
    let (old, new) = (keep(store, 1), keep(store, 2));
    let ask = |filter: ResultFilter| store.recent_results(&filter).wait().unwrap();
    let rows = |results: &[StoredResult]| {
        results
            .iter()
            .map(|row| format!("{} {} {}", row.run.short(), row.provider, row.test))
            .collect::<Vec<_>>()
    };
    let everything = ask(ResultFilter {
        limit: 100,
        ..ResultFilter::default()
    });
    assert_eq!(everything.len(), 14);
    let mut paged = Vec::new();
    let mut before = None;
    loop {
        let page = ask(ResultFilter {
            before,
            limit: 3,
            ..ResultFilter::default()
        });
        before = page.last().map(StoredResult::cursor);
        if before.is_none() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, everything);
    let failed = ask(ResultFilter {
        outcome: Some(Outcome::Fail),
        limit: 100,
        ..ResultFilter::default()
    });
    assert_eq!(failed.len(), 6);
    assert!(failed.iter().all(|row| row.outcome == Outcome::Fail));
    assert!(
        everything.windows(2).all(|pair| pair[0].when >= pair[1].when),
        "{everything:#?}"
    );
    assert!(
        everything[..7].iter().all(|row| row.run == new) && everything[7..].iter().all(|row| row.run == old)
    );
    let some = ask(ResultFilter {
        capability: Some("booking.create_booking".parse().unwrap()),
        version: Some("0.1.0".parse().unwrap()),
        provider: Some("bookio:ink-house".parse().unwrap()),
        test: Some("idempotency_window".parse().unwrap()),
        limit: 9,
        ..ResultFilter::default()
    });
    assert_eq!(
        rows(&some),
        [
            "002222 bookio:ink-house idempotency_window",
            "001111 bookio:ink-house idempotency_window"
        ]
    );
    assert_eq!(
        (some[0].outcome, some[0].ms, some[0].calls, some[0].when),
        (Outcome::Fail, 12, 1, at(2))
    );
    assert_eq!(
        some[0].message.as_deref(),
        Some("the same request made a second booking\nbk-2 is not bk-1")
    );
    let of_version = ResultFilter {
        version: Some("0.2.0".parse().unwrap()),
        limit: 1,
        ..ResultFilter::default()
    };
    assert_eq!(rows(&ask(of_version)), ["002222 local:worker idempotency_window"]);
}

fn removes_runs_whole(store: &dyn RunStore) {
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

pub(super) fn is_copied_while_it_is_used(open: &dyn Fn() -> Arc<dyn Store>) {
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

fn knows_where_a_run_came_from(store: &dyn RunStore) {
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

fn gives_the_results_of_a_claim_as_runs_were_received(store: &dyn RunStore) {
    let ada = ImportedFrom::Publisher("ada");
    let own = keep(store, 5);
    let (sent, events) = run_at(9);
    store.import(&sent, &events, Verdict::Failed, ada).wait().unwrap();
    let late = keep(store, 1);
    let provider = "bookio:ink-house".parse().unwrap();
    let capability: CapabilityRef = "booking.create_booking@0.1.0".parse().unwrap();
    let runs = |own, until, limit| {
        let query = ClaimResults {
            provider: &provider,
            capability: Some(&capability),
            own,
            since: None,
            until,
            limit,
        };
        let found = store.results_of_claim(&query).wait().unwrap();
        assert!(found.iter().all(|row| row.own == own && row.provider == provider));
        let mut runs: Vec<RunId> = found.into_iter().map(|row| row.run).collect();
        runs.dedup();
        runs
    };
    assert_eq!(runs(true, None, 100), [late.clone(), own]);
    assert_eq!(runs(false, None, 100), std::slice::from_ref(&sent));
    assert_eq!(runs(true, None, 1), std::slice::from_ref(&late));
    assert_eq!(runs(true, Some(at(2)), 100), [late]);
    assert!(runs(false, Some(at(9)), 100).is_empty());
    let mut whole = load(store, &sent).wait().unwrap();
    whole
        .results
        .retain(|row| row.provider == provider && row.id().capability == capability);
    let events = store
        .events_of_claim(&sent, &provider, &capability)
        .wait()
        .unwrap();
    let names: Vec<_> = events.iter().map(|event| event.kind.name()).collect();
    assert_eq!(names.len(), whole.results.len() + 1, "{names:?}");
    assert_eq!(names.last(), Some(&"run_finished"));
}

fn lists_providers_and_results_in_pages(store: &dyn RunStore) {
    let run = keep(store, 1);
    let all = store.providers(None, None, 100).wait().unwrap();
    assert!(all.len() > 1 && all.is_sorted(), "{all:?}");
    let (mut paged, mut after) = (Vec::new(), None);
    while let [next] = store
        .providers(None, after.as_ref(), 1)
        .wait()
        .unwrap()
        .as_slice()
    {
        paged.push(next.clone());
        after = Some(next.clone());
    }
    assert_eq!(paged, all);
    let capability: CapabilityRef = "booking.create_booking@0.2.0".parse().unwrap();
    let of_capability = store.providers(Some(&capability), None, 100).wait().unwrap();
    let claimed = store.claims(Some(&capability), None).wait().unwrap();
    let claimed: Vec<_> = claimed.into_iter().map(|claim| claim.provider).collect();
    assert_eq!(of_capability, claimed);
    let whole = store.results_of_run(&run, None, 100).wait().unwrap();
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = store.results_of_run(&run, after, 2).wait().unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.seq);
        paged.extend(page);
    }
    assert_eq!(paged, whole);
    assert_eq!(whole.len(), 7);
}

fn settles_what_is_owed(store: &dyn RunStore) {
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

fn outlives_its_process(open: &dyn Fn() -> Arc<dyn Store>) {
    let (run, events) = run_at(1);
    open().append(&run, &events[..5]).wait().unwrap();
    let again = open();
    assert_eq!(again.events(&run).wait().unwrap(), events[..5]);
    again.append(&run, &events[5..]).wait().unwrap();
    assert_eq!(open().events(&run).wait().unwrap(), events);
}

fn takes_two_writers(open: &dyn Fn() -> Arc<dyn Store>) {
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

fn may_be_asked_while_it_replays(store: &dyn RunStore) {
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
fn ends_a_run_at_once(store: &dyn RunStore) {
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
fn keeps_odd_texts(store: &dyn RunStore) {
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

/// Runs of the same providers end at the same time, and write of the same claims in any order: nobody may be refused for it.
fn takes_writers_of_the_same_claims(open: &dyn Fn() -> Arc<dyn Store>) {
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
fn has_one_writer_a_run(open: &dyn Fn() -> Arc<dyn Store>) {
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

fn keeps_tokens(store: &dyn Store) {
    let hash = TokenHash::of("phk_one");
    let token = |id: &str, minute| TokenRecord {
        id: id.to_owned(),
        publisher: "Ada \u{1F600}".to_owned(),
        providers: vec!["bookio:*".to_owned(), "a\"b".to_owned()],
        created_at: at(minute),
        expires_at: at(59),
        revoked_at: None,
    };
    let (first, second) = (token("one", 1), token("two", 2));
    let revoked = TokenRecord {
        revoked_at: Some(at(4)),
        ..token("three", 3)
    };
    let hashes = ["phk_two", "phk_three"].map(TokenHash::of);
    store.insert_token(&hashes[0], &second).wait().unwrap();
    store.insert_token(&hash, &first).wait().unwrap();
    store.insert_token(&hashes[1], &revoked).wait().unwrap();
    assert!(
        store.insert_token(&hash, &token("again", 5)).wait().is_err(),
        "a hash is there once"
    );
    assert_eq!(
        store.tokens().wait().unwrap(),
        [first.clone(), second.clone(), revoked.clone()]
    );
    assert_eq!(store.find_token(&hash).wait().unwrap(), Some(first.clone()));
    assert_eq!(
        store.find_token(&hashes[1]).wait().unwrap(),
        None,
        "it is revoked"
    );
    assert_eq!(
        store.find_token(&TokenHash::of("phk_other")).wait().unwrap(),
        None
    );
    let day = at(1).date_naive();
    let later = at(1) + chrono::TimeDelta::days(1);
    for (when, runs, bytes) in [(at(1), 1, 10), (at(9), 2, 20), (at(5), 0, 5), (later, 4, 40)] {
        store.count_token_use("one", when, runs, bytes).wait().unwrap();
    }
    let used = |runs, bytes, last| TokenUse {
        runs,
        bytes,
        last: Some(last),
    };
    assert_eq!(
        store.token_use("one", Some(day)).wait().unwrap(),
        used(3, 35, at(9))
    );
    assert_eq!(store.token_use("one", None).wait().unwrap(), used(7, 75, later));
    assert_eq!(store.token_use("two", None).wait().unwrap(), TokenUse::default());
    let days = store.days_of_token("one").wait().unwrap();
    assert_eq!(days, [used(3, 35, at(9)), used(4, 40, later)]);
    assert!(store.revoke_token("one", at(10)).wait().unwrap());
    assert!(
        !store.revoke_token("one", at(11)).wait().unwrap(),
        "once is enough"
    );
    assert_eq!(store.find_token(&hash).wait().unwrap(), None);
    let with_hashes: Vec<_> = store.hashed_tokens().wait().unwrap();
    let named: Vec<_> = with_hashes
        .iter()
        .map(|(hash, token)| (hash.as_str(), token.id.as_str()))
        .collect();
    assert_eq!(
        named,
        [
            (hash.as_str(), "one"),
            (hashes[0].as_str(), "two"),
            (hashes[1].as_str(), "three")
        ]
    );
    assert_eq!(with_hashes[0].1.revoked_at, Some(at(10)));
}

fn ids(runs: &[RunOverview]) -> Vec<&RunId> {
    runs.iter().map(|run| &run.run).collect()
}
