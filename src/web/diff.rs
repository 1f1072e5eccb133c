//! What a later version of a contract changes.

use axum::extract::{Path, Query, State as Given};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::{State, answer, layout, words};
use crate::app::{AppError, diff_contracts};
use crate::capability::diff::{Diff, Effect, Part};

/// The later version; the newest one where it is left out.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    to: Option<String>,
}

pub(super) async fn show(
    Given(state): Given<State>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    answer::page(state, move |state| page(state, &name, asked.to.as_deref())).await
}

fn page(state: &State, name: &str, to: Option<&str>) -> Result<Markup, AppError> {
    let diff = diff_contracts(&state.bundle.registry, name, to)?;
    let title = format!("{} to v{}", diff.before, diff.after.version);
    let body = html! {
        p class="faint" {
            a href={ "/capabilities/" (diff.before) } { (diff.before) } " → "
            a href={ "/capabilities/" (diff.after) } { (diff.after) }
        }
        h1 { "What v" (diff.after.version) " changes" }
        @if diff.changes.is_empty() { p { "Nothing changes." } }
        @for part in Part::ALL { (changes(&diff, part)) }
    };
    Ok(layout::page(&title, &body))
}

fn changes(diff: &Diff, part: Part) -> Markup {
    let rows = html! {
        @for change in diff.changes.iter().filter(|change| change.part == part) {
            tr {
                th scope="row" class="words" { @if change.place.is_empty() { "the whole schema" } @else { code { (change.place) } } }
                td { (effect(change.caller)) }
                td { (effect(change.provider)) }
                td class="words" { (words::said(&change.words)) }
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
