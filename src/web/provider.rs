//! The pages of providers: the list, and one provider with its standings, their changes, its latency and its badges.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State as Given};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::error::WebError;
use super::{State, certificate, layout, paging, plot, respond, text, view};
use crate::app::{ClaimStanding, ProviderRecord, ProviderRecords};
use crate::model::plural;
use crate::report;
use crate::standing::Standing;

/// The largest number of changes that are shown.
const CHANGES: usize = 20;
/// The number of capabilities of a change that are named, and of capabilities whose latency stands open.
const NAMED: usize = 3;
const PLOTS: usize = 6;
/// The number of runs in the strip of a claim.
const STRIP: usize = 12;
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
    let latest = standings.iter().filter_map(|claim| claim.now.latest.as_ref());
    let latest = latest.max_by_key(|(_, at)| *at);
    let mut records = ProviderRecords::default();
    let record = match latest {
        Some((run, _)) => records.find(&state.history, run, &id)?,
        None => None,
    };
    let count = |standing| {
        let those = standings.iter().filter(|claim| claim.now.standing == standing);
        those.count()
    };
    let body = html! {
        p class="faint" { a href="/providers" { "providers" } }
        h1 { (id) }
        @if let Some(record) = record { (contact(record)) }
        p class="verdict" {
            @for (at, standing) in [Standing::Conformant, Standing::NotConformant, Standing::Unproven, Standing::Unknown]
                .into_iter()
                .filter(|standing| *standing == Standing::Conformant || count(*standing) > 0)
                .enumerate()
            {
                @if at > 0 { ", " }
                (count(standing)) @if at == 0 { " of " (plural(standings.len(), "claim")) } " " (text::standing(standing))
            }
            @if let Some((run, at)) = latest { " · latest run that counts " a href={ "/runs/" (run) } { (text::instant(*at)) } }
        }
        (layout::contents(&[
            ("standing", "standing", true), ("changes", "changes", true), ("latency", "latency", true), ("badges", "badges", true),
        ]))
        h2 id="standing" { "Standing" }
        (standing_table(&standings))
        (untested(&standings))
        h2 id="changes" { "Changes of standing" }
        (changes(&standings))
        (certificates)
        h2 id="latency" { "Latency" }
        p class="faint" { "A point is the median time of a call in one run, the band reaches up to the 95th percentile. A red point is slower than usual." }
        @let (first, rest) = standings.split_at(standings.len().min(PLOTS));
        div class="charts" { @for claim in first { (plots(claim)) } }
        @if !rest.is_empty() {
            details { summary { (rest.len()) " more" } div class="charts" { @for claim in rest { (plots(claim)) } } }
        }
        h2 id="badges" { "Badges" }
        details open[standings.len() <= 3] {
            summary { (plural(standings.len(), "badge")) " to copy" }
            @if state.base_url.is_none() { p { "Put the address of this site before the path." } }
            @for claim in standings.iter() { (badge(state, claim)) }
        }
    };
    Ok(layout::page(id.as_str(), &body))
}

/// The name and the address, as the latest run that counts knew them. They are text of others, and no link.
fn contact(record: &ProviderRecord) -> Markup {
    let contact = view::Contact::of(record);
    html! {
        p class="faint" {
            @if let Some(name) = &contact.name { (text::one_line(name)) " · " }
            (contact.transport)
            @if let Some(address) = &contact.address { " " code { (text::one_line(address)) } }
            @if let Some(dialect) = &record.dialect { " · through the dialect " (text::one_line(&dialect.name)) }
        }
    }
}

fn standing_table(standings: &[Arc<ClaimStanding>]) -> Markup {
    // Who made the runs is told where it was somebody else.
    let others = standings.iter().any(|claim| claim.now.is_self_attested());
    let rows = html! {
        @for claim in standings {
            @let capability = &claim.history.claim.capability;
            tr {
                th scope="row" { a href={ "/capabilities/" (capability) } { (capability) } }
                td { (text::standing(claim.now.standing)) }
                td { (strip(claim)) }
                td class="words" { (text::proven(claim)) }
                @if others { td { @if let Some(origin) = &claim.now.origin { (text::run_by(origin)) } } }
                td { @if let Some((run, at)) = &claim.now.latest { a href={ "/runs/" (run) } { (text::instant(*at)) } } }
                td class="words" {
                    @for reason in &claim.now.reasons { (text::said(&reason.to_string())) br; }
                    @for run in claim.history.from_the_future().take(FUTURE) {
                        span class="doubt" { "run " (run.run) " does not count: " (text::one_line(&run.why)) } br;
                    }
                }
            }
        }
    };
    let mut columns = vec!["capability", "standing", "runs", "proven"];
    columns.extend(others.then_some("run by"));
    columns.extend(["latest that counts", "why"]);
    layout::table("Standing by capability, times in UTC", &columns, &rows)
}

/// The standings by the latest runs that count, the oldest first, a sign each.
fn strip(claim: &ClaimStanding) -> Markup {
    let runs = &claim.history.runs;
    html! {
        @for run in &runs[runs.len().saturating_sub(STRIP)..] {
            @let (sign, class) = match run.standing {
                Standing::Conformant => ("✓", "good"),
                Standing::NotConformant => ("✗", "bad"),
                Standing::Unproven | Standing::Unknown => ("?", "doubt"),
            };
            a class=(class) href={ "/runs/" (run.run) } title={ (run.at.format("%Y-%m-%d %H:%M")) ": " (run.standing) } aria-label={ (run.at.format("%Y-%m-%d")) " " (run.standing) } { (sign) }
        }
    }
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
                    ul { @for line in &lines { li { (text::said(line)) } } }
                }
            }
        }
    }
}

/// The latest changes. Those by one run are one, unless they differ.
fn changes(standings: &[Arc<ClaimStanding>]) -> Markup {
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for claim in standings {
        let capability = &claim.history.claim.capability;
        for change in claim.history.transitions() {
            let key = (change.at, change.run.clone(), change.from, change.to);
            found.entry(key).or_default().push((capability, change));
        }
    }
    let rows = html! {
        @for ((at, run, from, to), all) in found.iter().rev().take(CHANGES) {
            tr {
                th scope="row" { a href={ "/runs/" (run) } { (text::instant(*at)) } }
                td class="words" {
                    @for (at, (capability, _)) in all.iter().take(NAMED).enumerate() { @if at > 0 { ", " } (capability) }
                    @if all.len() > NAMED { " and " (all.len() - NAMED) " more" }
                }
                td { @if let Some(from) = from { (text::standing(*from)) " → " } (text::standing(*to)) @if let [(_, change), ..] = all.as_slice() { (text::mark(change.origin.mark())) } }
                td class="words" {
                    @if let [(_, only)] = all.as_slice() { @if let Some(reason) = only.reasons.first() { (text::said(&reason.to_string())) } }
                }
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

fn badge(state: &State, claim: &ClaimStanding) -> Markup {
    let of = &claim.history.claim;
    let path = format!("/badge/{}/{}.svg", of.provider, of.capability);
    let page = state.address(&format!("/providers/{}", of.provider));
    html! {
        p { img src=(path) alt={ (of.capability) ": " (claim.now.standing) } height="20"; }
        pre { code { "[![" (of.capability) "](" (state.address(&path)) ")](" (page) ")" } }
    }
}
