//! What the latest runs of a provider say of each rule of its contracts.

use std::sync::Arc;

use maud::{Markup, html};

use super::{State, text};
use crate::app::ClaimStanding;
use crate::model::CapabilityRef;
use crate::report;
use crate::summary::RuleState;

/// What the latest runs say of each rule: those that are broken, those that were not tested and what would have them tested, and the
/// others, folded.
pub(super) fn section(state: &State, standings: &[Arc<ClaimStanding>]) -> Markup {
    let known = standings
        .iter()
        .filter_map(|claim| Some((claim, claim.proof.as_ref()?)));
    html! {
        h2 id="rules" { "Rules" }
        @if known.clone().next().is_none() { p { "The records of its latest runs do not name the rules." } }
        @for (claim, proof) in known {
            @let capability = &claim.history.claim.capability;
            @let of = |state| proof.rules.iter().filter(move |rule| rule.state == state);
            @let untested = report::untested_lines(std::slice::from_ref(proof));
            @let broken = of(RuleState::Broken).count();
            details open[broken > 0] {
                summary {
                    (capability) ": " span class="good" { (proof.proven_rules()) " proven" }
                    @if broken > 0 { ", " span class="bad" { (broken) " broken" } }
                    @if !untested.is_empty() { ", " span class="doubt" { (of(RuleState::NotTested).count()) " not tested" } }
                    @let spared = of(RuleState::NotApplicable).count();
                    @if spared > 0 { ", " (spared) " do not apply" }
                }
                @for (rule_state, title) in [(RuleState::Broken, "Broken"), (RuleState::Proven, "Proven"), (RuleState::NotApplicable, "Does not apply")] {
                    @if of(rule_state).next().is_some() {
                        p {
                            (title) ": "
                            @for (at, rule) in of(rule_state).enumerate() {
                                @if at > 0 { ", " }
                                (named_rule(state, capability, &rule.id))
                            }
                        }
                    }
                }
                @if !untested.is_empty() { p { "Not tested:" } ul { @for line in &untested { li { (text::said(line)) } } } }
            }
        }
    }
}

/// The id of a rule, which leads to its words where the contract has it. A record of others may name any.
fn named_rule(state: &State, capability: &CapabilityRef, id: &str) -> Markup {
    let contract = state.bundle.registry.at(capability);
    let is_known = contract.is_some_and(|contract| contract.rules().any(|rule| rule.id == id));
    html! {
        @if is_known { a href={ "/capabilities/" (capability) "#rule-" (id) } { (id) } } @else { (text::one_line(id)) }
    }
}
