//! The frame that all pages share: head, navigation, tables.

use std::ops::Range;

use maud::{DOCTYPE, Markup, html};

use super::{State, text};

/// The one style sheet.
pub(super) const STYLE: &str = include_str!("style.css");

/// The picture beside the title of a page.
pub(super) const ICON: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\"><rect width=\"16\" height=\"16\" rx=\"3\" \
     fill=\"#12682f\"/><path d=\"M3.5 8.5l3 3 6-7\" fill=\"none\" stroke=\"#fff\" stroke-width=\"2\"/></svg>";

/// What a page says of itself to search engines and to whoever links to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Card<'a> {
    /// The title.
    pub(super) title: &'a str,
    /// Its path, without what narrows it.
    pub(super) path: &'a str,
    /// A sentence about it. Backticks are left out.
    pub(super) says: &'a str,
}

/// A page.
pub(super) fn page(state: &State, card: Card<'_>, body: &Markup) -> Markup {
    with_head(card.title, &described(state, card), body)
}

/// The page for an error: it is nobody's address.
pub(super) fn error(title: &str, body: &Markup) -> Markup {
    with_head(title, &html! {}, body)
}

/// A page that updates itself while something goes on: with a script, or by reloading every `seconds` seconds without one.
pub(super) fn live(state: &State, card: Card<'_>, seconds: u32, body: &Markup) -> Markup {
    let head = html! {
        (described(state, card))
        noscript { meta http-equiv="refresh" content=(seconds); }
        script src="/live.js" defer {}
    };
    with_head(card.title, &head, body)
}

/// What a page says of itself. Whole addresses are known where the site knows its own.
fn described(state: &State, card: Card<'_>) -> Markup {
    let says = text::one_line(&card.says.replace('`', ""));
    html! {
        meta name="description" content=(says);
        @if state.base_url.is_some() {
            @let address = state.address(card.path);
            link rel="canonical" href=(address);
            meta property="og:type" content="website";
            meta property="og:site_name" content="proofhouse";
            meta property="og:title" content=(card.title);
            meta property="og:description" content=(says);
            meta property="og:url" content=(address);
            meta name="twitter:card" content="summary";
        }
    }
}

fn with_head(title: &str, head: &Markup, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · proofhouse" }
                link rel="stylesheet" href="/style.css";
                link rel="icon" type="image/svg+xml" href="/favicon.svg";
                link rel="alternate" type="application/atom+xml" title="Changes of standing" href="/feed.atom";
                (head)
            }
            body {
                a class="skip" href="#main" { "Skip to the content" }
                header {
                    nav aria-label="Site" {
                        a class="brand" href="/" { "proofhouse" }
                        a href="/" { "capabilities" }
                        a href="/providers" { "providers" }
                        a href="/runs" { "runs" }
                        a href="/compare" { "compare" }
                        a href="/certificates" { "certificates" }
                        a href="/kill-matrix" { "kill matrix" }
                        a href="/feed.atom" { "feed" }
                        a href="/search" { "search" }
                    }
                }
                main id="main" { (body) }
            }
        }
    }
}

/// Links to the parts of a long page: the id, the words, and whether the part is there.
pub(super) fn contents(parts: &[(&str, &str, bool)]) -> Markup {
    html! {
        nav class="contents" aria-label="Contents" {
            @for (id, words, is_there) in parts {
                @if *is_there { a href={ "#" (id) } { (words) } " " }
            }
        }
    }
}

/// A long page with links to its parts, which stand beside it where there is room.
pub(super) fn with_contents(parts: &[(&str, &str, bool)], body: &Markup) -> Markup {
    html! {
        div class="beside" {
            (contents(parts))
            div { (body) }
        }
    }
}

/// A table with a head and first column that stay in sight while the rest scrolls.
pub(super) fn grid(caption: &str, head: &Markup, rows: &Markup) -> Markup {
    html! {
        section class="scroll grid" tabindex="0" aria-label=(caption) {
            table {
                caption { (caption) }
                thead { (head) }
                tbody { (rows) }
            }
        }
    }
}

/// A table that scrolls on its own if it is wider than the screen. It can be focused with the keyboard.
pub(super) fn table(caption: &str, columns: &[&str], rows: &Markup) -> Markup {
    table_with_numbers(caption, columns, 0..0, rows)
}

/// A table in which the columns `numbers` are aligned right, with their titles.
pub(super) fn table_with_numbers(
    caption: &str,
    columns: &[&str],
    numbers: Range<usize>,
    rows: &Markup,
) -> Markup {
    let head = html! {
        tr {
            @for (at, column) in columns.iter().enumerate() {
                th scope="col" class=[numbers.contains(&at).then_some("number")] { (column) }
            }
        }
    };
    table_under(caption, &head, rows)
}

/// A table with a head of its own.
pub(super) fn table_under(caption: &str, head: &Markup, rows: &Markup) -> Markup {
    html! {
        section class="scroll" tabindex="0" aria-label=(caption) {
            table {
                caption { (caption) }
                thead { (head) }
                tbody { (rows) }
            }
        }
    }
}
