//! The claims of a certificate that follow from what it lists: its digests, tests, rules, level and result.

use std::collections::BTreeSet;

use super::check::Found;
use super::expected::{Expected, ExpectedRule, Requirements};
use super::statement::{AttestedResult, Extension, Statement};
use crate::model::Untested;
use crate::summary::{ProofLevel, RuleState, RuleSummary};

pub(super) fn same(statement: &Statement, part: &str, expected: &str) -> Found {
    match statement.configured(part).and_then(|part| part.sha256()) {
        Some(found) if found == expected => Ok(expected.to_owned()),
        Some(found) => Err(format!("{found} is not the registry's {expected}")),
        None => Err(format!("it names no {part}")),
    }
}

/// The requirements that a certificate was written for: those of the edition that it names. One that names none is of the edition whose
/// tests it requires, and else of the newest.
pub(super) fn held_to<'e>(
    statement: &Statement,
    about: &Extension,
    expected: &'e Expected,
) -> Result<&'e Requirements, String> {
    if let Some(named) = &about.edition {
        same(statement, "edition", &named.digest)?;
        let unknown = || {
            let known: Vec<_> = expected.editions.iter().map(Requirements::name).collect();
            format!(
                "edition {} with digest {} is none of the registry's: {}",
                named.name,
                named.digest,
                known.join(", ")
            )
        };
        return expected.held_to(Some(named)).ok_or_else(unknown);
    }
    let of_its_tests = |one: &&Requirements| same_requirements(statement, about, expected, one).is_ok();
    let found = expected.editions.iter().rev().find(of_its_tests);
    found
        .or(expected.editions.last())
        .ok_or_else(|| "the registry has no edition of the contract".to_owned())
}

/// The suite of today, or an older or newer one of an edition that is published: an edition fixes which tests decide.
pub(super) fn suite(statement: &Statement, expected: &Expected, requirements: &Requirements) -> Found {
    let found = same(statement, "suite", &expected.suite_digest);
    let digest = statement.configured("suite").and_then(|part| part.sha256());
    match (&requirements.edition, digest) {
        (Some(edition), Some(digest)) if found.is_err() => Ok(format!(
            "{digest}, another version of it, held to edition {}",
            edition.name
        )),
        _ => found,
    }
}

pub(super) fn same_requirements(
    statement: &Statement,
    about: &Extension,
    expected: &Expected,
    requirements: &Requirements,
) -> Found {
    let passed = statement.predicate.passed_tests.iter();
    let named = passed
        .chain(about.skipped_tests.iter().map(|test| &test.name))
        .collect();
    // Signed before a test was renamed, it still requires the same tests.
    let by_its_names = expected.digest_by(requirements, &named);
    let by_its_names = same(statement, "requirements", &by_its_names);
    by_its_names.or_else(|_| same(statement, "requirements", &requirements.digest()))?;
    if about.required != requirements.must.len() {
        return Err(format!(
            "it counts {} required tests, there are {}",
            about.required,
            requirements.must.len()
        ));
    }
    Ok(format!("{} tests", about.required))
}

/// The level follows from the rules that the certificate lists, and the states of the rules from its tests. Before version 2 there were
/// none.
pub(super) fn level(
    statement: &Statement,
    about: &Extension,
    expected: Option<(&Expected, &Requirements)>,
) -> Found {
    let untested = || {
        about
            .rules
            .iter()
            .filter(|rule| rule.state == RuleState::NotTested)
    };
    if let Some(broken) = about.rules.iter().find(|rule| rule.state == RuleState::Broken) {
        return Err(format!("the rule {} is broken", broken.id));
    }
    let said = match about.level {
        None if about.rules.is_empty() => return Ok("it names none".to_owned()),
        None => return Err("it lists rules and names no level".to_owned()),
        Some(level) if about.rules.is_empty() => {
            return Err(format!("it says {level} and lists no rules"));
        }
        Some(level) => level,
    };
    if let Some((expected, requirements)) = expected {
        states(statement, about, expected, requirements)?;
    }
    let rules = expected.map_or(&[][..], |(expected, _)| &expected.rules);
    if let Some((follows, rule)) = highest(about, rules)
        && said > follows
    {
        return Err(format!(
            "it says {said}, and the rule {rule} was not tested: {follows} follows from its rules"
        ));
    }
    Ok(format!(
        "{said}, {} of {} rules proven, {} not tested",
        about.proven_rules(),
        about.total_rules(),
        untested().count()
    ))
}

/// The highest level that the untested rules leave, with the rule that stands against the next one. None where none was left untested.
fn highest<'a>(about: &'a Extension, rules: &[ExpectedRule]) -> Option<(ProofLevel, &'a str)> {
    let needs_more = |rule: &RuleSummary| match rules.iter().find(|one| one.id == rule.id) {
        Some(known) if !known.tests.is_empty() => known.tests.iter().all(|test| test.needs_more),
        _ => matches!(
            rule.reason,
            Some(Untested::Slow | Untested::NoClock | Untested::NoPeer)
        ),
    };
    let mut untested = about
        .rules
        .iter()
        .filter(|rule| rule.state == RuleState::NotTested);
    let any = untested.clone().next()?;
    Some(match untested.find(|rule| !needs_more(rule)) {
        Some(at_once) => (ProofLevel::Basic, at_once.id.as_str()),
        None => (ProofLevel::Standard, any.id.as_str()),
    })
}

/// Every rule of the contract is listed once, and its state is one that the listed tests can have led to.
fn states(
    statement: &Statement,
    about: &Extension,
    expected: &Expected,
    requirements: &Requirements,
) -> Result<(), String> {
    let passed: BTreeSet<_> = statement
        .predicate
        .passed_tests
        .iter()
        .map(|id| expected.today(id))
        .collect();
    let mut seen = BTreeSet::new();
    for rule in &about.rules {
        if !expected.rules.iter().any(|known| known.id == rule.id) {
            return Err(format!("the contract has no rule {}", rule.id));
        }
        if !seen.insert(&rule.id) {
            return Err(format!("the rule {} is listed twice", rule.id));
        }
    }
    for known in &expected.rules {
        let mut tests = known
            .tests
            .iter()
            .filter(|test| requirements.must.contains(&test.id))
            .peekable();
        if tests.peek().is_none() {
            continue;
        }
        let listed = about.rules.iter().find(|rule| rule.id == known.id);
        let Some(listed) = listed else {
            return Err(format!("it says nothing of the rule {}", known.id));
        };
        let any_passed = tests.clone().any(|test| passed.contains(&test.id));
        match listed.state {
            RuleState::Proven if !any_passed => {
                return Err(format!(
                    "it says that the rule {} is proven, and none of its tests passed",
                    known.id
                ));
            }
            RuleState::NotApplicable if any_passed || !tests.all(|test| test.optional) => {
                return Err(format!(
                    "it says that the rule {} does not apply, and the contract does not make it optional",
                    known.id
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn tests(
    statement: &Statement,
    about: &Extension,
    expected: &Expected,
    requirements: &Requirements,
) -> Found {
    let today = |id| expected.today(id);
    let passed: BTreeSet<_> = statement.predicate.passed_tests.iter().map(today).collect();
    let skipped = about.skipped_tests.iter().map(|test| &test.name);
    let skipped: BTreeSet<_> = skipped.map(today).collect();
    if let Some(test) = about
        .skipped_tests
        .iter()
        .find(|test| test.reason.trim().is_empty())
    {
        return Err(format!("{} was left out without a reason", test.name));
    }
    let missing = requirements
        .must
        .iter()
        .find(|id| !passed.contains(id) && !skipped.contains(id));
    if let Some(missing) = missing {
        return Err(format!("{missing} neither passed nor was left out for a reason"));
    }
    if let Some(both) = passed.intersection(&skipped).next() {
        return Err(format!("{both} passed and was left out"));
    }
    let known = |id: &&&String| expected.must.contains(**id) || expected.should.contains(**id);
    let warned = statement.predicate.warned_tests.iter();
    let warned = warned.map(today).collect::<BTreeSet<_>>();
    let mut all = passed.union(&skipped).chain(&warned);
    if let Some(stranger) = all.find(|id| !known(id)) {
        return Err(format!("{stranger} is no test of the contract"));
    }
    if let Some(unproven) = requirements.essential.iter().find(|id| !passed.contains(id)) {
        return Err(format!("the essential test {unproven} did not pass"));
    }
    let executed = requirements.must.iter().filter(|id| passed.contains(id)).count();
    if executed == 0 {
        return Err("no required test was executed".to_owned());
    }
    let left = requirements.must.len().saturating_sub(executed);
    Ok(format!(
        "{executed} of {} required tests passed, {left} not tested",
        requirements.must.len()
    ))
}

pub(super) fn result(statement: &Statement) -> Found {
    let predicate = &statement.predicate;
    let follows = match (
        predicate.failed_tests.is_empty(),
        predicate.warned_tests.is_empty(),
    ) {
        (false, _) => AttestedResult::Failed,
        (true, false) => AttestedResult::Warned,
        (true, true) => AttestedResult::Passed,
    };
    if predicate.result != follows {
        return Err(format!(
            "it says {:?}, its lists say {follows:?}",
            predicate.result
        ));
    }
    match follows {
        AttestedResult::Failed => Err("tests failed".to_owned()),
        AttestedResult::Warned => Ok(format!("passed, with {} warnings", predicate.warned_tests.len())),
        AttestedResult::Passed => Ok("passed".to_owned()),
    }
}
