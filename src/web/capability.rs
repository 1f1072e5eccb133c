//! The page of a capability: its contract in the published order, its providers, and its recent results.

use axum::extract::{Path, Query, State as Given};
use axum::response::Response;
use maud::{Markup, html};
use serde_json::Value;

use super::error::WebError;
use super::paging::{self, Paged};
use super::results::{self, ResultQuery};
use super::{State, layout, respond, text, view};
use crate::app::CapabilityPage;
use crate::capability::{Capability, RuleKind};
use crate::model::{encoded, plural};
use crate::standing::Standing;

/// The number of providers that are named before the contract.
const BEST: usize = 5;

pub(super) async fn show(
    Given(state): Given<State>,
    Path(name): Path<String>,
    Query(query): Query<ResultQuery>,
) -> Response {
    respond::page(state, move |state| page(state, &name, &query)).await
}

fn page(state: &State, name: &str, query: &ResultQuery) -> Result<Markup, WebError> {
    let found = CapabilityPage::find(&state.bundle.registry, name, None)?;
    let contract = &found.capability;
    let reference = &contract.reference;
    let (places, pending) = view::contenders(state, reference, query.from()?, paging::PAGE)?;
    let recent = results::recent(state, reference, query)?;
    let body = html! {
        p class="faint" { a href="/" { "capabilities" } " · " (contract.category) }
        h1 { (contract.tool()) }
        p class="faint" { (reference.id) " · v" (reference.version) }
        (versions(&found))
        p { (text::prose(&contract.summary)) }
        (summary(&places, pending))
        (layout::contents(&[
            ("semantics", "semantics", true), ("invariants", "invariants", true), ("when", "when to use", true), ("schemas", "schemas", true),
            ("examples", "examples", !contract.examples.is_empty()), ("providers", "providers", true), ("runs", "recent runs", true),
        ]))
        h2 id="semantics" { "Semantics" }
        (paragraphs(&contract.semantics))
        h2 id="invariants" { "Invariants" }
        (rules(state, contract, RuleKind::Invariant))
        h2 id="when" { "When to use" }
        (paragraphs(&contract.when_to_use))
        h2 { "Prerequisites" }
        (prerequisites(state, contract))
        h2 { "Reversibility" }
        (paragraphs(&contract.reversibility.summary))
        @for (title, kind) in [("Promises of the prose", RuleKind::Promise), ("Rulings", RuleKind::Ruling), ("What the schemas rule", RuleKind::Implicit)] {
            @if contract.rules().any(|rule| rule.kind == kind) {
                h2 { (title) }
                @let count = contract.rules().filter(|rule| rule.kind == kind).count();
                details open[count <= 5] {
                    summary { (plural(count, "rule")) }
                    (rules(state, contract, kind))
                }
            }
        }
        h2 id="schemas" { "Input schema" }
        (folded(&contract.input.json))
        h2 { "Output schema" }
        (folded(&contract.output.json))
        @let codes = contract.error_codes();
        @if !codes.is_empty() {
            h2 { "Errors" }
            ul { @for code in codes { li { code { (code) } } } }
        }
        @if !contract.examples.is_empty() {
            h2 id="examples" { "Examples" }
            @for example in &contract.examples {
                details {
                    summary { (example.name) }
                    (json(&example.input))
                    (json(&example.output))
                }
            }
        }
        h2 id="providers" { "Providers" }
        (providers(&places.items))
        (paging::pending(pending))
        (paging::next_link("from", places.next.as_ref(), "More providers"))
        p { a href={ "/capabilities/" (reference) "/matrix" } { "Every test by every provider" } }
        h2 id="runs" { "Recent conformance runs" }
        (recent)
    };
    Ok(layout::page(&reference.to_string(), &body))
}

fn versions(found: &CapabilityPage) -> Markup {
    let current = &found.capability.reference;
    html! {
        @if found.versions.len() > 1 {
            nav aria-label="Versions" class="faint" {
                "versions: "
                @for version in &found.versions {
                    @if *version == current.version {
                        strong aria-current="page" { "v" (version) } " "
                    } @else {
                        a href={ "/capabilities/" (current.id) "@" (version) } { "v" (version) } " "
                        @let (from, to) = if *version < current.version { (version, &current.version) } else { (&current.version, version) };
                        "(" a href={ "/capabilities/" (current.id) "@" (from) "/diff?to=" (encoded(&to.to_string())) } { "differences" } ") "
                    }
                }
            }
        }
    }
}

fn paragraphs(text: &str) -> Markup {
    html! { @for paragraph in text.split("\n\n").filter(|text| !text.trim().is_empty()) { p { (text::prose(paragraph)) } } }
}

/// A schema, folded: what it rules is said by the rules too.
fn folded(schema: &Value) -> Markup {
    let fields = schema.get("properties").and_then(Value::as_object);
    html! {
        details {
            summary {
                @match fields {
                    Some(fields) => @for (at, field) in fields.keys().enumerate() { @if at > 0 { ", " } code { (field) } },
                    None => "schema",
                }
            }
            (json(schema))
        }
    }
}

/// How many of the shown providers keep the contract, and which are best.
fn summary(places: &Paged<view::Place, usize>, pending: usize) -> Markup {
    let all = &places.items;
    let keeping = all
        .iter()
        .filter(|(one, _)| one.standing == Standing::Conformant)
        .count();
    html! {
        @if !all.is_empty() {
            p class="verdict" {
                @let class = if keeping == all.len() { "good" } else if keeping == 0 { "bad" } else { "doubt" };
                span class=(class) { (keeping) " of " @if places.next.is_some() || pending > 0 { "the first " } (plural(all.len(), "provider")) } " conformant: "
                @for (at, (one, _)) in all.iter().take(BEST).enumerate() {
                    @if at > 0 { ", " }
                    a href={ "/providers/" (one.provider) } { (one.provider) }
                }
                @if all.len() > BEST { ", " a href="#providers" { "and more" } }
            }
        }
    }
}

fn json(value: &Value) -> Markup {
    html! { pre tabindex="0" { code { (format!("{value:#}")) } } }
}

/// The rules of a kind, each with the tests that verify it.
fn rules(state: &State, contract: &Capability, kind: RuleKind) -> Markup {
    html! {
        ul {
            @for rule in contract.rules().filter(|rule| rule.kind == kind) {
                @let tests = view::tests_of(state, contract, &rule);
                li id={ "rule-" (rule.id) } {
                    (text::prose(rule.words)) br;
                    span class="faint" {
                        (rule.id) " · "
                        @if let Some(why) = rule.excluded {
                            "no test verifies it: " (text::prose(why))
                        } @else if tests.is_empty() {
                            "verified with every answer"
                        } @else {
                            "verified by "
                            @for (at, test) in tests.iter().enumerate() {
                                @if at > 0 { ", " }
                                a href={ "/capabilities/" (contract.reference) "/tests/" (test) } { (test) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn prerequisites(state: &State, contract: &Capability) -> Markup {
    html! {
        @if contract.prerequisites.is_empty() {
            p { "None." }
        } @else {
            ul {
                @for tool in &contract.prerequisites {
                    li {
                        @match state.bundle.registry.sibling(contract, tool) {
                            Some(sibling) => a href={ "/capabilities/" (sibling.reference) } { (tool) },
                            None => (tool),
                        }
                    }
                }
            }
        }
    }
}

fn providers(places: &[view::Place]) -> Markup {
    let rows = html! {
        @for (contender, claim) in places {
            tr {
                th scope="row" { a href={ "/providers/" (contender.provider) } { (contender.provider) } }
                td { (text::standing(contender.standing)) }
                td class="words" { (text::proven(claim)) }
                td { @if let Some(origin) = &claim.now.origin { (text::run_by(origin)) } }
                td class="number" { (contender.rate) }
                td class="number" { @if let Some(latency) = contender.latency { (latency.p50) } }
                td class="number" { @if let Some(latency) = contender.latency { (latency.p95) } }
            }
        }
    };
    html! {
        @if places.is_empty() {
            p { "No provider has been proven here." }
        } @else {
            (layout::table_with_numbers("Standing by the runs that count, best first", &["provider", "standing", "proven", "run by", "must-level passes", "median ms", "p95 ms"], 4..7, &rows))
        }
    }
}
