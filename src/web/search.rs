//! The search of the site: capabilities, tests, rules and providers that have every word of what is asked.

use axum::extract::{Query, State as Given};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::error::WebError;
use super::{State, layout, respond, text};
use crate::app::find_by_intent;
use crate::model::clip;

/// The largest number of finds of a kind.
const MANY: usize = 15;
/// The largest number of providers that are looked through.
const PROVIDERS: usize = 10_000;
/// The longest question in characters.
const LONGEST: usize = 200;

/// The query of the page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct SearchQuery {
    #[serde(default)]
    q: String,
}

pub(super) async fn show(Given(state): Given<State>, Query(query): Query<SearchQuery>) -> Response {
    respond::page(state, move |state| page(state, &query.q)).await
}

/// The form of the search.
pub(super) fn form(asked: &str) -> Markup {
    html! {
        form action="/search" method="get" role="search" {
            label { "search" input type="search" name="q" value=(asked) maxlength=(LONGEST) placeholder="a capability, provider, test or rule" size="36"; }
            button type="submit" { "Search" }
        }
    }
}

/// Each word of a question in lower case.
fn words(asked: &str) -> Vec<String> {
    let parts = asked.split_whitespace();
    parts.map(str::to_lowercase).collect()
}

/// Returns true if one of the texts has each word, or all have them together.
fn has_all(words: &[String], texts: &[&str]) -> bool {
    let text = texts.join(" ").to_lowercase();
    words.iter().all(|word| text.contains(word.as_str()))
}

fn page(state: &State, asked: &str) -> Result<Markup, WebError> {
    let asked = clip(asked.trim(), LONGEST);
    let wanted = words(&asked);
    let is_empty = wanted.is_empty();
    let registry = &state.bundle.registry;
    let meant = find_by_intent(registry, &asked);
    let mut capabilities: Vec<_> = registry
        .iter()
        .filter(|one| has_all(&wanted, &[one.reference.id.as_str(), &one.summary]))
        .collect();
    let found: Vec<_> = meant
        .into_iter()
        .filter(|one| !capabilities.iter().any(|known| known.reference == one.reference))
        .collect();
    capabilities.extend(found);
    let tests = state.bundle.suites.iter();
    let tests = tests.filter(|test| has_all(&wanted, &[&test.id.to_string(), &test.title]));
    let rules: Vec<_> = registry
        .iter()
        .flat_map(|contract| contract.rules().map(move |rule| (contract, rule)))
        .filter(|(contract, rule)| has_all(&wanted, &[rule.id, rule.words, contract.reference.id.as_str()]))
        .collect();
    let providers = state.history.providers(None, None, PROVIDERS)?;
    let providers = providers.iter().filter(|one| has_all(&wanted, &[one.as_str()]));
    let tests: Vec<_> = tests.collect();
    let providers: Vec<_> = providers.collect();
    let nothing = capabilities.is_empty() && tests.is_empty() && rules.is_empty() && providers.is_empty();
    let body = html! {
        h1 { "Search" }
        (form(&text::cleaned(&asked)))
        @if is_empty { p { "Ask for a word of a capability, a provider, a test or a rule." } } @else {
            @if nothing { p { "Nothing has these words." } }
            (section("Capabilities", capabilities.len(), &html! {
                @for one in capabilities.iter().take(MANY) {
                    li { a href={ "/capabilities/" (one.reference) } { (one.reference) } " " (text::prose(&one.summary)) }
                }
            }))
            (section("Providers", providers.len(), &html! {
                @for one in providers.iter().take(MANY) { li { a href={ "/providers/" (one) } { (one) } } }
            }))
            (section("Tests", tests.len(), &html! {
                @for test in tests.iter().take(MANY) {
                    li { a href={ "/capabilities/" (test.id.capability) "/tests/" (test.id.name) } { (test.id) } " " (text::prose(&test.title)) }
                }
            }))
            (section("Rules", rules.len(), &html! {
                @for (contract, rule) in rules.iter().take(MANY) {
                    li { a href={ "/capabilities/" (contract.reference) "#rule-" (rule.id) } { (contract.reference) " " (rule.id) } " " (text::prose(rule.words)) }
                }
            }))
        }
    };
    let card = layout::Card {
        title: "Search",
        path: "/search",
        says: "The search for capabilities, providers, tests and rules.",
    };
    Ok(layout::page(state, card, &body))
}

fn section(title: &str, count: usize, items: &Markup) -> Markup {
    html! {
        @if count > 0 {
            h2 { (title) " " span class="faint" { (count) } }
            ul { (items) }
            @if count > MANY { p class="faint" { (count - MANY) " more: ask for another word too." } }
        }
    }
}
