//! The checks of a published run: it must be complete, recent, covered by the token, and of the registry's own contracts and suites.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::TokenRecord;
use crate::model::{
    CapabilityRef, EditionRecord, Level, Outcome, ProviderId, RunId, TestId, TestName, TestResult,
};
use crate::summary::{RunSummary, out_of_time};

/// The maximum age of a run.
const LARGEST_AGE: TimeDelta = TimeDelta::days(30);
/// The largest difference between two clocks.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(5);
/// The largest number of reasons that are told.
const MOST_REASONS: usize = 50;

/// A contract and its suite at a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedContract {
    /// SHA-256 of the contract's files, in hex.
    pub contract_digest: String,
    /// SHA-256 of the suite files that prove it, in hex.
    pub suite_digest: String,
    /// Its tests, each with its level.
    pub tests: BTreeMap<TestName, Level>,
    /// Its editions.
    pub editions: Vec<EditionRecord>,
}

/// The reason why a run is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The run is in progress or was killed.
    #[error("the run has no end")]
    NotEnded,
    /// The id of the run is not one that the harness makes.
    #[error("`{0}` is no id of a run that started when this one says that it did")]
    Id(RunId),
    /// The token does not cover this provider.
    #[error("the token does not cover {0}")]
    NotCovered(ProviderId),
    /// The registry does not publish the contract.
    #[error("{0} is not published here")]
    Unpublished(CapabilityRef),
    /// The run proved another text of the contract.
    #[error("{0} is another text here: the run proved one that this registry does not have")]
    OtherContract(CapabilityRef),
    /// The run used another suite for the contract.
    #[error("the suite of {0} is another one here: run the version of the harness that this registry runs")]
    OtherSuite(CapabilityRef),
    /// The run has results of a contract without recording its digest.
    #[error("the run has results of {0} and does not say which text of it was proven")]
    Unrecorded(CapabilityRef),
    /// A provider claims something that the registry does not publish.
    #[error("{provider} claims {capability}, which is not published here")]
    UnknownClaim {
        /// The provider.
        provider: ProviderId,
        /// The capability at its version.
        capability: CapabilityRef,
    },
    /// The run was held to an edition that the registry does not have in that form.
    #[error("{capability} has no edition {edition} here in that form")]
    UnknownEdition {
        /// The capability at its version.
        capability: CapabilityRef,
        /// The name of the edition.
        edition: String,
    },
    /// The suite has no such test.
    #[error("{provider} {test}: the suite here has no such test")]
    UnknownTest {
        /// The provider.
        provider: ProviderId,
        /// The test in full.
        test: Box<TestId>,
    },
    /// The test has another level.
    #[error("{provider} {test}: the test is at {level} level")]
    OtherLevel {
        /// The provider.
        provider: ProviderId,
        /// The test in full.
        test: Box<TestId>,
        /// The level at the registry.
        level: Level,
    },
    /// A result has a time that its run cannot have had.
    #[error("{provider} {test}: {why}")]
    OutOfTime {
        /// The provider.
        provider: ProviderId,
        /// The test in full.
        test: Box<TestId>,
        /// The reason.
        why: String,
    },
    /// The run ended before it started, or in the future.
    #[error("the run ended at {0}, which is before it started or in the future")]
    End(DateTime<Utc>),
    /// The run is too old.
    #[error("the run started more than {} days ago", LARGEST_AGE.num_days())]
    TooOld,
    /// The run starts in the future.
    #[error("the run started in the future")]
    InFuture,
}

/// Checks a run as of `now`, and returns every reason to refuse it. `published` returns what the registry has.
pub fn check(
    summary: &RunSummary,
    token: &TokenRecord,
    published: &dyn Fn(&CapabilityRef) -> Option<PublishedContract>,
    now: DateTime<Utc>,
) -> Vec<Refusal> {
    let header = &summary.header;
    let mut refusals = Vec::new();
    if summary.footer.is_none() {
        refusals.push(Refusal::NotEnded);
    }
    if !header.run.is_made_for(header.started_at) {
        refusals.push(Refusal::Id(header.run.clone()));
    }
    if header.started_at.signed_duration_since(now) > CLOCK_SKEW {
        refusals.push(Refusal::InFuture);
    }
    if now.signed_duration_since(header.started_at) > LARGEST_AGE {
        refusals.push(Refusal::TooOld);
    }
    let named = header.providers.iter().map(|record| &record.id);
    let judged = summary.results.iter().map(|row| &row.provider);
    let providers: BTreeSet<_> = named.chain(judged).collect();
    // A glob that cannot be read covers nobody.
    let uncovered = |provider: &&ProviderId| !token.covers(provider).unwrap_or_default();
    refusals.extend(
        providers
            .into_iter()
            .filter(uncovered)
            .map(|provider| Refusal::NotCovered(provider.clone())),
    );
    let mut here = BTreeMap::new();
    for proven in &header.contracts {
        let capability = || proven.capability.clone();
        let known = published(&proven.capability);
        match &known {
            None => refusals.push(Refusal::Unpublished(capability())),
            Some(known) if known.contract_digest != proven.digest => {
                refusals.push(Refusal::OtherContract(capability()));
            }
            Some(known) if known.suite_digest != proven.suite_digest => {
                refusals.push(Refusal::OtherSuite(capability()));
            }
            Some(known) => match &proven.edition {
                Some(edition) if !known.editions.contains(edition) => {
                    refusals.push(Refusal::UnknownEdition {
                        capability: capability(),
                        edition: edition.name.clone(),
                    });
                }
                // Only then are its rows those of the suite.
                _ => drop(here.insert(&proven.capability, known.tests.clone())),
            },
        }
    }
    for provider in &header.providers {
        for claim in &provider.claims {
            let capability = CapabilityRef {
                id: claim.capability.clone(),
                version: claim.version.clone(),
            };
            let told = header
                .contracts
                .iter()
                .any(|proven| proven.capability == capability);
            if !told && published(&capability).is_none() {
                refusals.push(Refusal::UnknownClaim {
                    provider: provider.id.clone(),
                    capability,
                });
            }
        }
    }
    let recorded: BTreeSet<_> = header.contracts.iter().map(|proven| &proven.capability).collect();
    let unrecorded: BTreeSet<_> = summary
        .results
        .iter()
        .map(|row| row.id().capability)
        .filter(|capability| !recorded.contains(capability))
        .collect();
    refusals.extend(unrecorded.into_iter().map(Refusal::Unrecorded));
    let finished_at = summary.footer.as_ref().map(|footer| footer.finished_at);
    // A run that starts in the future ends there too, and is refused for the former alone.
    let future = refusals.contains(&Refusal::InFuture);
    let impossible = |end: &DateTime<Utc>| {
        *end < header.started_at || (end.signed_duration_since(now) > CLOCK_SKEW && !future)
    };
    if let Some(end) = finished_at.filter(impossible) {
        refusals.push(Refusal::End(end));
    }
    // Rows are held against the times of their run only where those are possible.
    let wrong = |refusal: &Refusal| matches!(refusal, Refusal::TooOld | Refusal::InFuture | Refusal::End(_));
    let times = finished_at.filter(|_| !refusals.iter().any(wrong));
    for row in &summary.results {
        let tests = here.get(&row.id().capability);
        refusals.extend(tests.and_then(|tests| of_suite(row, tests)));
        refusals.extend(times.and_then(|end| out_of_its_time(row, header.started_at, end)));
    }
    refusals.truncate(MOST_REASONS);
    refusals
}

/// The reason why a row is not one of the suite.
fn of_suite(row: &TestResult, tests: &BTreeMap<TestName, Level>) -> Option<Refusal> {
    let provider = || row.provider.clone();
    let test = || Box::new(row.id());
    if row.test == TestName::set_up() && !row.planned && row.outcome == Outcome::Fail {
        return None;
    }
    match tests.get(&row.test) {
        None => Some(Refusal::UnknownTest {
            provider: provider(),
            test: test(),
        }),
        Some(level) if *level != row.level => Some(Refusal::OtherLevel {
            provider: provider(),
            test: test(),
            level: *level,
        }),
        Some(_) => None,
    }
}

/// The reason why the times of a row are not those of its run.
fn out_of_its_time(row: &TestResult, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<Refusal> {
    Some(Refusal::OutOfTime {
        provider: row.provider.clone(),
        test: Box::new(row.id()),
        why: out_of_time(row, from, to)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::ContractRecord;
    use crate::summary::sample::{Sample, row};

    fn token(glob: &str) -> TokenRecord {
        TokenRecord {
            id: "one".to_owned(),
            publisher: "Bookio".to_owned(),
            providers: vec![glob.to_owned()],
            created_at: DateTime::UNIX_EPOCH,
            expires_at: DateTime::UNIX_EPOCH,
            revoked_at: None,
        }
    }

    fn sample() -> Sample {
        let mut sample = Sample::of([row("a:b", "one")]);
        sample.header.contracts = vec![ContractRecord::new(
            "booking.create_booking@0.1.0".parse().unwrap(),
            "contract".to_owned(),
            "suite".to_owned(),
        )];
        sample
    }

    fn against(sample: &Sample, glob: &str, digests: Option<(&str, &str)>, later: TimeDelta) -> Vec<String> {
        let summary = sample.fold().unwrap();
        let now = summary.header.started_at + later;
        let published = |_: &CapabilityRef| {
            digests.map(|(contract, suite)| PublishedContract {
                contract_digest: contract.to_owned(),
                suite_digest: suite.to_owned(),
                tests: BTreeMap::from([("one".parse().unwrap(), Level::Must)]),
                editions: Vec::new(),
            })
        };
        let refusals = check(&summary, &token(glob), &published, now);
        refusals.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_run_of_the_registrys_own_texts_by_who_may_speak_is_taken() {
        let hour = TimeDelta::hours(1);
        let ours = Some(("contract", "suite"));
        assert_eq!(against(&sample(), "a:*", ours, hour), [""; 0]);
    }

    #[test]
    fn each_rule_alone_refuses_a_run() {
        let hour = TimeDelta::hours(1);
        let ours = Some(("contract", "suite"));
        let only = |refusals: Vec<String>, words: &str| {
            assert_eq!(refusals.len(), 1, "{refusals:?}");
            assert!(refusals[0].contains(words), "{refusals:?}");
        };
        only(against(&sample(), "other:*", ours, hour), "does not cover a:b");
        only(against(&sample(), "a:*", None, hour), "not published");
        only(
            against(&sample(), "a:*", Some(("x", "suite")), hour),
            "another text",
        );
        only(
            against(&sample(), "a:*", Some(("contract", "x")), hour),
            "suite of",
        );
        only(
            against(&sample(), "a:*", ours, TimeDelta::days(31)),
            "30 days ago",
        );
        only(against(&sample(), "a:*", ours, -hour), "in the future");
        for id in ["latest", "20261121-030000-7", "20261121-030000-0000000g"] {
            let mut chosen = sample();
            chosen.header.run = id.parse().unwrap();
            only(against(&chosen, "a:*", ours, hour), &format!("`{id}` is no id"));
        }
        only(against(&sample().killed(), "a:*", ours, hour), "no end");
        let mut unrecorded = sample();
        unrecorded.header.contracts.clear();
        only(against(&unrecorded, "a:*", ours, hour), "does not say");
    }
}
