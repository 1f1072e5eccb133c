//! Pages of lists: what a request asks for, and the link to the page that follows.

use std::fmt::Display;

use maud::{Markup, html};

use super::error::WebError;
use crate::model::{ProviderId, encoded};

/// The number of entries of a page.
pub(super) const PAGE: usize = 100;

/// A page of a list, and what the page that follows begins after. None on the last page.
pub(super) struct Paged<T, C> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<C>,
}

impl<T, C> Paged<T, C> {
    /// A page of `found`, which was read with a limit of `size + 1`: the extra entry shows that another page follows.
    pub(super) fn of(mut found: Vec<T>, size: usize, cursor: impl Fn(&T) -> C) -> Self {
        let more = found.len() > size;
        found.truncate(size);
        Self {
            next: found.last().filter(|_| more).map(cursor),
            items: found,
        }
    }
}

/// Parses the provider after which a page begins. None for the first page.
pub(super) fn after(text: Option<&str>) -> Result<Option<ProviderId>, WebError> {
    text.filter(|text| !text.is_empty())
        .map(|text| {
            text.parse()
                .map_err(|_| WebError::InvalidFilter("`after` is no provider".to_owned()))
        })
        .transpose()
}

/// The link to the page that follows.
pub(super) fn next_link(name: &str, next: Option<&impl Display>, words: &str) -> Markup {
    html! {
        @if let Some(next) = next {
            p { a rel="next" href={ "?" (name) "=" (encoded(&next.to_string())) } { (words) } }
        }
    }
}

/// A line for standings that are not there yet.
pub(super) fn pending(count: usize) -> Markup {
    html! {
        @if count > 0 {
            p role="status" class="doubt" { (count) " more claims are being judged: load this page again in a moment." }
        }
    }
}
