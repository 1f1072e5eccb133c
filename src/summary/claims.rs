//! Judges the claims of a run, rule by rule (provider contract, "What a claim is worth").
//!
//! Only what the run saw counts for a provider: a pass of a test that came to its telling step. A blocked test, a skip and a test that
//! was not planned prove nothing. Tests that are pending in the edition decide nothing.

use std::collections::BTreeSet;

use super::claim::{ClaimStanding, ClaimSummary, ProofLevel, RuleState, RuleSummary};
use super::{ProviderSummary, RunSummary};
use crate::event::{ClaimRecord, ContractRecord, RuleRecord};
use crate::model::{Outcome, TestName, TestResult, Untested};

/// The claims of a run, in the order of its providers. A run that left tests out, or did not come to its end, judges none of them: each
/// is `unknown`, and its rules say what was seen.
pub fn claims(summary: &RunSummary) -> Vec<ClaimSummary> {
    claims_of(summary, &summary.providers).collect()
}

/// The claims of these providers of a run, each judged when its turn comes.
pub fn claims_of<'a>(
    summary: &'a RunSummary,
    providers: &'a [ProviderSummary],
) -> impl Iterator<Item = ClaimSummary> + 'a {
    let judges = !summary.incomplete() && summary.why_filtered().is_none();
    let of = |provider: &'a ProviderSummary| provider.claims.iter().map(move |claim| (provider, claim));
    providers.iter().flat_map(of).map(move |(provider, claim)| {
        let evidence = Evidence::of(summary, provider, claim);
        let mut judged = evidence.judge(provider, claim);
        if !judges {
            (judged.standing, judged.level) = (ClaimStanding::Unknown, None);
        }
        judged
    })
}

/// The results of one claim that may decide, and the contract that it is held to.
struct Evidence<'a> {
    contract: Option<&'a ContractRecord>,
    results: Vec<&'a TestResult>,
}

impl<'a> Evidence<'a> {
    fn of(summary: &'a RunSummary, provider: &ProviderSummary, claim: &ClaimRecord) -> Self {
        let rows = summary.results_of(provider).iter();
        let of_claim = |row: &&TestResult| row.capability == claim.capability && row.version == claim.version;
        Self {
            contract: summary.contract(claim),
            results: rows
                .filter(of_claim)
                .filter(|row| summary.is_binding(row))
                .collect(),
        }
    }

    fn judge(&self, provider: &ProviderSummary, claim: &ClaimRecord) -> ClaimSummary {
        let contract = self.contract;
        let rules: Vec<_> = contract
            .iter()
            .flat_map(|contract| &contract.rules)
            .map(|rule| self.rule(rule))
            .collect();
        let none = BTreeSet::new();
        let essential = contract.map_or(none, |contract| contract.essential.iter().cloned().collect());
        let executed: Vec<_> = self
            .results
            .iter()
            .filter(|row| row.planned || row.outcome == Outcome::Fail)
            .map(|row| (&row.test, row.outcome))
            .collect();
        let unproven_essential = unproven_essential(&essential, &executed);
        let standing = claim_standing(&executed, &unproven_essential);
        ClaimSummary {
            provider: provider.id.clone(),
            capability: claim.capability.clone(),
            version: claim.version.clone(),
            edition: contract.and_then(|contract| Some(contract.edition.as_ref()?.name.clone())),
            level: self.level(standing, &rules),
            standing,
            rules,
            unproven_essential,
        }
    }

    fn level(&self, standing: ClaimStanding, rules: &[RuleSummary]) -> Option<ProofLevel> {
        let contract = self.contract?;
        if standing != ClaimStanding::Conformant || rules.is_empty() {
            return None;
        }
        let untested = |rule: &RuleSummary| rule.state == RuleState::NotTested;
        let mut untested_at_once = contract
            .rules
            .iter()
            .zip(rules)
            .filter(|(record, rule)| untested(rule) && !needs_more(record));
        Some(if !rules.iter().any(untested) {
            ProofLevel::Full
        } else if untested_at_once.next().is_none() {
            ProofLevel::Standard
        } else {
            ProofLevel::Basic
        })
    }

    fn rule(&self, rule: &RuleRecord) -> RuleSummary {
        let pending = self.contract.map_or(&[][..], |contract| &contract.pending);
        let rows: Vec<_> = rule
            .tests
            .iter()
            .filter(|test| !pending.contains(&test.name))
            .map(|test| {
                self.results
                    .iter()
                    .find(|row| row.planned && row.test == test.name)
            })
            .collect();
        let any = |outcome| rows.iter().flatten().any(|row| row.outcome == outcome);
        let optional = |row: &Option<&&TestResult>| row.is_some_and(|row| row.not_applicable);
        let (state, reason) = if any(Outcome::Fail) || self.breaks(rule) {
            (RuleState::Broken, None)
        } else if any(Outcome::Pass) {
            (RuleState::Proven, None)
        } else if !rows.is_empty() && rows.iter().all(optional) {
            (RuleState::NotApplicable, None)
        } else {
            let reasons = rows.iter().filter(|row| !optional(row)).map(why_untested);
            (RuleState::NotTested, reasons.min())
        };
        RuleSummary {
            id: rule.id.clone(),
            state,
            reason,
        }
    }

    /// Returns true if a failure names the rule, whatever test found it.
    fn breaks(&self, rule: &RuleRecord) -> bool {
        self.results
            .iter()
            .filter(|row| row.outcome == Outcome::Fail)
            .filter_map(|row| row.failure.as_ref()?.rule.as_ref())
            .any(|broken| {
                broken.id == rule.id
                    && self
                        .contract
                        .is_some_and(|contract| broken.capability == contract.capability.to_string())
            })
    }
}

/// The next level of a conformant claim of a run, and the rules that have to be tested for it. None at the highest level, and for a claim
/// without a level.
pub fn missing_for_next_level(
    summary: &RunSummary,
    claim: &ClaimSummary,
) -> Option<(ProofLevel, Vec<RuleSummary>)> {
    let mut contracts = summary.header.contracts.iter();
    let contract = contracts.find(|contract| {
        contract.capability.id == claim.capability && contract.capability.version == claim.version
    })?;
    let (next, at_once) = match claim.level? {
        ProofLevel::Basic => (ProofLevel::Standard, true),
        ProofLevel::Standard => (ProofLevel::Full, false),
        ProofLevel::Full => return None,
    };
    let rules = contract.rules.iter().zip(&claim.rules);
    let missing = rules
        .filter(|(_, rule)| rule.state == RuleState::NotTested)
        .filter(|(record, _)| !at_once || !needs_more(record))
        .map(|(_, rule)| rule.clone());
    Some((next, missing.collect()))
}

/// The essential tests that neither passed nor failed, by the results that may decide on a claim.
pub fn unproven_essential(essential: &BTreeSet<TestName>, results: &[(&TestName, Outcome)]) -> Vec<TestName> {
    let executed = |name: &TestName| {
        let mut results = results.iter();
        results.any(|(test, outcome)| *test == name && outcome.executed())
    };
    essential.iter().filter(|name| !executed(name)).cloned().collect()
}

/// The standing of a claim by the results that may decide, and by its essential tests that neither passed nor failed. Reports, gates,
/// badges and certificates all judge by this function.
pub fn claim_standing(results: &[(&TestName, Outcome)], unproven_essential: &[TestName]) -> ClaimStanding {
    let ended = |wanted| results.iter().any(|(_, outcome)| *outcome == wanted);
    if ended(Outcome::Fail) {
        ClaimStanding::NotConformant
    } else if !unproven_essential.is_empty() || !ended(Outcome::Pass) {
        // Whatever kept them from it: a turn that ended, a provider that was not there, a slot that was not free.
        ClaimStanding::Unproven
    } else if ended(Outcome::Error) {
        ClaimStanding::Unknown
    } else {
        ClaimStanding::Conformant
    }
}

/// Returns true if every test of a rule waits, takes a test clock or needs a second tenant.
fn needs_more(rule: &RuleRecord) -> bool {
    rule.tests.iter().all(|test| test.waits || test.peer)
}

fn why_untested(result: &Option<&&TestResult>) -> Untested {
    match result {
        None => Untested::NotSelected,
        Some(row) if row.outcome == Outcome::Blocked => row.untested.unwrap_or(Untested::Blocked),
        Some(row) => row.untested.unwrap_or(Untested::NotReached),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Row, Sample, contract, row};
    use super::*;
    use crate::model::Verdict;

    /// The claims of a run that was held to a contract: two essential tests, and rules of every kind.
    fn judged(rows: Vec<Row>) -> Vec<ClaimSummary> {
        claims(&held(rows).fold().unwrap())
    }

    fn held(rows: Vec<Row>) -> Sample {
        Sample::of(rows).held_to(
            contract()
                .essential(&["happy_path", "refuses"])
                .pending(&["newer"])
                .rule("answers", &[("happy_path", ""), ("newer", "")])
                .rule("refusal", &[("refuses", "")])
                .rule("window", &[("window", "waits")])
                .rule("isolation", &[("other_tenant", "peer")])
                .rule("overlap", &[("overlap", ""), ("overlap_later", "waits")]),
        )
    }

    fn only(rows: Vec<Row>) -> ClaimSummary {
        let [claim] = judged(rows).try_into().unwrap();
        claim
    }

    fn all_pass() -> Vec<Row> {
        [
            "happy_path",
            "refuses",
            "window",
            "other_tenant",
            "overlap",
            "overlap_later",
        ]
        .map(|test| row("a:b", test))
        .to_vec()
    }

    fn with(test: &str, change: impl FnOnce(Row) -> Row) -> Vec<Row> {
        let mut rows = all_pass();
        rows.retain(|row| row.0.test.as_str() != test);
        rows.push(change(row("a:b", test)));
        rows
    }

    #[test]
    fn a_claim_of_which_every_rule_is_proven_is_full() {
        let claim = only(all_pass());
        assert_eq!(
            claim.in_words(),
            "conformant, 5 of 5 rules, full, edition 2026-11"
        );
        assert_eq!(claim.unproven_essential, []);
    }

    /// A server that refuses everything passes each test that expects a refusal.
    #[test]
    fn a_claim_of_which_an_essential_test_was_not_executed_is_unproven() {
        for outcome in [Outcome::Blocked, Outcome::Skip] {
            let claim = only(with("happy_path", |row| row.ends(outcome)));
            assert_eq!(claim.in_words(), "unproven, 4 of 5 rules, edition 2026-11");
            assert_eq!(claim.unproven_essential, ["happy_path".parse().unwrap()]);
        }
        let absent: Vec<_> = all_pass()
            .into_iter()
            .filter(|row| row.0.test.as_str() != "refuses")
            .collect();
        assert_eq!(only(absent).standing, ClaimStanding::Unproven);
        let none = held(with("happy_path", |row| row.ends(Outcome::Blocked)));
        assert_eq!(none.fold().unwrap().verdict(), Verdict::Unproven);
    }

    #[test]
    fn a_claim_without_a_pass_is_unproven() {
        let skips = all_pass()
            .into_iter()
            .map(|row| row.ends(Outcome::Skip))
            .collect();
        assert_eq!(only(skips).in_words(), "unproven, 0 of 5 rules, edition 2026-11");
    }

    #[test]
    fn what_waits_or_needs_a_second_tenant_is_needed_for_full_only() {
        let slow = |row: Row| row.ends(Outcome::Skip).untested(Untested::Slow);
        let claim = only(with("window", slow));
        assert_eq!(
            claim.in_words(),
            "conformant, 4 of 5 rules, standard, edition 2026-11"
        );
        assert_eq!(claim.rules[2].reason, Some(Untested::Slow));
        let alone = |row: Row| row.ends(Outcome::Skip).untested(Untested::NoPeer);
        assert_eq!(
            only(with("other_tenant", alone)).level,
            Some(ProofLevel::Standard)
        );
        let mut blind = with("overlap", |row| {
            row.ends(Outcome::Skip).untested(Untested::NoWitness)
        });
        assert_eq!(
            only(blind.clone()).level,
            Some(ProofLevel::Full),
            "the slow test of the rule held"
        );
        blind.retain(|row| row.0.test.as_str() != "overlap_later");
        let claim = only(blind);
        assert_eq!(
            claim.in_words(),
            "conformant, 4 of 5 rules, basic, edition 2026-11"
        );
        assert_eq!(claim.rules[4].reason, Some(Untested::NoWitness));
    }

    #[test]
    fn a_failure_breaks_its_rule_also_where_another_test_of_it_passed() {
        let claim = only(with("overlap", |row| row.fails("taken twice")));
        assert_eq!(claim.in_words(), "not conformant, 4 of 5 rules, edition 2026-11");
        assert_eq!(claim.rules[4].state, RuleState::Broken);
    }

    #[test]
    fn a_pending_test_never_decides() {
        let mut rows = all_pass();
        rows.push(row("a:b", "newer").fails("no"));
        assert_eq!(only(rows.clone()).level, Some(ProofLevel::Full));
        let summary = held(rows).strict().fold().unwrap();
        assert_eq!((summary.verdict(), summary.warnings()), (Verdict::Conformant, 1));
        let mut rows = with("happy_path", |row| row.ends(Outcome::Skip));
        rows.push(row("a:b", "newer"));
        assert_eq!(only(rows).rules[0].state, RuleState::NotTested);
    }

    #[test]
    fn what_the_contract_makes_optional_is_not_counted() {
        let mut rows = with("overlap", |row| row.ends(Outcome::Skip).not_applicable());
        rows.retain(|row| row.0.test.as_str() != "overlap_later");
        rows.push(row("a:b", "overlap_later").ends(Outcome::Skip).not_applicable());
        let claim = only(rows);
        assert_eq!(
            claim.in_words(),
            "conformant, 4 of 4 rules, full, edition 2026-11"
        );
        let half = with("overlap_later", |row| {
            row.ends(Outcome::Skip).untested(Untested::Slow)
        });
        let half: Vec<_> = half
            .into_iter()
            .map(|row| match row.0.test.as_str() {
                "overlap" => row.ends(Outcome::Skip).not_applicable(),
                _ => row,
            })
            .collect();
        let rule = &only(half).rules[4];
        assert_eq!(
            (rule.state, rule.reason),
            (RuleState::NotTested, Some(Untested::Slow))
        );
    }

    #[test]
    fn a_claim_of_which_a_test_could_not_be_asked_is_unknown_and_unproven_if_that_test_is_essential() {
        let standing = |test: &str| only(with(test, |row| row.ends(Outcome::Error))).standing;
        assert_eq!(standing("overlap"), ClaimStanding::Unknown);
        assert_eq!(standing("happy_path"), ClaimStanding::Unproven);
        let nobody = all_pass().into_iter().map(|row| row.ends(Outcome::Error));
        let claim = only(nobody.collect());
        assert_eq!(claim.standing, ClaimStanding::Unproven);
        assert_eq!(claim.unproven_essential.len(), 2);
    }

    #[test]
    fn a_run_that_left_tests_out_judges_no_claim() {
        let rows = || vec![row("a:b", "happy_path")];
        let mut narrow = held(rows());
        narrow.header.selection.tests = vec!["*/happy_path".to_owned()];
        let summary = narrow.fold().unwrap();
        assert_eq!(
            claims(&summary)[0].in_words(),
            "unknown, 1 of 5 rules, edition 2026-11"
        );
        assert_eq!(summary.verdict().exit_code(), 0, "its tests alone decide");
        narrow.header.selection.tests.clear();
        assert_eq!(narrow.fold().unwrap().verdict(), Verdict::Unproven);
        narrow.header.selection.read_only = true;
        assert_eq!(narrow.fold().unwrap().verdict().exit_code(), 0);
        let mut nothing = held(vec![row("a:b", "happy_path").ends(Outcome::Skip)]);
        nothing.header.selection.read_only = true;
        assert_eq!(nothing.fold().unwrap().verdict(), Verdict::Unproven);
        let mut fast = held(vec![row("a:b", "happy_path").fails("no")]);
        fast.header.selection.fail_fast = true;
        let summary = fast.fold().unwrap();
        assert_eq!(claims(&summary)[0].standing, ClaimStanding::Unknown);
        assert_eq!(summary.verdict(), Verdict::Failed);
        assert_eq!(
            claims(&held(rows()).part(1, 2).fold().unwrap())[0].standing,
            ClaimStanding::Unknown
        );
        assert_eq!(
            claims(&held(all_pass()).killed().fold().unwrap())[0].standing,
            ClaimStanding::Unknown
        );
    }

    #[test]
    fn a_failure_names_the_versions_that_would_not_ask_for_its_test() {
        let mut sample = held(with("overlap", |row| row.fails("taken twice")));
        let overlap = vec!["overlap".parse().unwrap()];
        sample.header.contracts[0]
            .not_asked_at
            .insert("0.2.0".parse().unwrap(), overlap);
        let summary = sample.fold().unwrap();
        let of = |test: &str| {
            let mut rows = summary.results.iter();
            let row = rows.find(|row| row.test.as_str() == test).unwrap();
            let versions = summary.not_asked_at(row).into_iter();
            versions.map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!((of("overlap"), of("window")), (vec!["0.2.0".to_owned()], vec![]));
    }

    /// Records that are older than editions name neither rules nor essential tests.
    #[test]
    fn an_old_record_is_judged_by_any_executed_must_level_test() {
        let old = |rows: Vec<Row>| claims(&Sample::of(rows).fold().unwrap()).remove(0).in_words();
        assert_eq!(old(vec![row("a:b", "one")]), "conformant");
        assert_eq!(old(vec![row("a:b", "one").should()]), "unproven");
        assert_eq!(old(vec![row("a:b", "one").ends(Outcome::Blocked)]), "unproven");
    }
}
