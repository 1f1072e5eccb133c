//! The page of a run: what it found, why, and its results with filters and pages.

use axum::extract::{Path, Query, State as Given};
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};

use super::error::WebError;
use super::run_rows::{self, RunQuery};
use super::{State, headers, large_run, layout, live, respond, run_failures, text, view};
use crate::model::plural;
use crate::report::{run_line, untested_lines};
use crate::summary::{self, ClaimStanding, Counts, RunSummary};

/// The interval in seconds at which the page of a run in progress reloads if scripts are off.
const REFRESH: u32 = 5;
/// The largest number of lines in a list.
const MANY: usize = 50;
/// The number of lines that stand open. More of them are folded.
const FEW: usize = 5;

pub(super) async fn show(
    Given(state): Given<State>,
    Path(run): Path<String>,
    Query(query): Query<RunQuery>,
) -> Response {
    respond::respond(state, move |state| page(state, &run, &query), respond).await
}

/// Responds with the page. `live` is true for a run in progress, whose page has a script.
fn respond((page, live): (Markup, bool)) -> Response {
    let mut response = Html(page.into_string()).into_response();
    if live {
        let policy = HeaderValue::from_static(headers::WITH_SCRIPT);
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn page(state: &State, run: &str, query: &RunQuery) -> Result<(Markup, bool), WebError> {
    let id = respond::whole_run(state, run)?;
    let overview = state.history.overview(&id)?;
    if view::is_large(&overview) {
        return Ok((large_run::page(state, &overview, query.after)?, false));
    }
    let summary = state.history.shown_summary(&state.bundle, &id)?;
    let header = &summary.header;
    let goes_on = summary.footer.is_none();
    let failures = run_failures::section(&summary);
    let contents = [
        ("providers", "providers", true),
        ("causes", "causes", !failures.causes.0.is_empty()),
        ("failures", "failures", !failures.alone.0.is_empty()),
        ("claims", "claims", true),
        ("left-over", "left over", !summary.leftovers.is_empty()),
        ("reproduce", "reproduce", true),
        ("results", "results", true),
    ];
    let earlier = state.history.list(1, Some(id.as_str()))?;
    let parts = html! {
        @if query.is_narrowed() {
            (run_rows::section(&summary, query))
        }
        (failures.causes)
        (failures.alone)
        (providers(&summary))
        (claims(&summary))
        (beside(&summary))
        h2 id="reproduce" { "Reproduce" }
        p { "With the same manifest, from the same version of the harness:" }
        pre { code { (text::cleaned(&run_line(header))) } }
        @if !query.is_narrowed() { (run_rows::section(&summary, query)) }
    };
    let body = html! {
        p class="faint" { a href="/runs" { "runs" } }
        h1 { "Run " (header.run) }
        (verdict(&summary))
        @if goes_on {
            p role="status" data-live={ "/runs/" (header.run) "/live" } { (live::progress(&overview)) }
            progress max=(header.planned.max(1)) value=(overview.totals.sum()) aria-label="Tests that have ended" {}
        } @else {
            p { (summary.counts().in_words()) " · " (plural(summary.providers.len(), "provider")) }
        }
        p class="faint" {
            (text::instant(header.started_at)) " UTC · seed " (header.seed) " · " (text::one_line(&header.harness)) " · "
            @if let Some(release) = &header.time_zones { "time zones " (text::one_line(release)) " · " }
            (plural(header.planned, "planned test")) " · run by " (text::run_by(&overview.origin()))
        }
        @for one in &earlier {
            p { a href={ "/compare?a=" (one.run) "&b=" (header.run) } { "Compare with the run before" } }
        }
        (layout::with_contents(&contents, &parts))
    };
    let verdict = summary.verdict();
    let card = layout::Card {
        title: &format!("Run {}", header.run),
        path: &format!("/runs/{}", header.run),
        says: &format!(
            "{}: {} with {}.",
            if goes_on {
                "no verdict yet"
            } else {
                verdict.as_str()
            },
            summary.counts().in_words(),
            plural(summary.providers.len(), "provider")
        ),
    };
    Ok(if goes_on {
        (layout::live(state, card, REFRESH, &body), true)
    } else {
        (layout::page(state, card, &body), false)
    })
}

/// The verdict in words. Of a run without an end nobody knows yet whether it goes on.
fn verdict(summary: &RunSummary) -> Markup {
    let verdict = summary.verdict();
    html! {
        p class="verdict" {
            @if summary.footer.is_none() && summary.record_incomplete.is_none() {
                span class="doubt" { "no verdict yet" } ": the run goes on, or was killed"
            } @else {
                // The description of some verdicts begins with the name of the verdict.
                (text::verdict(verdict))
                @match verdict.description().strip_prefix(verdict.as_str()) {
                    Some(rest) => (rest),
                    None => { ": " (verdict.description()) },
                }
                @if let Some(why) = summary.why_incomplete() { " (" (text::one_line(&why)) ")" }
            }
        }
    }
}

fn providers(summary: &RunSummary) -> Markup {
    let of_run = summary.counts();
    let counts: Vec<_> = Counts::COLUMNS
        .into_iter()
        .enumerate()
        .filter(|(at, (_, count))| *at == 0 || count(&of_run) > 0)
        .map(|(_, column)| column)
        .collect();
    let rows = html! {
        @for provider in summary.providers.iter().take(MANY) {
            @let found = summary.counts_of(provider);
            tr {
                th scope="row" class="words" {
                    a href={ "/providers/" (provider.id) } { (provider.id) }
                    @if let Some(name) = &provider.name { " " span class="faint" { (text::one_line(name)) } }
                }
                td { @if summary.footer.is_some() { (text::verdict(summary.verdict_of(provider))) } }
                @for (_, count) in &counts { td class="number" { (count(&found)) } }
                td class="number" { @if let Some(ms) = provider.ms_call_median { (ms) } }
            }
        }
        tr class="total" {
            th scope="row" { "all" }
            td { @if summary.footer.is_some() { (text::verdict(summary.verdict())) } }
            @for (_, count) in &counts { td class="number" { (count(&of_run)) } }
            td {}
        }
    };
    let mut columns = vec!["provider", "verdict"];
    columns.extend(counts.iter().map(|(title, _)| *title));
    columns.push("ms a call");
    html! {
        h2 id="providers" { "Providers" }
        (layout::table_with_numbers("Results by provider", &columns, 2..columns.len(), &rows))
        @if summary.providers.len() > MANY { p { (summary.providers.len() - MANY) " more are in the report." } }
    }
}

/// The claims and how much of each the run has proven. A record that does not name the rules says no more than its verdicts. Those that
/// are not conformant stand open.
fn claims(summary: &RunSummary) -> Markup {
    let mut claims = summary::claims(summary);
    claims.retain(|claim| !claim.rules.is_empty() || claim.edition.is_some());
    let (kept, open): (Vec<_>, Vec<_>) = claims
        .iter()
        .partition(|claim| claim.standing == ClaimStanding::Conformant);
    let table = |claims: &[&summary::ClaimSummary]| {
        let rows = html! {
            @for claim in claims.iter().take(5 * MANY) {
                tr {
                    th scope="row" { a href={ "/providers/" (claim.provider) } { (claim.provider) } }
                    td { a href={ "/capabilities/" (claim.capability) "@" (claim.version) } { (claim.capability) "@" (claim.version) } }
                    td { (text::standing(claim.standing.into())) }
                    td class="number" { (claim.proven_rules()) " of " (claim.total_rules()) }
                    td { @if let Some(level) = claim.level { (level) } }
                    td { @if let Some(edition) = &claim.edition { (edition) } }
                }
            }
        };
        let columns = [
            "provider",
            "capability",
            "standing",
            "rules proven",
            "level",
            "edition",
        ];
        html! {
            (layout::table_with_numbers("What each claim is worth", &columns, 3..4, &rows))
            @if claims.len() > 5 * MANY { p { (claims.len() - 5 * MANY) " more are in the report." } }
        }
    };
    let untested = untested_lines(&claims);
    html! {
        h2 id="claims" { "Claims" }
        @if claims.is_empty() {
            p { "The record does not name the rules of its claims." }
        } @else {
            p { (kept.len()) " of " (plural(claims.len(), "claim")) " conformant" }
            @if !open.is_empty() { (table(&open)) }
            @if !kept.is_empty() {
                details { summary { (plural(kept.len(), "conformant claim")) } (table(&kept)) }
            }
            (folded("rule that was not tested", "rules that were not tested", untested.len(), &html! {
                ul { @for line in untested.iter().take(5 * MANY) { li { (text::said(line)) } } }
            }))
        }
    }
}

/// A list that stands open if it is short.
fn folded(one: &str, many: &str, count: usize, list: &Markup) -> Markup {
    html! {
        @if count > FEW {
            details { summary { (count) " " (many) } (list) }
        } @else if count > 0 {
            p { @if count == 1 { "1 " (one) } @else { (count) " " (many) } ":" }
            (list)
        }
    }
}

/// Notes and leftovers.
fn beside(summary: &RunSummary) -> Markup {
    html! {
        @if !summary.notes.is_empty() {
            h2 { "Notes" }
            (folded("note", "notes", summary.notes.len(), &html! {
                ul { @for (provider, note) in summary.notes.iter().take(MANY) { li { (provider) ": " (text::said(note)) } } }
            }))
        }
        @if !summary.leftovers.is_empty() {
            h2 id="left-over" { "Left over at the providers" }
            (folded("thing", "things", summary.leftovers.len(), &html! {
                ul {
                    @for left in summary.leftovers.iter().take(MANY) {
                        li { (left.provider) ": " (text::one_line(&left.made)) ": " (text::said(&left.reason)) }
                    }
                }
            }))
        }
    }
}
