//! The verdict on a run (provider contract, "Exit codes").

use super::claims::claims_of;
use super::{ClaimStanding, ClaimSummary, ProviderSummary, RunSummary};
use crate::model::{Outcome, TestResult, Verdict};

impl RunSummary {
    /// The verdict on the run: the first that applies, in the order of [`Verdict`].
    pub fn verdict(&self) -> Verdict {
        of_run(self)
    }

    /// The verdict on one provider alone. In an incomplete run the verdict on every provider is `incomplete`.
    pub fn verdict_of(&self, provider: &ProviderSummary) -> Verdict {
        of_provider(self, provider)
    }

    /// The claims that the run leaves unproven. None in a run that left tests out: it judges no claim.
    pub fn unproven(&self) -> Vec<ClaimSummary> {
        unproven(self, &self.providers).collect()
    }
}

/// The first that applies to the run. Where nothing at all was executed, nothing is proven, whatever was claimed.
fn of_run(summary: &RunSummary) -> Verdict {
    let stale = !summary.known.out_of_date.is_empty();
    decide(summary, &summary.results, stale, &summary.providers)
}

/// The first that applies to one provider.
fn of_provider(summary: &RunSummary, provider: &ProviderSummary) -> Verdict {
    let results = summary.results_of(provider);
    let stale = summary
        .known
        .out_of_date
        .iter()
        .any(|entry| entry.entry.provider == provider.id);
    decide(summary, results, stale, std::slice::from_ref(provider))
}

fn decide(
    summary: &RunSummary,
    results: &[TestResult],
    stale: bool,
    providers: &[ProviderSummary],
) -> Verdict {
    let ended = |outcome, known| {
        results.iter().any(|result| {
            result.outcome == outcome
                && summary.is_binding(result)
                && summary.known_as(result).is_some() == known
        })
    };
    // A provider in the run without a claim is one of which nobody could learn what it offers.
    let claims_nothing = |provider: &ProviderSummary| provider.claims.is_empty();
    let unproven = || {
        !results.iter().any(executed)
            || providers.iter().any(claims_nothing)
            || unproven(summary, providers).next().is_some()
    };
    let part = summary.header.part.is_some();
    if results.iter().any(|result| result.bug) {
        Verdict::Bug
    } else if summary.incomplete() {
        Verdict::Incomplete
    } else if ended(Outcome::Fail, false) {
        Verdict::Failed
    } else if stale {
        Verdict::Stale
    } else if ended(Outcome::Error, false) {
        Verdict::Unreachable
    } else if !part && unproven() {
        Verdict::Unproven
    } else if ended(Outcome::Fail, true) {
        Verdict::Known
    } else if part {
        Verdict::Part
    } else {
        Verdict::Conformant
    }
}

/// The claims of these providers that the run leaves unproven.
fn unproven<'a>(
    summary: &'a RunSummary,
    providers: &'a [ProviderSummary],
) -> impl Iterator<Item = ClaimSummary> + 'a {
    claims_of(summary, providers).filter(|claim| claim.standing == ClaimStanding::Unproven)
}

fn executed(result: &TestResult) -> bool {
    result.planned && result.outcome.executed()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Sample, row};
    use super::*;

    fn verdict(sample: &Sample) -> Verdict {
        sample.fold().unwrap().verdict()
    }

    #[test]
    fn a_run_in_which_every_claim_was_proven_is_conformant() {
        assert_eq!(
            verdict(&Sample::of([
                row("a:b", "one"),
                row("a:b", "two").should().fails("no")
            ])),
            Verdict::Conformant
        );
        assert_eq!(
            verdict(&Sample::of([
                row("a:b", "one"),
                row("a:b", "two").ends(Outcome::Skip)
            ])),
            Verdict::Conformant
        );
    }

    #[test]
    fn a_failed_ruling_counts_in_a_strict_run_only() {
        let rows = || [row("a:b", "one"), row("a:b", "two").should().fails("no")];
        assert_eq!(verdict(&Sample::of(rows()).strict()), Verdict::Failed);
        let rows = || [row("a:b", "one"), row("a:b", "two").should().ends(Outcome::Error)];
        assert_eq!(verdict(&Sample::of(rows())), Verdict::Conformant);
        assert_eq!(verdict(&Sample::of(rows()).strict()), Verdict::Unreachable);
    }

    #[test]
    fn a_failure_goes_before_an_error_and_an_error_before_a_gap() {
        let error = || row("a:b", "two").ends(Outcome::Error);
        assert_eq!(
            verdict(&Sample::of([row("a:b", "one").fails("no"), error()])),
            Verdict::Failed
        );
        assert_eq!(
            verdict(&Sample::of([row("a:b", "one").ends(Outcome::Skip), error()])),
            Verdict::Unreachable
        );
    }

    #[test]
    fn a_wrong_set_up_answer_fails_the_run_although_no_plan_asked_for_its_row() {
        let unplanned = row("a:b", "set_up")
            .of("booking.list_services")
            .unplanned()
            .fails("no `services`");
        let blocked = row("a:b", "two").ends(Outcome::Blocked);
        assert_eq!(
            verdict(&Sample::of([row("a:b", "one"), blocked, unplanned])),
            Verdict::Failed
        );
    }

    #[test]
    fn a_claim_without_an_executed_must_level_test_is_unproven() {
        assert_eq!(
            verdict(&Sample::of([row("a:b", "one").ends(Outcome::Blocked)])),
            Verdict::Unproven
        );
        assert_eq!(
            verdict(&Sample::of([row("a:b", "one").should()])),
            Verdict::Unproven
        );
        let other = row("a:b", "one").of("booking.cancel_booking").ends(Outcome::Skip);
        let summary = Sample::of([row("a:b", "one"), other, row("a:c", "one")])
            .fold()
            .unwrap();
        assert_eq!(summary.verdict(), Verdict::Unproven);
        let each: Vec<_> = summary
            .providers
            .iter()
            .map(|provider| summary.verdict_of(provider))
            .collect();
        assert_eq!(each, [Verdict::Unproven, Verdict::Conformant]);
    }

    #[test]
    fn a_run_in_which_nothing_was_executed_is_never_green() {
        assert_eq!(verdict(&Sample::of([])), Verdict::Unproven);
        assert_eq!(
            verdict(&Sample::of([row("a:b", "one").ends(Outcome::Skip)]).without_claims()),
            Verdict::Unproven
        );
    }

    #[test]
    fn a_part_is_judged_by_its_own_tests_and_never_conformant() {
        let part = |rows: Vec<super::super::sample::Row>| verdict(&Sample::of(rows).part(2, 5));
        assert_eq!(part(vec![row("a:b", "one")]), Verdict::Part);
        // The claim may be proven by another part.
        assert_eq!(part(vec![row("a:b", "one").ends(Outcome::Skip)]), Verdict::Part);
        assert_eq!(part(vec![row("a:b", "one").fails("no")]), Verdict::Failed);
        assert_eq!(
            part(vec![row("a:b", "one").ends(Outcome::Error)]),
            Verdict::Unreachable
        );
    }

    #[test]
    fn an_incomplete_run_is_that_before_anything_else() {
        let rows = || [row("a:b", "one").fails("no")];
        assert_eq!(verdict(&Sample::of(rows()).killed()), Verdict::Incomplete);
        assert_eq!(verdict(&Sample::of(rows()).interrupted()), Verdict::Incomplete);
        let mut summary = Sample::of(rows()).fold().unwrap();
        summary.record_incomplete = Some("disk full".to_owned());
        assert_eq!(summary.verdict(), Verdict::Incomplete);
        assert_eq!(summary.verdict_of(&summary.providers[0]), Verdict::Incomplete);
    }
}
