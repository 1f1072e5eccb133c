//! The claims of a run in words: one line each, and the rules that were not tested, by reason.

use std::borrow::Borrow;

use indexmap::{IndexMap, IndexSet};

use crate::model::{ProviderId, Untested, plural};
use crate::summary::{ClaimSummary, ProofLevel, ProviderSummary, RuleState, RunSummary, claims_of};

/// The most ids of rules or tests that a line names.
const NAMED: usize = 6;

/// The claims of a run whose record names their rules or their edition. A record without them says no more than its verdict. Each is
/// judged when its turn comes: of thousands of claims, all rules at once are much to hold.
pub(super) fn judged_claims(summary: &RunSummary) -> impl Iterator<Item = ClaimSummary> + '_ {
    judged_claims_of(summary, &summary.providers)
}

/// The same of these providers alone.
pub(super) fn judged_claims_of<'s>(
    summary: &'s RunSummary,
    providers: &'s [ProviderSummary],
) -> impl Iterator<Item = ClaimSummary> + 's {
    claims_of(summary, providers).filter(|claim| !claim.rules.is_empty() || claim.edition.is_some())
}

/// The claim with its name: `bookio:salon-aurora booking.create_booking@0.1.0: conformant, 27 of 32 rules, basic, edition 2026-11`.
pub(super) fn claim_line(claim: &ClaimSummary) -> String {
    format!("{}: {}", claim_name(claim), claim.in_words())
}

/// The claims that are kept, a line for each provider: `bookio:salon-aurora: 25 claims conformant, 310 of 310 rules, full`. A level is named
/// where all have it.
pub(super) fn kept_lines(claims: impl Iterator<Item = ClaimSummary>) -> Vec<String> {
    #[derive(Default)]
    struct Kept {
        claims: usize,
        proven: usize,
        total: usize,
        levels: IndexSet<Option<ProofLevel>>,
    }
    let mut found: IndexMap<ProviderId, Kept> = IndexMap::new();
    for claim in claims {
        let kept = found.entry(claim.provider.clone()).or_default();
        kept.claims += 1;
        kept.proven += claim.proven_rules();
        kept.total += claim.total_rules();
        kept.levels.insert(claim.level);
    }
    let line = |(provider, kept): (ProviderId, Kept)| {
        let mut levels = kept.levels.iter();
        let level = match (levels.next(), levels.next()) {
            (Some(Some(level)), None) => format!(", {level}"),
            _ => String::new(),
        };
        let claims = plural(kept.claims, "claim");
        format!(
            "{provider}: {claims} conformant, {} of {} rules{level}",
            kept.proven, kept.total
        )
    };
    found.into_iter().map(line).collect()
}

/// The claims that are not kept, a line for each provider and standing: `bookio:salon-aurora: 14 claims unproven: booking.get_booking@0.1.0 …`.
pub(super) fn open_lines(claims: impl Iterator<Item = ClaimSummary>) -> Vec<String> {
    /// The most claims that a line names.
    const FEW: usize = 3;
    let mut found: IndexMap<(ProviderId, &'static str), Vec<String>> = IndexMap::new();
    for claim in claims {
        let name = format!("{}@{}", claim.capability, claim.version);
        let key = (claim.provider.clone(), claim.standing.description());
        found.entry(key).or_default().push(name);
    }
    let line = |((provider, standing), names): ((ProviderId, &'static str), Vec<String>)| {
        format!(
            "{provider}: {} {standing}: {}",
            plural(names.len(), "claim"),
            first_of(names.iter().map(String::as_str), FEW)
        )
    };
    found.into_iter().map(line).collect()
}

/// The claim's provider, capability and version.
pub(super) fn claim_name(claim: &ClaimSummary) -> String {
    format!("{} {}@{}", claim.provider, claim.capability, claim.version)
}

/// The reason why a claim is unproven: the essential tests that neither passed nor failed.
pub(super) fn unproven_reason(claim: &ClaimSummary) -> String {
    if claim.unproven_essential.is_empty() {
        return "no must-level test passed".to_owned();
    }
    let names = named(claim.unproven_essential.iter().map(|test| test.as_str()));
    let tests = if claim.unproven_essential.len() == 1 {
        "essential test"
    } else {
        "essential tests"
    };
    format!("neither passed nor failed: {tests} {names}")
}

/// The rules that were not tested, a line for each reason, with what would have them tested. Several claims share a line where both
/// are the same.
pub fn untested_lines(claims: impl IntoIterator<Item = impl Borrow<ClaimSummary>>) -> Vec<String> {
    let mut groups: IndexMap<Option<Untested>, (usize, IndexSet<String>)> = IndexMap::new();
    for claim in claims {
        let rules = claim.borrow().rules.iter();
        for rule in rules.filter(|rule| rule.state == RuleState::NotTested) {
            let (count, ids) = groups.entry(rule.reason).or_default();
            *count += 1;
            if !ids.contains(&rule.id) {
                ids.insert(rule.id.clone());
            }
        }
    }
    groups.sort_keys();
    let line = |(reason, (count, ids)): (Option<Untested>, (usize, IndexSet<String>))| {
        let why = reason.map_or("no test of the edition verifies it", Untested::description);
        let remedy = reason.and_then(Untested::remedy);
        let remedy = remedy.map_or_else(String::new, |remedy| format!("; {remedy}"));
        format!(
            "{} not tested, {why}: {}{remedy}",
            plural(count, "rule"),
            named(ids.iter().map(String::as_str))
        )
    };
    groups.into_iter().map(line).collect()
}

/// Names in a row, the first few of many.
fn named<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    first_of(names, NAMED)
}

fn first_of<'a>(names: impl ExactSizeIterator<Item = &'a str>, most: usize) -> String {
    let all = names.len();
    let shown = names.take(most).collect::<Vec<_>>().join(", ");
    match all.checked_sub(most) {
        Some(more @ 1..) => format!("{shown} and {more} more"),
        _ => shown,
    }
}
