//! What the baseline of a run says about its results: which failures are known, and which entries are not true any more.
//!
//! It reads nothing but the run's own record, so a stored run is judged as the live one was: an entry expires by the day on which
//! the run started. It refuses to excuse anything but a failure: who could not be asked was not proven.

use std::collections::{HashMap, HashSet};

use super::RunSummary;
use super::compare::key;
use crate::model::{Baseline, KnownAs, KnownTest, Outcome, ProviderId, TestId, TestName, TestResult};

/// What is known of the failures of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KnownFailures {
    /// The entry that excuses a failure.
    excused: HashMap<(ProviderId, TestId), KnownTest>,
    /// The entries that make the run red, in the order of the file.
    pub out_of_date: Vec<OutOfDate>,
}

/// An entry of the baseline that makes a run red.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutOfDate {
    /// The entry.
    pub entry: KnownTest,
    /// What is wrong with it.
    pub why: Why,
}

/// Why an entry makes a run red.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Its last day is over.
    Expired,
    /// The test stands under `failing`, and passed.
    Passed,
    /// The test stands under `failing`, and passed when it was tried again.
    PassedLate,
    /// The provider was proven, and the test is none of those that were planned.
    NotPlanned,
}

impl Why {
    /// The word for it: an entry has expired, or it is stale.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Passed | Self::PassedLate | Self::NotPlanned => "stale",
        }
    }
}

impl OutOfDate {
    /// What is wrong with the entry, in words that end a line.
    pub fn words(&self) -> String {
        match self.why {
            Why::Expired => format!("it expired after {}", self.entry.expires),
            Why::Passed => "the test passed".to_owned(),
            Why::PassedLate => "the test passed on a retry, so it belongs under `flaky`".to_owned(),
            Why::NotPlanned if self.entry.test.name == TestName::set_up() => {
                "no set-up call was answered wrongly".to_owned()
            }
            Why::NotPlanned => "no such test was planned".to_owned(),
        }
    }
}

impl KnownFailures {
    /// The entry that excuses a failure, whether or not the failure decides anything.
    pub(super) fn excuse(&self, result: &TestResult) -> Option<&KnownTest> {
        if self.excused.is_empty() || result.outcome != Outcome::Fail {
            return None;
        }
        self.excused.get(&key(result))
    }
}

/// Judges the baseline of a run by its results.
pub(super) fn judge(summary: &RunSummary) -> KnownFailures {
    let mut known = KnownFailures::default();
    let Some(Baseline { entries, .. }) = &summary.header.baseline else {
        return known;
    };
    let concerned: HashSet<_> = entries.iter().map(|entry| &entry.provider).collect();
    let rows: HashMap<_, _> = summary
        .results
        .iter()
        .filter(|result| concerned.contains(&result.provider))
        .map(|result| (key(result), result))
        .collect();
    for entry in entries {
        let key = (entry.provider.clone(), entry.test.clone());
        let row = rows.get(&key).copied();
        let why = match row {
            None if !should_have_been_planned(summary, entry) => None,
            _ if !entry.holds_at(summary.header.started_at) => Some(Why::Expired),
            None => Some(Why::NotPlanned),
            Some(row) => match (row.outcome, entry.list) {
                (Outcome::Pass, KnownAs::Failing) => Some(Why::Passed),
                (Outcome::Fail, KnownAs::Failing) if row.flaky => Some(Why::PassedLate),
                (Outcome::Fail, _) => {
                    known.excused.insert(key, entry.clone());
                    None
                }
                _ => None,
            },
        };
        known.out_of_date.extend(why.map(|why| OutOfDate {
            entry: entry.clone(),
            why,
        }));
    }
    known
}

/// Whether a test without a result would have one if there were such a test: its provider was proven for its capability, in a run
/// that left out no test and went to its end.
fn should_have_been_planned(summary: &RunSummary, entry: &KnownTest) -> bool {
    let selection = &summary.header.selection;
    let narrowed = selection.read_only || !selection.tests.is_empty() || summary.header.part.is_some();
    let Some(provider) = summary.provider(&entry.provider) else {
        return false;
    };
    if narrowed || summary.incomplete() {
        return false;
    }
    if entry.test.name == TestName::set_up() {
        // A tool is asked for the sake of others too, so only a run of all capabilities asks for certain.
        return selection.capabilities.is_empty();
    }
    let capability = &entry.test.capability;
    provider
        .claims
        .iter()
        .any(|claim| claim.capability == capability.id && claim.version == capability.version)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Row, Sample, known, row};
    use super::*;
    use crate::model::Verdict;

    fn judged(
        rows: impl IntoIterator<Item = Row>,
        entries: impl IntoIterator<Item = KnownTest>,
    ) -> RunSummary {
        Sample::of(rows).with_baseline(entries).fold().unwrap()
    }

    fn why(summary: &RunSummary) -> Vec<Why> {
        summary.known.out_of_date.iter().map(|entry| entry.why).collect()
    }

    fn two() -> Row {
        row("a:b", "two")
    }

    #[test]
    fn a_known_failure_decides_nothing_and_yet_is_no_proof() {
        for list in [KnownAs::Failing, KnownAs::Flaky] {
            let summary = judged(
                [row("a:b", "one"), two().fails("no")],
                [known(list, "a:b", "two")],
            );
            assert_eq!((summary.verdict(), why(&summary)), (Verdict::Known, vec![]));
            assert_eq!(summary.totals.fail, 1, "the outcome stays");
            assert_eq!((summary.known_failures(), summary.providers[0].known), (1, 1));
            assert_eq!(summary.known_as(&summary.results[1]).unwrap().list, list);
        }
    }

    #[test]
    fn an_entry_excuses_the_test_of_one_provider_only() {
        let summary = judged(
            [
                two().fails("no"),
                row("a:c", "two").fails("no"),
                row("a:b", "one").fails("no"),
            ],
            [known(KnownAs::Failing, "a:b", "two")],
        );
        assert_eq!(
            (summary.verdict(), summary.known_failures()),
            (Verdict::Failed, 1)
        );
    }

    #[test]
    fn a_test_that_passes_makes_its_entry_stale_unless_it_is_flaky() {
        let summary = judged([two()], [known(KnownAs::Failing, "a:b", "two")]);
        assert_eq!(
            (summary.verdict(), why(&summary)),
            (Verdict::Stale, vec![Why::Passed])
        );
        let summary = judged([two()], [known(KnownAs::Flaky, "a:b", "two")]);
        assert_eq!((summary.verdict(), why(&summary)), (Verdict::Conformant, vec![]));
    }

    #[test]
    fn a_late_pass_is_excused_under_flaky_only() {
        let late = || [two().fails("no").flaky()];
        let summary = judged(late(), [known(KnownAs::Failing, "a:b", "two")]);
        assert_eq!(
            (summary.verdict(), why(&summary)),
            (Verdict::Failed, vec![Why::PassedLate])
        );
        let summary = judged(late(), [known(KnownAs::Flaky, "a:b", "two")]);
        assert_eq!((summary.verdict(), why(&summary)), (Verdict::Known, vec![]));
    }

    #[test]
    fn an_expired_entry_excuses_nothing_and_is_red_by_itself() {
        // The sample runs start on 21 November.
        let until = |day: &str| KnownTest {
            expires: day.parse().unwrap(),
            ..known(KnownAs::Flaky, "a:b", "two")
        };
        let summary = judged([two().fails("no")], [until("2026-11-21")]);
        assert_eq!(summary.verdict(), Verdict::Known, "it holds on its last day");
        let summary = judged([two().fails("no")], [until("2026-11-20")]);
        assert_eq!(
            (summary.verdict(), why(&summary)),
            (Verdict::Failed, vec![Why::Expired])
        );
        let summary = judged([two()], [until("2026-11-20")]);
        assert_eq!(
            (summary.verdict(), why(&summary)),
            (Verdict::Stale, vec![Why::Expired])
        );
    }

    #[test]
    fn an_entry_of_no_test_is_stale_where_the_run_would_have_had_it() {
        let gone = || [known(KnownAs::Flaky, "a:b", "gone")];
        assert_eq!(why(&judged([two()], gone())), [Why::NotPlanned]);
        let mut narrowed = Sample::of([two()]).with_baseline(gone());
        narrowed.header.selection.tests = vec!["two".to_owned()];
        assert_eq!(why(&narrowed.fold().unwrap()), []);
        let interrupted = Sample::of([two()]).with_baseline(gone()).interrupted();
        assert_eq!(why(&interrupted.fold().unwrap()), []);
        let others = [known(KnownAs::Failing, "a:other", "two")];
        assert_eq!(why(&judged([two()], others)), []);
        let other_version = KnownTest {
            test: "booking.create_booking@0.2.0/two".parse().unwrap(),
            ..known(KnownAs::Failing, "a:b", "two")
        };
        assert_eq!(why(&judged([two()], [other_version])), []);
    }

    #[test]
    fn only_a_failure_is_excused() {
        for (outcome, verdict) in [
            (Outcome::Error, Verdict::Unreachable),
            (Outcome::Blocked, Verdict::Unproven),
            (Outcome::Skip, Verdict::Unproven),
        ] {
            let summary = judged([two().ends(outcome)], [known(KnownAs::Failing, "a:b", "two")]);
            assert_eq!((summary.verdict(), why(&summary)), (verdict, vec![]), "{outcome}");
        }
    }

    #[test]
    fn a_known_wrong_set_up_answer_proves_nothing_of_what_it_blocked() {
        let set_up = || {
            row("a:b", "set_up")
                .of("booking.list_services")
                .unplanned()
                .fails("no")
        };
        let entry = KnownTest {
            test: "booking.list_services@0.1.0/set_up".parse().unwrap(),
            ..known(KnownAs::Failing, "a:b", "two")
        };
        let blocked = judged([two().ends(Outcome::Blocked), set_up()], [entry.clone()]);
        assert_eq!(blocked.verdict(), Verdict::Unproven);
        let proven = judged([two(), set_up()], [entry.clone()]);
        assert_eq!(proven.verdict(), Verdict::Known);
        assert_eq!(why(&judged([two()], [entry])), [Why::NotPlanned]);
    }

    #[test]
    fn a_failed_ruling_stays_a_warning_and_is_known_in_a_strict_run() {
        let sample = || {
            Sample::of([row("a:b", "one"), two().should().fails("no")]).with_baseline([known(
                KnownAs::Failing,
                "a:b",
                "two",
            )])
        };
        let summary = sample().fold().unwrap();
        assert_eq!(
            (summary.verdict(), summary.warnings(), summary.known_failures()),
            (Verdict::Conformant, 1, 0)
        );
        let summary = sample().strict().fold().unwrap();
        assert_eq!(
            (summary.verdict(), summary.warnings(), summary.known_failures()),
            (Verdict::Known, 0, 1)
        );
    }

    #[test]
    fn a_provider_is_judged_by_its_own_entries() {
        let summary = judged(
            [two(), row("a:c", "two")],
            [known(KnownAs::Failing, "a:b", "two")],
        );
        let each: Vec<_> = summary
            .providers
            .iter()
            .map(|provider| summary.verdict_of(provider))
            .collect();
        assert_eq!(each, [Verdict::Stale, Verdict::Conformant]);
    }
}
