//! Words that several pages share, and what others wrote made fit for a page.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::model::{Level, Outcome, Verdict, clip};
use crate::report::{clean, one_line, outcome_word, verdict_class};
use crate::standing::Standing;

/// How many characters of a text that others wrote are shown.
const LONG: usize = 4_000;
/// The same in a line of a list.
const LINE: usize = 300;

/// A text of others, cut and with its control characters spelt out; the markup escapes it.
pub(super) fn said(text: &str) -> String {
    clean(&clip(text, LONG))
}

/// The first line of such a text.
pub(super) fn line(text: &str) -> String {
    one_line(text, LINE)
}

/// An instant, to the minute.
pub(super) fn when(at: DateTime<Utc>) -> Markup {
    html! { time datetime=(at.to_rfc3339()) { (at.format("%Y-%m-%d %H:%M")) } }
}

/// A standing with its colour; the words differ without it.
pub(super) fn standing(standing: Standing) -> Markup {
    let class = match standing {
        Standing::Conformant => "good",
        Standing::Unknown => "doubt",
        Standing::NotConformant => "bad",
    };
    html! { span class=(class) { (standing.as_str()) } }
}

/// A verdict with its colour.
pub(super) fn verdict(verdict: Verdict) -> Markup {
    html! { span class=(verdict_class(verdict)) { (verdict.as_str()) } }
}

/// An outcome with its colour.
pub(super) fn outcome(outcome: Outcome, level: Level) -> Markup {
    let class = match (outcome, level) {
        (Outcome::Pass, _) => "good",
        (Outcome::Fail, Level::Must) | (Outcome::Error, _) => "bad",
        (Outcome::Fail, Level::Should) | (Outcome::Blocked, _) => "doubt",
        (Outcome::Skip, _) => "faint",
    };
    html! { span class=(class) { (outcome_word(outcome, level)) } }
}

/// A text as a value of a query.
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte))
            }
            other => encoded.push_str(&format_args!("%{other:02X}").to_string()),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_a_query_cannot_leave_it() {
        assert_eq!(encoded("a:b&c=d é"), "a%3Ab%26c%3Dd%20%C3%A9");
    }
}
