//! Which provider keeps which rule of a contract: a rule a row, those that somebody breaks first.

use std::cmp::Reverse;

use maud::{Markup, html};

use super::{layout, view};
use crate::app::ClaimStanding;
use crate::capability::Capability;
use crate::model::plural;
use crate::summary::RuleState;

/// The number of providers: more columns than this nobody reads.
const PROVIDERS: usize = 25;

/// Returns true if the record of some run names the rules.
pub(super) fn is_there(places: &[view::Place]) -> bool {
    shown(places).next().is_some()
}

fn shown(places: &[view::Place]) -> impl Iterator<Item = &ClaimStanding> {
    let claims = places.iter().map(|(_, claim)| claim.as_ref());
    claims.filter(|claim| claim.proof.is_some()).take(PROVIDERS)
}

/// The state of a rule at a provider. None where its latest run did not know the rule.
fn state_of(claim: &ClaimStanding, rule: &str) -> Option<RuleState> {
    let rules = &claim.proof.as_ref()?.rules;
    Some(rules.iter().find(|known| known.id == rule)?.state)
}

/// A state as one sign with its colour, and what it stands for.
fn sign(state: RuleState) -> (&'static str, &'static str, &'static str) {
    match state {
        RuleState::Proven => ("✓", "good", "proven"),
        RuleState::Broken => ("✗", "bad", "broken"),
        RuleState::NotTested => ("–", "doubt", "not tested"),
        RuleState::NotApplicable => ("·", "faint", "does not apply"),
    }
}

/// The matrix, folded where every rule is proven or does not apply.
pub(super) fn section(contract: &Capability, places: &[view::Place]) -> Markup {
    let claims: Vec<_> = shown(places).collect();
    let mut rows: Vec<_> = contract
        .rules()
        .map(|rule| {
            let states: Vec<_> = claims.iter().map(|claim| state_of(claim, rule.id)).collect();
            (rule.id, states)
        })
        .collect();
    let count =
        |states: &[Option<RuleState>], wanted| states.iter().filter(|state| **state == Some(wanted)).count();
    rows.sort_by_key(|(_, states)| {
        Reverse((
            count(states, RuleState::Broken),
            count(states, RuleState::NotTested),
        ))
    });
    let having = |wanted| {
        rows.iter()
            .filter(|(_, states)| count(states, wanted) > 0)
            .count()
    };
    let (broken, untested) = (having(RuleState::Broken), having(RuleState::NotTested));
    let head = html! {
        tr {
            th scope="col" { "rule" }
            @for claim in &claims {
                @let provider = &claim.history.claim.provider;
                th scope="col" class="cell" { a class="upright" href={ "/providers/" (provider) } { (provider) } }
            }
        }
    };
    let body = html! {
        @for (rule, states) in &rows {
            tr {
                th scope="row" { a href={ "#rule-" (rule) } { (rule) } }
                @for state in states {
                    @match state {
                        None => td class="cell" {},
                        Some(state) => {
                            @let (sign, class, words) = sign(*state);
                            td class={ "cell " (class) } title=(words) { span role="img" aria-label=(words) { (sign) } }
                        },
                    }
                }
            }
        }
    };
    html! {
        @if !claims.is_empty() {
            h2 id="rules" { "Rules by provider" }
            details open[broken > 0] {
                summary {
                    (plural(rows.len(), "rule")) ": "
                    @if broken + untested == 0 { "all of them are proven or do not apply" } @else {
                        (broken) " broken and " (untested) " not tested somewhere"
                    }
                }
                p class="faint" {
                    @for state in [RuleState::Proven, RuleState::Broken, RuleState::NotTested, RuleState::NotApplicable] {
                        @let (sign, class, words) = sign(state);
                        span class=(class) { (sign) } " " (words) " "
                    }
                }
                (layout::grid("What the latest run that counts says of each rule", &head, &body))
            }
        }
    }
}
