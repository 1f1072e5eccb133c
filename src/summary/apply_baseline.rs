//! Applies the baseline of a run to its results: finds the failures that it excuses and the entries that are out of date.
//!
//! It reads only the run's own record, so a stored run gets the same verdict as the live one: an entry expires by the day on which
//! the run started. It excuses only failures. A test that ended in `error` proves nothing and is never excused.

use std::collections::{HashMap, HashSet};

use super::key::key;
use super::{KnownFailures, OutOfDate, OutOfDateReason, RunSummary};
use crate::model::{Baseline, BaselineEntry, KnownAs, Outcome, TestName};

/// Applies the baseline of a run to its results. Without a baseline nothing is known and nothing is out of date.
pub(super) fn apply_baseline(summary: &RunSummary) -> KnownFailures {
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
        let row = rows.get(&(entry.provider.clone(), entry.test.clone())).copied();
        let why = match row {
            None if !should_have_been_planned(summary, entry) => None,
            _ if !entry.holds_at(summary.header.started_at) => Some(OutOfDateReason::Expired),
            None => Some(OutOfDateReason::NotPlanned),
            Some(row) => match (row.outcome, entry.list) {
                (Outcome::Pass, KnownAs::Failing) => Some(OutOfDateReason::Passed),
                (Outcome::Fail, KnownAs::Failing) if row.flaky => Some(OutOfDateReason::PassedLate),
                (Outcome::Fail, _) => {
                    known.excuse_by(entry);
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

/// Returns true if the run would have a result of this entry's test, if the test existed: its provider was proven for the
/// capability, in a run that left out no test and went to its end.
fn should_have_been_planned(summary: &RunSummary, entry: &BaselineEntry) -> bool {
    let selection = &summary.header.selection;
    let narrowed = selection.read_only || !selection.tests.is_empty() || summary.header.part.is_some();
    let Some(provider) = summary.provider(&entry.provider) else {
        return false;
    };
    if narrowed || summary.incomplete() {
        return false;
    }
    if entry.test.name == TestName::set_up() {
        // Set-up steps of other capabilities call a tool too, so only a run of all capabilities is sure to call it.
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
        entries: impl IntoIterator<Item = BaselineEntry>,
    ) -> RunSummary {
        Sample::of(rows).with_baseline(entries).fold().unwrap()
    }

    fn why(summary: &RunSummary) -> Vec<OutOfDateReason> {
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
            (Verdict::Stale, vec![OutOfDateReason::Passed])
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
            (Verdict::Failed, vec![OutOfDateReason::PassedLate])
        );
        let summary = judged(late(), [known(KnownAs::Flaky, "a:b", "two")]);
        assert_eq!((summary.verdict(), why(&summary)), (Verdict::Known, vec![]));
    }

    #[test]
    fn an_expired_entry_excuses_nothing_and_is_red_by_itself() {
        // The sample runs start on 21 November.
        let until = |day: &str| BaselineEntry {
            expires: day.parse().unwrap(),
            ..known(KnownAs::Flaky, "a:b", "two")
        };
        let summary = judged([two().fails("no")], [until("2026-11-21")]);
        assert_eq!(summary.verdict(), Verdict::Known, "it holds on its last day");
        let summary = judged([two().fails("no")], [until("2026-11-20")]);
        assert_eq!(
            (summary.verdict(), why(&summary)),
            (Verdict::Failed, vec![OutOfDateReason::Expired])
        );
        let summary = judged([two()], [until("2026-11-20")]);
        assert_eq!(
            (summary.verdict(), why(&summary)),
            (Verdict::Stale, vec![OutOfDateReason::Expired])
        );
    }

    #[test]
    fn an_entry_of_no_test_is_stale_where_the_run_would_have_had_it() {
        let gone = || [known(KnownAs::Flaky, "a:b", "gone")];
        assert_eq!(why(&judged([two()], gone())), [OutOfDateReason::NotPlanned]);
        let mut narrowed = Sample::of([two()]).with_baseline(gone());
        narrowed.header.selection.tests = vec!["two".to_owned()];
        assert_eq!(why(&narrowed.fold().unwrap()), []);
        let interrupted = Sample::of([two()]).with_baseline(gone()).interrupted();
        assert_eq!(why(&interrupted.fold().unwrap()), []);
        let others = [known(KnownAs::Failing, "a:other", "two")];
        assert_eq!(why(&judged([two()], others)), []);
        let other_version = BaselineEntry {
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
        let entry = BaselineEntry {
            test: "booking.list_services@0.1.0/set_up".parse().unwrap(),
            ..known(KnownAs::Failing, "a:b", "two")
        };
        let blocked = judged([two().ends(Outcome::Blocked), set_up()], [entry.clone()]);
        assert_eq!(blocked.verdict(), Verdict::Unproven);
        let proven = judged([two(), set_up()], [entry.clone()]);
        assert_eq!(proven.verdict(), Verdict::Known);
        assert_eq!(why(&judged([two()], [entry])), [OutOfDateReason::NotPlanned]);
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
