//! The page of a capability: its contract in the published order, its providers, and its recent results.

use axum::extract::{Path, Query, State as Given};
use axum::response::Response;
use maud::{Markup, html};
use serde_json::Value;

use super::error::WebError;
use super::paging::{self, Paged};
use super::results::{self, ResultQuery};
use super::{State, layout, respond, rule_matrix, text, view};
use crate::app::CapabilityPage;
use crate::capability::{Capability, Rule, RuleKind};
use crate::model::{TestName, encoded, plural};
use crate::standing::Standing;

/// The number of providers that are named before the contract.
const BEST: usize = 5;
/// The number of rules that stand open. More of them are folded.
const OPEN: usize = 5;
/// The number of invariants of which only the first stand open, and how many those are.
const MANY: usize = 12;
const FIRST: usize = 10;

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
    let parts = html! {
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
                details open[count <= OPEN] {
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
            p { @for (at, code) in codes.iter().enumerate() { @if at > 0 { ", " } code { (code) } } }
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
        (rule_matrix::section(contract, &places.items))
        p { a href={ "/capabilities/" (reference) "/matrix" } { "Every test by every provider" } }
        h2 id="runs" { "Recent conformance runs" }
        (recent)
    };
    let body = html! {
        p class="faint" { a href="/" { "capabilities" } " · " (contract.category) }
        h1 { (contract.tool()) }
        p class="faint" { (reference.id) " · v" (reference.version) }
        (versions(&found))
        p { (text::prose(&contract.summary)) }
        (summary(&places, pending))
        (layout::with_contents(&[
            ("semantics", "semantics", true), ("invariants", "invariants", true), ("when", "when to use", true), ("schemas", "schemas", true),
            ("examples", "examples", !contract.examples.is_empty()), ("providers", "providers", true),
            ("rules", "rules by provider", rule_matrix::is_there(&places.items)), ("runs", "recent runs", true),
        ], &parts))
    };
    let keeping = keeping(&places.items);
    let who = match places.items.len() {
        0 => String::new(),
        all => format!(" {keeping} of {} keep it.", plural(all, "provider")),
    };
    let card = layout::Card {
        title: &reference.to_string(),
        path: &format!("/capabilities/{reference}"),
        says: &format!("{}.{who}", contract.summary.trim().trim_end_matches('.')),
    };
    Ok(layout::page(state, card, &body))
}

/// The number of those that keep the contract.
fn keeping(places: &[view::Place]) -> usize {
    let keeping = places
        .iter()
        .filter(|(one, _)| one.standing == Standing::Conformant);
    keeping.count()
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
    let keeping = keeping(all);
    html! {
        @if !all.is_empty() {
            p class="verdict" {
                @let first = if places.next.is_some() || pending > 0 { "the first " } else { "" };
                (text::kept(keeping, all.len(), &format!("{keeping} of {first}{}", plural(all.len(), "provider")))) " conformant: "
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

/// The rules of a kind, each with the tests that verify it. Of many, the first stand open.
fn rules(state: &State, contract: &Capability, kind: RuleKind) -> Markup {
    let all: Vec<_> = contract.rules().filter(|rule| rule.kind == kind).collect();
    let (first, rest) = all.split_at(if all.len() > MANY { FIRST } else { all.len() });
    html! {
        ul class="rules" { @for rule in first { (rule_of(state, contract, rule)) } }
        @if !rest.is_empty() {
            details {
                summary { (rest.len()) " more" }
                ul class="rules" { @for rule in rest { (rule_of(state, contract, rule)) } }
            }
        }
    }
}

fn rule_of(state: &State, contract: &Capability, rule: &Rule<'_>) -> Markup {
    let tests = view::tests_of(state, contract, rule);
    html! {
        li id={ "rule-" (rule.id) } {
            div { (text::prose(rule.words)) }
            div class="faint" {
                code { (rule.id) } " "
                @if let Some(why) = rule.excluded {
                    "no test verifies it: " (text::prose(why))
                } @else if tests.is_empty() {
                    "verified with every answer"
                } @else if tests.len() == 1 {
                    "verified by " (linked(contract, &tests))
                } @else {
                    details { summary { "verified by " (plural(tests.len(), "test")) } p { (linked(contract, &tests)) } }
                }
            }
        }
    }
}

fn linked(contract: &Capability, tests: &[TestName]) -> Markup {
    html! {
        @for (at, test) in tests.iter().enumerate() {
            @if at > 0 { ", " }
            a href={ "/capabilities/" (contract.reference) "/tests/" (test) } { (test) }
        }
    }
}

fn prerequisites(state: &State, contract: &Capability) -> Markup {
    html! {
        @if contract.prerequisites.is_empty() {
            p { "None." }
        } @else {
            p {
                @for (at, tool) in contract.prerequisites.iter().enumerate() {
                    @if at > 0 { ", " }
                    @match state.bundle.registry.sibling(contract, tool) {
                        Some(sibling) => a href={ "/capabilities/" (sibling.reference) } { (tool) },
                        None => (tool),
                    }
                }
            }
        }
    }
}

fn providers(places: &[view::Place]) -> Markup {
    // Who made the runs is told where it was somebody else.
    let others = places.iter().any(|(_, claim)| claim.now.is_self_attested());
    let rows = html! {
        @for (contender, claim) in places {
            tr {
                th scope="row" { a href={ "/providers/" (contender.provider) } { (contender.provider) } }
                td { (text::standing(contender.standing)) }
                td class="words" { (text::proven(claim)) }
                @if others { td { @if let Some(origin) = &claim.now.origin { (text::run_by(origin)) } } }
                td class="number" { (contender.rate) }
                td class="number" { @if let Some(latency) = contender.latency { (latency.p50) } }
                td class="number" { @if let Some(latency) = contender.latency { (latency.p95) } }
            }
        }
    };
    let mut columns = vec!["provider", "standing", "proven"];
    columns.extend(others.then_some("run by"));
    columns.extend(["must-level passes", "median ms", "p95 ms"]);
    html! {
        @if places.is_empty() {
            p { "No provider has been proven here." }
        } @else {
            (layout::table_with_numbers("Standing by the runs that count, best first", &columns, columns.len() - 3..columns.len(), &rows))
        }
    }
}
