use Outcome::{Error, Fail, Pass, Skip};
use proptest::prelude::*;

use super::super::sample::{claim, day, edition, held_to, run};
use super::*;
use crate::model::Outcome;

fn history(runs: &[(RunFacts, Vec<ResultRow>)]) -> ClaimHistory {
    let facts: Vec<_> = runs.iter().map(|(facts, _)| facts.clone()).collect();
    let rows: Vec<_> = runs.iter().flat_map(|(_, rows)| rows.clone()).collect();
    let found = histories(&facts, &rows).remove(&claim());
    found.unwrap_or_else(|| ClaimHistory::without_runs(claim()))
}

fn filtered(mut run: (RunFacts, Vec<ResultRow>)) -> (RunFacts, Vec<ResultRow>) {
    run.0.extent = Extent::Filtered("only tests that match one were run".to_owned());
    run
}

/// The editions of a contract without any.
fn none() -> Vec<Arc<Edition>> {
    vec![Arc::default()]
}

#[test]
fn a_standing_begins_with_the_first_run_of_an_unbroken_line() {
    let runs = [
        run(1, &[Fail]),
        run(3, &[Pass]),
        run(2, &[Pass]),
        run(4, &[Pass, Skip]),
    ];
    let now = history(&runs).standing(&none());
    assert_eq!((now.standing, now.since), (Standing::Conformant, Some(day(2))));
    assert_eq!(now.latest.map(|(_, at)| at), Some(day(4)));
}

#[test]
fn only_changes_of_standing_are_transitions() {
    let days = [&[Pass][..], &[Pass], &[Fail], &[Error], &[Error], &[Pass]];
    let runs: Vec<_> = days
        .iter()
        .zip(0..)
        .map(|(outcomes, day)| run(day, outcomes))
        .collect();
    let lines: Vec<_> = history(&runs)
        .transitions()
        .into_iter()
        .map(|change| {
            let from = change.from.map_or("none", Standing::as_str);
            format!(
                "{} {from} -> {}: {}",
                change.at.format("%d"),
                change.to,
                change.reasons[0]
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    21 none -> conformant: 1 must-level test passed
    23 conformant -> not conformant: booking.create_booking@0.1.0/test_a failed: no
    24 not conformant -> unproven: booking.create_booking@0.1.0/test_a could not be asked: no
    26 unproven -> conformant: 1 must-level test passed
    ");
}

#[test]
fn a_run_that_was_filtered_or_did_not_end_changes_no_standing_and_no_rate() {
    let mut killed = run(3, &[Fail]);
    killed.0.extent = Extent::Incomplete("the run was interrupted".to_owned());
    let found = history(&[run(1, &[Pass]), filtered(run(2, &[Fail])), killed]);
    assert_eq!(found.standing(&none()).standing, Standing::Conformant);
    assert_eq!((found.transitions().len(), found.passed_over.len()), (1, 2));
    assert_eq!(
        found.rate_since(day(0)),
        Rate {
            passed: 1,
            executed: 1
        }
    );
    let alone = history(&[filtered(run(2, &[Pass]))]).standing(&none());
    assert_eq!((alone.standing, alone.since), (Standing::Unknown, None));
    assert_eq!(
        alone.reasons[0].to_string(),
        "no run counts, the latest does not because only tests that match one were run (run 20261123-120000-00000000)"
    );
}

#[test]
fn a_run_that_lacks_tests_of_every_edition_counts_no_more_but_stays_in_the_history() {
    let all = Arc::new(edition("2026-11", &[], &["test_a", "test_b"]));
    let lacking = |run: (RunFacts, Vec<ResultRow>)| held_to(run, None);
    let found = history(&[lacking(run(1, &[Pass])), lacking(run(2, &[Fail]))]);
    let now = found.standing(std::slice::from_ref(&all));
    assert_eq!(now.standing, Standing::Unknown);
    insta::assert_snapshot!(now.reasons[0], @"no run planned every must-level test that is required now; the latest lacks test_b");
    assert_eq!(found.transitions().len(), 2);
    // A run of an older harness does not hide a newer suite's.
    let whole = held_to(run(1, &[Pass, Pass]), Some(&all));
    let found = history(&[whole, lacking(run(2, &[Fail]))]);
    assert_eq!(found.standing(&[all]).standing, Standing::Conformant);
}

#[test]
fn a_standing_moves_to_a_new_edition_only_when_a_run_was_held_to_it() {
    let old = Arc::new(edition("2026-11", &["test_a"], &["test_a"]));
    let new = Arc::new(edition("2027-02", &["test_a"], &["test_a", "test_b"]));
    let editions = [Arc::clone(&old), Arc::clone(&new)];
    let by_old = |day, outcomes: &[Outcome]| held_to(run(day, outcomes), Some(&old));
    let before = history(&[by_old(1, &[Pass, Fail])]).standing(&editions);
    assert_eq!(before.standing, Standing::Conformant, "test_b is pending");
    assert_eq!(
        (before.edition, before.awaited),
        (Some(Arc::clone(&old)), Some(Arc::clone(&new)))
    );
    let by_new = held_to(run(2, &[Pass, Fail]), Some(&new));
    // A later run of an older harness moves nothing back.
    let after = history(&[by_old(1, &[Pass]), by_new, by_old(3, &[Pass])]).standing(&editions);
    assert_eq!(after.standing, Standing::NotConformant);
    assert_eq!((after.edition, after.awaited), (Some(new), None));
}

#[test]
fn a_run_from_the_future_counts_for_nothing() {
    let mut ahead = run(400, &[Pass]);
    ahead.0.extent = Extent::Future("it started in the future".to_owned());
    let found = history(&[run(1, &[Fail]), ahead]);
    assert_eq!(found.standing(&none()).standing, Standing::NotConformant);
    assert_eq!(
        (found.transitions().len(), found.from_the_future().count()),
        (1, 1)
    );
}

fn published(mut run: (RunFacts, Vec<ResultRow>)) -> (RunFacts, Vec<ResultRow>) {
    run.0.origin = RunOrigin::Publisher("Bookio".to_owned());
    run
}

#[test]
fn a_run_of_the_registry_outranks_all_that_others_bring() {
    let own = run(1, &[Fail]);
    let found = history(&[published(run(0, &[Pass])), own, published(run(2, &[Pass]))]);
    let now = found.standing(&none());
    assert_eq!(
        (now.standing, now.origin),
        (Standing::NotConformant, Some(RunOrigin::Own))
    );
    assert_eq!((found.transitions().len(), found.passed_over.len()), (1, 2));
    assert_eq!(found.rate_since(day(0)).executed, 1);
    // Neither by a newer edition, nor where the run of the registry lacks tests of every edition.
    let new = Arc::new(edition("2027-02", &["test_a"], &["test_a"]));
    let sent = held_to(published(run(2, &[Pass])), Some(&new));
    let found = history(&[held_to(run(1, &[Fail]), None), sent.clone()]);
    assert_eq!(
        found.standing(std::slice::from_ref(&new)).standing,
        Standing::Unknown
    );
    // A run that does not count outranks nothing.
    let found = history(&[filtered(run(1, &[Fail])), sent]);
    assert_eq!(found.standing(&[new]).standing, Standing::Conformant);
}

#[test]
fn a_run_that_was_received_later_is_judged_later_whenever_it_started() {
    let mut late = published(run(1, &[Fail]));
    late.0.receipt = 9;
    let now = history(&[published(run(5, &[Pass])), late]).standing(&none());
    assert_eq!((now.standing, now.since), (Standing::NotConformant, Some(day(1))));
}

#[test]
fn rate_and_latency_are_those_of_the_days_that_are_asked_for() {
    let mut slow = run(5, &[Pass, Fail, Skip]);
    slow.1[1].ms = 90;
    let found = history(&[run(1, &[Fail]), slow]);
    assert_eq!(
        found.rate_since(day(2)),
        Rate {
            passed: 1,
            executed: 2
        }
    );
    let latency = found.latency_since(day(2)).unwrap();
    assert_eq!((latency.count, latency.p50, latency.p95), (2, 12, 90));
    let by_test = found.latency_by_test(day(0));
    let counts: Vec<_> = by_test
        .iter()
        .map(|(test, found)| (test.as_str(), found.count))
        .collect();
    assert_eq!(counts, [("test_a", 2), ("test_b", 1)]);
    assert_eq!(found.latency_since(day(6)), None);
}

#[test]
fn rows_of_a_run_of_which_nothing_is_known_say_nothing() {
    let (_, rows) = run(1, &[Pass]);
    assert!(histories(&[], &rows).is_empty());
}

fn any_run(number: i64) -> impl Strategy<Value = (RunFacts, Vec<ResultRow>)> {
    let outcome = prop::sample::select(&Outcome::ALL[..]);
    (prop::collection::vec(outcome, 1..4), 0..4u8).prop_map(move |(outcomes, kind)| match kind {
        0 => filtered(run(number, &outcomes)),
        _ => run(number, &outcomes),
    })
}

fn any_runs() -> impl Strategy<Value = Vec<(RunFacts, Vec<ResultRow>)>> {
    (0..8i64).prop_flat_map(|count| (0..count).map(any_run).collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn the_order_of_rows_and_runs_says_nothing(runs in any_runs(), seed: u64) {
        let facts: Vec<_> = runs.iter().map(|(facts, _)| facts.clone()).collect();
        let rows: Vec<_> = runs.iter().flat_map(|(_, rows)| rows.clone()).collect();
        let mut random = fastrand::Rng::with_seed(seed);
        let (mut mixed_facts, mut mixed_rows) = (facts.clone(), rows.clone());
        random.shuffle(&mut mixed_facts);
        random.shuffle(&mut mixed_rows);
        prop_assert_eq!(histories(&facts, &rows), histories(&mixed_facts, &mixed_rows));
    }

    #[test]
    fn transitions_alternate_and_end_in_the_standing_of_now(runs in any_runs()) {
        let found = history(&runs);
        let changes = found.transitions();
        for pair in changes.windows(2) {
            prop_assert_eq!(pair[1].from, Some(pair[0].to));
            prop_assert_ne!(pair[0].to, pair[1].to);
            prop_assert!(pair[0].at < pair[1].at);
        }
        let now = found.standing(&none());
        match changes.last() {
            Some(last) => prop_assert_eq!((last.to, Some(last.at)), (now.standing, now.since)),
            None => prop_assert_eq!((now.standing, now.since), (Standing::Unknown, None)),
        }
    }

    #[test]
    fn a_filtered_run_changes_nothing(runs in any_runs(), outcome in prop::sample::select(&Outcome::ALL[..])) {
        let before = history(&runs);
        let mut with = runs;
        with.push(filtered(run(100, &[outcome])));
        let after = history(&with);
        prop_assert_eq!(before.standing(&none()).standing, after.standing(&none()).standing);
        prop_assert_eq!(before.transitions(), after.transitions());
        prop_assert_eq!(before.rate_since(day(0)), after.rate_since(day(0)));
    }
}
