//! The page of the differences between two versions of a contract.

use axum::extract::{Path, Query, State as Given};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::error::WebError;
use super::{State, layout, respond, text};
use crate::app::diff_contracts;
use crate::capability::diff::{Diff, Effect, Part};

/// The query of the page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct DiffQuery {
    /// The later version. Without it, the newest one.
    to: Option<String>,
}

pub(super) async fn show(
    Given(state): Given<State>,
    Path(name): Path<String>,
    Query(query): Query<DiffQuery>,
) -> Response {
    respond::page(state, move |state| page(state, &name, query.to.as_deref())).await
}

fn page(state: &State, name: &str, to: Option<&str>) -> Result<Markup, WebError> {
    let diff = diff_contracts(&state.bundle.registry, name, to)?;
    let title = format!("{} to v{}", diff.before, diff.after.version);
    let body = html! {
        p class="faint" {
            a href={ "/capabilities/" (diff.before) } { (diff.before) } " → "
            a href={ "/capabilities/" (diff.after) } { (diff.after) }
        }
        h1 { "What v" (diff.after.version) " changes" }
        (all_changes(&diff))
    };
    let card = layout::Card {
        title: &title,
        path: &format!("/capabilities/{}/diff?to={}", diff.before, diff.after.version),
        says: &format!(
            "What {} changes for callers and providers of {}.",
            diff.after, diff.before
        ),
    };
    Ok(layout::page(state, card, &body))
}

/// The changes of every part of a contract.
pub(super) fn all_changes(diff: &Diff) -> Markup {
    html! {
        @if diff.changes.is_empty() { p { "Nothing changes." } }
        @for part in Part::ALL { (changes(diff, part)) }
    }
}

fn changes(diff: &Diff, part: Part) -> Markup {
    let rows = html! {
        @for change in diff.changes.iter().filter(|change| change.part == part) {
            tr {
                th scope="row" class="words" { @if change.place.is_empty() { "the whole schema" } @else { code { (change.place) } } }
                td { (effect(change.caller)) }
                td { (effect(change.provider)) }
                td class="words" { (text::cleaned(&change.words)) }
            }
        }
    };
    html! {
        @if diff.changes.iter().any(|change| change.part == part) {
            h2 { (part.as_str()) }
            (layout::table(&format!("Changes: {}", part.as_str()), &["place", "callers", "providers", "change"], &rows))
        }
    }
}

fn effect(effect: Effect) -> Markup {
    let class = match effect {
        Effect::Breaking => "bad",
        Effect::Widening => "good",
        Effect::WordsOnly => "faint",
    };
    html! { span class=(class) { (effect.as_str()) } }
}
