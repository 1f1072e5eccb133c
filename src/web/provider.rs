//! The pages of providers: the list, and one provider with its standings, their changes, its latency and its badges.

use std::sync::Arc;

use axum::extract::{Path, Query, State as Given};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::error::WebError;
use super::{State, certificate, layout, paging, plot, respond, text, view};
use crate::app::ClaimStanding;
use crate::report;

/// The largest number of changes that are shown.
const CHANGES: usize = 50;
/// The largest number of runs from the future that are named for a claim.
const FUTURE: usize = 3;

/// The query of the list.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ListQuery {
    /// The last provider of the page before.
    after: Option<String>,
}

pub(super) async fn list(Given(state): Given<State>, Query(query): Query<ListQuery>) -> Response {
    respond::page(state, move |state| {
        let after = paging::after(query.after.as_deref())?;
        let providers = view::providers(state, after.as_ref(), paging::PAGE)?;
        let rows = html! {
            @for entry in &providers.items {
                tr {
                    th scope="row" { a href={ "/providers/" (entry.provider) } { (entry.provider) } }
                    td class="number" { (entry.conformant) }
                    td class="number" { (entry.not_conformant) }
                    td class="number" { (entry.unproven) }
                    td class="number" { (entry.unknown) }
                    td class="number" { (entry.self_attested) }
                }
            }
        };
        let body = html! {
            h1 { "Providers" }
            @if providers.items.is_empty() { p { "No provider has been proven here." } } @else {
                (layout::table_with_numbers("Claims by standing", &["provider", "conformant", "not conformant", "unproven", "unknown", "self-attested"], 1..6, &rows))
            }
            (paging::next_link("after", providers.next.as_ref(), "More providers"))
        };
        Ok(layout::page("Providers", &body))
    })
    .await
}

pub(super) async fn show(Given(state): Given<State>, Path(provider): Path<String>) -> Response {
    respond::page(state, move |state| page(state, &provider)).await
}

fn page(state: &State, provider: &str) -> Result<Markup, WebError> {
    let (id, standings) = view::claims_of(state, provider)?;
    let certificates = certificate::of_provider(state, &id)?;
    let rows = html! {
        @for claim in standings.iter() {
            @let capability = &claim.history.claim.capability;
            tr {
                th scope="row" { a href={ "/capabilities/" (capability) } { (capability) } }
                td { (text::standing(claim.now.standing)) }
                td class="words" { (text::proven(claim)) }
                td { @if let Some(origin) = &claim.now.origin { (text::run_by(origin)) } }
                td { @if let Some(since) = claim.now.since { (text::instant(since)) } }
                td { @if let Some((run, at)) = &claim.now.latest { a href={ "/runs/" (run) } { (text::instant(*at)) } } }
                td class="words" {
                    @for reason in &claim.now.reasons { (text::one_line(&reason.to_string())) br; }
                    @for run in claim.history.from_the_future().take(FUTURE) {
                        span class="doubt" { "run " (run.run) " does not count: " (text::one_line(&run.why)) } br;
                    }
                }
            }
        }
    };
    let body = html! {
        p class="faint" { a href="/providers" { "providers" } }
        h1 { (id) }
        (layout::table("Standing by capability, times in UTC", &["capability", "standing", "proven", "run by", "since", "latest run that counts", "why"], &rows))
        (untested(&standings))
        h2 { "Changes of standing" }
        (changes(&standings))
        (certificates)
        h2 { "Latency" }
        p class="faint" { "The line is the median, the dashed line the 95th percentile, over the runs that count." }
        @for claim in standings.iter() { (plots(claim)) }
        h2 { "Badges" }
        p { "Put the address of this site before the path." }
        @for claim in standings.iter() { (badge(claim)) }
    };
    Ok(layout::page(id.as_str(), &body))
}

/// The rules that the latest runs left untested, with what would have them tested.
fn untested(standings: &[Arc<ClaimStanding>]) -> Markup {
    let of = |claim: &ClaimStanding| report::untested_lines(claim.proof.as_slice());
    html! {
        @if standings.iter().any(|claim| !of(claim).is_empty()) {
            h2 { "Rules that were not tested" }
            @for claim in standings {
                @let lines = of(claim);
                @if !lines.is_empty() {
                    h3 { (claim.history.claim.capability) }
                    ul { @for line in &lines { li { (text::one_line(line)) } } }
                }
            }
        }
    }
}

fn changes(standings: &[Arc<ClaimStanding>]) -> Markup {
    let mut changes: Vec<_> = standings
        .iter()
        .flat_map(|claim| {
            let capability = &claim.history.claim.capability;
            claim
                .history
                .transitions()
                .into_iter()
                .map(move |change| (capability, change))
        })
        .collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.1.at));
    let rows = html! {
        @for (capability, change) in changes.iter().take(CHANGES) {
            tr {
                th scope="row" { a href={ "/runs/" (change.run) } { (text::instant(change.at)) } }
                td { (capability) }
                td { @if let Some(from) = change.from { (text::standing(from)) " → " } (text::standing(change.to)) (text::mark(change.origin.mark())) }
                td class="words" { @if let Some(reason) = change.reasons.first() { (text::one_line(&reason.to_string())) } }
            }
        }
    };
    layout::table(
        "The latest changes first",
        &["when", "capability", "change", "why"],
        &rows,
    )
}

/// A plot of a claim, with one of each of its tests folded beneath.
fn plots(claim: &ClaimStanding) -> Markup {
    let history = &claim.history;
    let tests = history.latency_by_test(chrono::DateTime::<chrono::Utc>::MIN_UTC);
    html! {
        @if !tests.is_empty() {
            figure {
                figcaption { (history.claim.capability) }
                (plot::of_claim(history))
                details {
                    summary { "by test" }
                    @for (test, latency) in &tests {
                        p class="faint" { (test) ": median " (latency.p50) " ms, p95 " (latency.p95) " ms of " (latency.count) }
                        (plot::of_test(history, test))
                    }
                }
            }
        }
    }
}

fn badge(claim: &ClaimStanding) -> Markup {
    let of = &claim.history.claim;
    let path = format!("/badge/{}/{}.svg", of.provider, of.capability);
    html! {
        p { img src=(path) alt={ (of.capability) ": " (claim.now.standing) } height="20"; }
        pre { code { "![" (of.capability) "](" (path) ")" } }
    }
}
