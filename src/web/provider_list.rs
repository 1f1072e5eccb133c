//! The list of providers, sorted by name or by a column.

use std::collections::BTreeMap;

use axum::extract::{Query, State as Given};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::error::WebError;
use super::{State, layout, paging, respond, view};
use crate::model::plural;

/// The query of the list.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ListQuery {
    /// The last provider of the page before, where the list is sorted by name.
    after: Option<String>,
    /// The column that the list is sorted by.
    #[serde(default)]
    sort: String,
    /// The place from which on providers are shown, where the list is sorted by a column.
    #[serde(default)]
    from: usize,
}

/// A column: its name in an address, its title, and its number.
type Column = (&'static str, &'static str, fn(&view::ProviderEntry) -> usize);

const COLUMNS: [Column; 5] = [
    ("conformant", "conformant", |entry| entry.conformant),
    ("not_conformant", "not conformant", |entry| entry.not_conformant),
    ("unproven", "unproven", |entry| entry.unproven),
    ("unknown", "unknown", |entry| entry.unknown),
    ("self_attested", "self-attested", |entry| entry.self_attested),
];

pub(super) async fn show(Given(state): Given<State>, Query(query): Query<ListQuery>) -> Response {
    respond::page(state, move |state| page(state, &query)).await
}

fn page(state: &State, query: &ListQuery) -> Result<Markup, WebError> {
    let (entries, next, pending) = match query.sort.as_str() {
        "" => {
            let after = paging::after(query.after.as_deref())?;
            let found = view::providers(state, after.as_ref(), paging::PAGE)?;
            let next = paging::next_link("after", found.next.as_ref(), "More providers");
            (found.items, next, 0)
        }
        sort => {
            let column = COLUMNS.iter().find(|(name, ..)| *name == sort);
            let (name, _, number) =
                column.ok_or_else(|| WebError::InvalidFilter("there is no such column".to_owned()))?;
            let (found, pending) = view::providers_by(state, *number, query.from, paging::PAGE)?;
            let next = paging::next_link(
                &format!("sort={name}&from"),
                found.next.as_ref(),
                "More providers",
            );
            (found.items, next, pending)
        }
    };
    let body = html! {
        h1 { "Providers" }
        (platforms(&entries))
        @if entries.is_empty() { p { "No provider has been proven here." } } @else { (table(&entries, &query.sort)) }
        (paging::pending(pending))
        (next)
    };
    let card = layout::Card {
        title: "Providers",
        path: "/providers",
        says: "The providers whose claims were tested, with how many of them they keep.",
    };
    Ok(layout::page(state, card, &body))
}

fn platforms(entries: &[view::ProviderEntry]) -> Markup {
    let mut platforms: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in entries {
        let platform = entry.provider.split(':').next().unwrap_or_default();
        *platforms.entry(platform).or_default() += 1;
    }
    html! {
        @if !platforms.is_empty() {
            p {
                "Platforms of this page: "
                @for (at, (platform, tenants)) in platforms.iter().enumerate() {
                    @if at > 0 { ", " }
                    a href={ "/platforms/" (platform) } { (platform) } " " span class="faint" { (plural(*tenants, "tenant")) }
                }
            }
        }
    }
}

fn table(entries: &[view::ProviderEntry], sort: &str) -> Markup {
    let head = html! {
        tr {
            th scope="col" aria-sort=[sort.is_empty().then_some("ascending")] { a href="/providers" { "provider" } }
            @for (name, title, _) in COLUMNS {
                th scope="col" class="number" aria-sort=[(sort == name).then_some("descending")] { a href={ "?sort=" (name) } { (title) } }
            }
        }
    };
    let rows = html! {
        @for entry in entries {
            tr {
                th scope="row" { a href={ "/providers/" (entry.provider) } { (entry.provider) } }
                @for (_, _, number) in COLUMNS { td class="number" { (number(entry)) } }
            }
        }
    };
    layout::table_under("Claims by standing", &head, &rows)
}
