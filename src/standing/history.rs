//! A claim over time: the runs that count, and the changes among them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::assess::assess;
use super::{Claim, Extent, Latency, PassedOver, Rate, Reason, ResultRow, RunFacts, Standing};
use crate::model::{Edition, Level, RunId, RunOrigin, TestName};

/// The reason why a run that others brought does not count.
const OUTRANKED: &str = "runs of the registry itself decide";

/// The findings of all runs about one claim.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimHistory {
    /// The claim.
    pub claim: Claim,
    /// The runs that count, in the order in which they were received. Once a run of the registry itself counts, no other does.
    pub runs: Vec<JudgedRun>,
    /// The runs that change no standing, oldest first.
    pub passed_over: Vec<PassedOver>,
}

/// A run that counts for a claim.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedRun {
    /// The run.
    pub run: RunId,
    /// The time at which it started.
    pub at: DateTime<Utc>,
    /// Who made it.
    pub origin: RunOrigin,
    /// The standing of the claim by this run alone.
    pub standing: Standing,
    /// The reasons.
    pub reasons: Vec<Reason>,
    /// The edition that it was held to. None if it lacks tests of every edition that is known.
    pub edition: Option<Arc<Edition>>,
    /// The must-level tests that it planned.
    pub must: BTreeSet<TestName>,
    /// The share of them that passed.
    pub rate: Rate,
    /// Each executed test with the milliseconds that it waited for the provider, rulings too.
    pub times: Vec<(TestName, u64)>,
}

/// A change of standing.
#[derive(Debug, Clone, PartialEq)]
pub struct Transition {
    /// The run that changed it.
    pub run: RunId,
    /// The time at which that run started.
    pub at: DateTime<Utc>,
    /// Who made that run.
    pub origin: RunOrigin,
    /// The standing before. None for the first run that counts.
    pub from: Option<Standing>,
    /// The standing from that run on.
    pub to: Standing,
    /// The reasons for the new standing.
    pub reasons: Vec<Reason>,
}

/// A standing as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct CurrentStanding {
    /// The standing.
    pub standing: Standing,
    /// The start of the first run of the unbroken series with this standing. None if no run counts.
    pub since: Option<DateTime<Utc>>,
    /// The latest run that counts, and when it started.
    pub latest: Option<(RunId, DateTime<Utc>)>,
    /// Who made the latest run that counts. None if no run counts.
    pub origin: Option<RunOrigin>,
    /// The edition that the latest run that counts was held to. None if no run counts.
    pub edition: Option<Arc<Edition>>,
    /// The newest edition, if the standing has not moved to it: no run was held to it yet.
    pub awaited: Option<Arc<Edition>>,
    /// The reasons.
    pub reasons: Vec<Reason>,
}

impl CurrentStanding {
    /// Returns true if a run decides that the registry did not make itself.
    pub fn is_self_attested(&self) -> bool {
        self.origin.as_ref().is_some_and(|origin| !origin.is_own())
    }
}

impl ClaimHistory {
    /// A claim of which no run is kept.
    pub fn without_runs(claim: Claim) -> Self {
        Self {
            claim,
            runs: Vec::new(),
            passed_over: Vec::new(),
        }
    }

    /// The standing now. `editions` are those of the contract, oldest first. The standing is that of the newest edition that a run was
    /// held to; within it, the latest run decides.
    pub fn standing(&self, editions: &[Arc<Edition>]) -> CurrentStanding {
        let newest = editions.last();
        let held = editions
            .iter()
            .rev()
            .find(|edition| self.held_to(edition).next().is_some());
        let mut proving = held.into_iter().flat_map(|edition| self.held_to(edition).rev());
        let Some(latest) = proving.next() else {
            let reason = match (self.runs.last(), newest) {
                (Some(run), Some(newest)) => Reason::Outgrown {
                    missing: newest.required.difference(&run.must).cloned().collect(),
                },
                _ => Reason::NoRun {
                    latest: self.passed_over.last().cloned(),
                },
            };
            return CurrentStanding {
                standing: Standing::Unknown,
                since: None,
                latest: None,
                origin: None,
                edition: None,
                awaited: None,
                reasons: vec![reason],
            };
        };
        let first = proving
            .take_while(|run| run.standing == latest.standing)
            .last()
            .unwrap_or(latest);
        CurrentStanding {
            standing: latest.standing,
            since: Some(first.at),
            latest: Some((latest.run.clone(), latest.at)),
            origin: Some(latest.origin.clone()),
            edition: held.cloned(),
            awaited: newest.filter(|newest| Some(*newest) != held).cloned(),
            reasons: latest.reasons.clone(),
        }
    }

    /// The runs that do not count because they started later than now, oldest first.
    pub fn from_the_future(&self) -> impl DoubleEndedIterator<Item = &PassedOver> {
        self.passed_over.iter().filter(|run| run.future)
    }

    /// The changes of standing, oldest first. The first run that counts is one of them.
    pub fn transitions(&self) -> Vec<Transition> {
        let mut last = None;
        let mut found = Vec::new();
        for run in &self.runs {
            let from = last.replace(run.standing);
            if from != Some(run.standing) {
                found.push(Transition {
                    run: run.run.clone(),
                    at: run.at,
                    origin: run.origin.clone(),
                    from,
                    to: run.standing,
                    reasons: run.reasons.clone(),
                });
            }
        }
        found
    }

    /// The share of must-level tests that passed, over the runs that count and started no earlier than `since`.
    pub fn rate_since(&self, since: DateTime<Utc>) -> Rate {
        let runs = self.runs.iter().filter(|run| run.at >= since);
        runs.fold(Rate::default(), |sum, run| sum.and(run.rate))
    }

    /// The latency over the runs that count and started no earlier than `since`.
    pub fn latency_since(&self, since: DateTime<Utc>) -> Option<Latency> {
        Latency::of(self.times_since(since).map(|(_, ms)| *ms))
    }

    /// The latency of each test, over the same runs.
    pub fn latency_by_test(&self, since: DateTime<Utc>) -> BTreeMap<TestName, Latency> {
        let mut times: BTreeMap<&TestName, Vec<u64>> = BTreeMap::new();
        for (test, ms) in self.times_since(since) {
            times.entry(test).or_default().push(*ms);
        }
        let found = times.into_iter();
        found
            .filter_map(|(test, times)| Some((test.clone(), Latency::of(times)?)))
            .collect()
    }

    fn held_to(&self, edition: &Edition) -> impl DoubleEndedIterator<Item = &JudgedRun> {
        let name = edition.record.clone();
        self.runs
            .iter()
            .filter(move |run| run.edition.as_ref().is_some_and(|held| held.record == name))
    }

    fn times_since(&self, since: DateTime<Utc>) -> impl Iterator<Item = &(TestName, u64)> {
        let runs = self.runs.iter().filter(move |run| run.at >= since);
        runs.flat_map(|run| &run.times)
    }
}

/// Sorts rows into the histories of their claims, in whatever order they come. Rows of a run that is not among `runs` are passed over in
/// silence: nothing is known of it.
pub fn histories(runs: &[RunFacts], rows: &[ResultRow]) -> BTreeMap<Claim, ClaimHistory> {
    let facts: HashMap<&RunId, &RunFacts> = runs.iter().map(|facts| (&facts.run, facts)).collect();
    let mut planned: BTreeMap<(&Claim, u64, &RunId), Vec<&ResultRow>> = BTreeMap::new();
    let mut set_up: HashMap<(&RunId, &str), Vec<&ResultRow>> = HashMap::new();
    for row in rows {
        let Some(facts) = facts.get(&row.run) else {
            continue;
        };
        if row.is_set_up() {
            let of_provider = (&row.run, row.claim.provider.as_str());
            set_up.entry(of_provider).or_default().push(row);
        } else {
            let key = (&row.claim, facts.receipt, &row.run);
            planned.entry(key).or_default().push(row);
        }
    }
    let mut found: BTreeMap<Claim, ClaimHistory> = BTreeMap::new();
    for ((claim, _, run), mut rows) in planned {
        let Some(facts) = facts.get(run) else { continue };
        rows.sort_by(|left, right| left.test.cmp(&right.test));
        let history = found
            .entry(claim.clone())
            .or_insert_with(|| ClaimHistory::without_runs(claim.clone()));
        match &facts.extent {
            extent @ (Extent::Filtered(why)
            | Extent::Incomplete(why)
            | Extent::Foreign(why)
            | Extent::Future(why)) => {
                history.passed_over.push(PassedOver {
                    run: run.clone(),
                    at: facts.started_at,
                    why: why.clone(),
                    future: matches!(extent, Extent::Future(_)),
                });
            }
            Extent::Whole => {
                let set_up = set_up.get(&(run, claim.provider.as_str()));
                let set_up = set_up.map_or(&[][..], Vec::as_slice);
                history.runs.push(judged(facts, set_up, &rows));
            }
        }
    }
    found.values_mut().for_each(outrank);
    found
}

/// Takes the runs that others brought out of those that count, if the registry has runs of its own.
fn outrank(history: &mut ClaimHistory) {
    if history.runs.iter().any(|run| run.origin.is_own()) {
        let others = history.runs.extract_if(.., |run| !run.origin.is_own());
        let passed_over = others.map(|run| PassedOver {
            run: run.run,
            at: run.at,
            why: OUTRANKED.to_owned(),
            future: false,
        });
        history.passed_over.extend(passed_over);
    }
    history
        .passed_over
        .sort_by(|left, right| (left.at, &left.run).cmp(&(right.at, &right.run)));
}

fn judged(facts: &RunFacts, set_up: &[&ResultRow], rows: &[&ResultRow]) -> JudgedRun {
    let none = Edition::default();
    let held_to = facts.edition.as_deref().unwrap_or(&none);
    let (standing, reasons) = assess(rows, set_up, held_to);
    let mut rate = Rate::default();
    let binding = rows.iter().filter(|row| row.is_binding(held_to));
    binding.for_each(|row| rate.add(row.outcome));
    let must = rows.iter().filter(|row| row.level == Level::Must);
    let executed = rows.iter().filter(|row| row.outcome.executed());
    JudgedRun {
        run: facts.run.clone(),
        at: facts.started_at,
        origin: facts.origin.clone(),
        standing,
        reasons,
        must: must.map(|row| row.test.clone()).collect(),
        rate,
        times: executed.map(|row| (row.test.clone(), row.ms)).collect(),
        edition: facts.edition.clone(),
    }
}

#[cfg(test)]
mod tests {
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
}
