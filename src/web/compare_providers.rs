//! Two providers side by side: how their claims stand, and the tests in which they differ.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::compared::Compared;
use super::error::WebError;
use super::{State, layout, text, view};
use crate::app::{ClaimStanding, StoredResult};
use crate::model::{CapabilityRef, ProviderId, TestName, plural};

/// The largest number of tests that are shown.
const MANY: usize = 200;

type Claims = BTreeMap<CapabilityRef, Arc<ClaimStanding>>;

pub(super) fn of(state: &State, a: &ProviderId, b: &ProviderId) -> Result<Compared, WebError> {
    let (first, second) = (claims(state, a)?, claims(state, b)?);
    let shared: Vec<_> = first
        .keys()
        .filter(|capability| second.contains_key(capability))
        .collect();
    let differing = differing(state, &shared, a, b)?;
    let body = html! {
        p class="verdict" {
            (plural(shared.len(), "claim")) " in common, "
            (plural(differing.len(), "test")) " with another outcome"
        }
        h2 id="standing" { "Standing" }
        (standing(a, b, &first, &second))
        h2 id="tests" { "Tests" }
        @if differing.is_empty() { p { "They differ in no test." } } @else { (tests(a, b, &differing)) }
    };
    Ok(Compared {
        title: format!("{a} and {b}"),
        body,
    })
}

fn claims(state: &State, provider: &ProviderId) -> Result<Claims, WebError> {
    let (_, claims) = view::claims_of(state, provider.as_str())?;
    let by_capability = claims
        .into_iter()
        .map(|claim| (claim.history.claim.capability.clone(), claim));
    Ok(by_capability.collect())
}

fn standing(a: &ProviderId, b: &ProviderId, first: &Claims, second: &Claims) -> Markup {
    let all: BTreeSet<_> = first.keys().chain(second.keys()).collect();
    let of = |claim: Option<&Arc<ClaimStanding>>| {
        html! {
            @match claim {
                None => { td { span class="faint" { "no claim" } } td {} td class="number" {} },
                Some(claim) => {
                    td { (text::standing(claim.now.standing)) (text::mark(claim.mark())) }
                    td { @if let Some(proof) = &claim.proof { (proof.proven_rules()) " of " (proof.total_rules()) } }
                    @let latency = claim.history.latency_since(DateTime::<Utc>::MIN_UTC);
                    td class="number" { @if let Some(latency) = latency { (latency.p50) " / " (latency.p95) } }
                },
            }
        }
    };
    let rows = html! {
        @for capability in all {
            tr {
                th scope="row" { a href={ "/capabilities/" (capability) } { (capability) } }
                (of(first.get(capability)))
                (of(second.get(capability)))
            }
        }
    };
    let head = html! {
        tr {
            td {}
            th scope="colgroup" colspan="3" { a href={ "/providers/" (a) } { (a) } }
            th scope="colgroup" colspan="3" { a href={ "/providers/" (b) } { (b) } }
        }
        tr {
            th scope="col" { "capability" }
            @for _ in 0..2 {
                th scope="col" { "standing" }
                th scope="col" { "rules proven" }
                th scope="col" class="number" { "median / p95 ms" }
            }
        }
    };
    layout::table_under("Claims of both", &head, &rows)
}

/// A test in which two providers differ.
struct Differing {
    capability: CapabilityRef,
    test: TestName,
    first: StoredResult,
    second: StoredResult,
}

/// The tests of these capabilities that ended otherwise with the second provider than with the first.
fn differing(
    state: &State,
    shared: &[&CapabilityRef],
    a: &ProviderId,
    b: &ProviderId,
) -> Result<Vec<Differing>, WebError> {
    let mut found = Vec::new();
    for capability in shared {
        let both = [a.clone(), b.clone()];
        let mut latest = state.history.latest_by_test(&state.bundle, capability, &both)?;
        let (first, mut second) = (
            latest.remove(a).unwrap_or_default(),
            latest.remove(b).unwrap_or_default(),
        );
        found.extend(first.into_iter().filter_map(|(test, first)| {
            let second = second.remove(&test)?;
            (first.outcome != second.outcome).then(|| Differing {
                capability: (*capability).clone(),
                test,
                first,
                second,
            })
        }));
    }
    Ok(found)
}

fn tests(a: &ProviderId, b: &ProviderId, differing: &[Differing]) -> Markup {
    let of = |result: &StoredResult| {
        html! { td { a href={ "/runs/" (result.run) } { (text::outcome(result.outcome, result.level)) } } }
    };
    let rows = html! {
        @for row in differing.iter().take(MANY) {
            tr {
                (of(&row.first))
                (of(&row.second))
                th scope="row" { a href={ "/capabilities/" (row.capability) "/tests/" (row.test) } { (row.capability) "/" (row.test) } }
                td class="words" {
                    @for message in [&row.first.message, &row.second.message].into_iter().flatten().take(1) { (text::said(message)) }
                }
            }
        }
    };
    html! {
        (layout::table("The tests in which they differ", &[a.as_str(), b.as_str(), "test", "why"], &rows))
        @if differing.len() > MANY { p { (differing.len() - MANY) " more" } }
    }
}
