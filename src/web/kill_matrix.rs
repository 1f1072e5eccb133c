//! The page of the kill matrix of the bundled suites: which test fails because of which fault.

use std::sync::LazyLock;

use axum::extract::State as Given;
use axum::response::Response;
use maud::{Markup, PreEscaped};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

use super::{State, layout, respond};

/// The matrix in Markdown, as `proofhouse prove` wrote it. A test checks that it is up to date.
const PUBLISHED: &str = include_str!("../../docs/kill-matrix.md");

static PAGE: LazyLock<Markup> = LazyLock::new(|| layout::page("Kill matrix", &rendered(PUBLISHED)));

pub(super) async fn show(Given(state): Given<State>) -> Response {
    respond::page(state, |_| Ok(PAGE.clone())).await
}

/// Renders Markdown with scrolling tables. HTML in the text is escaped.
fn rendered(markdown: &str) -> Markup {
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).flat_map(|event| match event {
        Event::Start(Tag::Table(_)) => vec![
            Event::Html(r#"<div class="scroll wraps" tabindex="0" role="region" aria-label="table">"#.into()),
            event,
        ],
        Event::End(TagEnd::Table) => vec![event, Event::Html("</div>".into())],
        Event::Html(text) if text.trim_start().starts_with("<!--") => Vec::new(),
        Event::Html(text) | Event::InlineHtml(text) => vec![Event::Text(text)],
        other => vec![other],
    });
    let mut made = String::new();
    html::push_html(&mut made, events);
    PreEscaped(made.replace("<th>", r#"<th scope="col">"#))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_matrix_becomes_tables_and_markup_in_it_stays_text() {
        let page =
            rendered("# A\n\n| a | b |\n|---|---|\n| `x` | <b>y</b> |\n\n<script>z</script>\n").into_string();
        assert!(
            page.contains(r#"<th scope="col">a</th>"#) && page.contains("<code>x</code>"),
            "{page}"
        );
        assert!(!page.contains("<script>") && !page.contains("<b>"), "{page}");
        assert!(PAGE.0.contains("create_booking/happy_path"));
    }
}
