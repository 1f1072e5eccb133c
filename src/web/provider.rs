//! The page of a provider: where it is, its standings, their changes, its latency and its badges.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State as Given};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::error::WebError;
use super::{State, certificate, layout, paging, plot, provider_rules, respond, text, view};
use crate::app::{ClaimStanding, ProviderRecord, ProviderRecords};
use crate::model::plural;
use crate::standing::Standing;

/// The largest number of changes that are shown.
const CHANGES: usize = 20;
/// The number of capabilities of a change that are named, and of capabilities whose latency stands open.
const NAMED: usize = 3;
const PLOTS: usize = 6;
/// The number of runs in the strip of a claim.
const STRIP: usize = 12;
/// The number of reasons for a standing that stand open.
const REASONS: usize = 2;
/// The largest number of runs from the future that are named for a claim.
const FUTURE: usize = 3;

/// The query of the page of a provider.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ProviderQuery {
    /// The claim whose latency is shown by test, `domain.tool@version`.
    #[serde(default)]
    latency: String,
}

pub(super) async fn show(
    Given(state): Given<State>,
    Path(provider): Path<String>,
    Query(query): Query<ProviderQuery>,
) -> Response {
    respond::page(state, move |state| page(state, &provider, &query.latency)).await
}

fn page(state: &State, provider: &str, latency: &str) -> Result<Markup, WebError> {
    let (id, standings, pending) = view::claims_so_far(state, provider)?;
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
    let parts = html! {
        h2 id="standing" { "Standing" }
        (standing_table(&standings))
        (paging::pending(pending))
        (provider_rules::section(state, &standings))
        h2 id="changes" { "Changes of standing" }
        (changes(&standings))
        (certificates)
        h2 id="latency" { "Latency" }
        p class="faint" { "A point is the median time of a call in one run, the band reaches up to the 95th percentile. A red point is slower than usual." }
        @match standings.iter().find(|claim| claim.history.claim.capability.to_string() == latency) {
            Some(claim) => (plots_of_tests(claim)),
            None => {
                @let (first, rest) = standings.split_at(standings.len().min(PLOTS));
                div class="charts" { @for claim in first { (plots(claim)) } }
                @if !rest.is_empty() {
                    details { summary { (rest.len()) " more" } div class="charts" { @for claim in rest { (plots(claim)) } } }
                }
            },
        }
        h2 id="badges" { "Badges" }
        details open[standings.len() <= 3] {
            summary { (plural(standings.len(), "badge")) " to copy" }
            @if state.base_url.is_none() { p { "Put the address of this site before the path." } }
            @for claim in standings.iter() { (badge(state, claim)) }
        }
    };
    let kept = count(Standing::Conformant);
    let says = format!("{id}: {kept} of {} conformant.", plural(standings.len(), "claim"));
    let body = html! {
        p class="faint" { a href="/providers" { "providers" } " · " a href={ "/platforms/" (id.platform()) } { "all of " (id.platform()) } }
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
            @if let Some((run, at)) = latest { " · latest run that counts " a href={ "/runs/" (run) } { (text::ago(*at)) } }
        }
        p { a href={ "/compare?a=" (id) } { "Compare with another provider" } }
        (layout::with_contents(&[
            ("standing", "standing", true), ("rules", "rules", true), ("changes", "changes", true), ("latency", "latency", true), ("badges", "badges", true),
        ], &parts))
    };
    let card = layout::Card {
        title: id.as_str(),
        path: &format!("/providers/{id}"),
        says: &says,
    };
    Ok(layout::page(state, card, &body))
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
        @if !contact.about.is_empty() {
            p {
                @if let Some(place) = &contact.about.place { (place) " " }
                @if let Some(zone) = &contact.about.time_zone { span class="faint" { (zone) } " " }
                @for tag in &contact.about.tags { span class="tag" { (tag) } " " }
            }
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
                td { @if let Some((run, at)) = &claim.now.latest { a href={ "/runs/" (run) } { (text::ago(*at)) } } }
                td class="words" {
                    @let (first, rest) = claim.now.reasons.split_at(claim.now.reasons.len().min(REASONS));
                    @for reason in first { (text::said(&reason.to_string())) br; }
                    @if !rest.is_empty() {
                        details {
                            summary { (plural(rest.len(), "more reason")) }
                            @for reason in rest { p { (text::said(&reason.to_string())) } }
                        }
                    }
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
    layout::table("Standing by capability", &columns, &rows)
}

/// The standings by the latest runs that count, the oldest first, a sign each.
fn strip(claim: &ClaimStanding) -> Markup {
    let runs = &claim.history.runs;
    html! {
        @for run in &runs[runs.len().saturating_sub(STRIP)..] {
            @let (sign, class) = text::standing_sign(run.standing);
            a class=(class) href={ "/runs/" (run.run) } title={ (run.at.format("%Y-%m-%d %H:%M")) ": " (run.standing) } aria-label={ (run.at.format("%Y-%m-%d")) " " (run.standing) } { (sign) }
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
                th scope="row" { a href={ "/runs/" (run) } { (text::ago(*at)) } }
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

/// A plot of a claim, which leads to those of its tests.
fn plots(claim: &ClaimStanding) -> Markup {
    let history = &claim.history;
    let capability = &history.claim.capability;
    html! {
        @if history.runs.iter().any(|run| !run.times.is_empty()) {
            figure {
                figcaption { (capability) " " a href={ "?latency=" (capability) "#latency" } aria-label={ "latency of " (capability) " by test" } { "by test" } }
                (plot::of_claim(history))
            }
        }
    }
}

/// The plots of the tests of one claim, which somebody looks for.
fn plots_of_tests(claim: &ClaimStanding) -> Markup {
    let history = &claim.history;
    let tests = history.latency_by_test(chrono::DateTime::<chrono::Utc>::MIN_UTC);
    html! {
        p { (history.claim.capability) ", " (plural(tests.len(), "test")) " · " a href="?#latency" { "all capabilities" } }
        div class="charts" {
            @for (test, latency) in &tests {
                figure {
                    figcaption { a href={ "/capabilities/" (history.claim.capability) "/tests/" (test) } { (test) } ": median " (latency.p50) " ms, p95 " (latency.p95) " ms of " (latency.count) }
                    (plot::of_test(history, test))
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
