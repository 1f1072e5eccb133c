//! What a store says of claims and of single results.

use std::collections::BTreeMap;

use proofhouse::model::{CapabilityRef, Outcome, RunId, Verdict};
use proofhouse::store::{
    ClaimResults, ImportedFrom, ResultFilter, RunStore, StoredClaim, StoredResult, Wait, load,
};

use crate::store::{at, keep, run_at};

pub(super) fn tells_the_claims_and_when_they_changed(store: &dyn RunStore) {
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

pub(super) fn answers_with_recent_results(store: &dyn RunStore) {
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

pub(super) fn gives_the_results_of_a_claim_as_runs_were_received(store: &dyn RunStore) {
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

pub(super) fn lists_providers_and_results_in_pages(store: &dyn RunStore) {
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
