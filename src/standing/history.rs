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
    /// Each executed test with the milliseconds of one of its calls, rulings too.
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
        times: executed.map(|row| (row.test.clone(), row.ms_of_call())).collect(),
        edition: facts.edition.clone(),
    }
}

#[cfg(test)]
mod tests;
