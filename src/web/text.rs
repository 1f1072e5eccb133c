//! Text of providers made safe for a page, and fragments of markup that several pages share.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use maud::{Markup, html};
use regex::Regex;

use crate::app::ClaimStanding;
use crate::model::{Clock, Level, Outcome, RunOrigin, SystemClock, Verdict, clip, plural};
use crate::report::{self, clean, outcome_word, verdict_class};
use crate::standing::Standing;

/// The number of characters of a text that are shown.
const LONG: usize = 4_000;
/// The number of characters of a line in a list.
const LINE: usize = 300;

/// A text of a provider, cut and with its control characters spelt out. The markup escapes the rest.
pub(super) fn cleaned(text: &str) -> String {
    clean(&clip(text, LONG))
}

/// The first line of a text of a provider, cut and cleaned.
pub(super) fn one_line(text: &str) -> String {
    report::one_line(text, LINE)
}

/// The first line of what somebody says, cut and cleaned. Text between backticks becomes code.
pub(super) fn said(text: &str) -> Markup {
    prose(&one_line(text))
}

/// A sentence of a contract or a suite. Text between backticks becomes code.
pub(super) fn prose(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    // A backtick without a second one is a character like any other.
    let whole = parts.len() % 2 == 1;
    html! {
        @for (at, part) in parts.iter().enumerate() {
            @if whole && at % 2 == 1 { code { (part) } } @else {
                @if !whole && at > 0 { "`" }
                (part)
            }
        }
    }
}

/// A text in which instants are cut to whole seconds: `18:05:50.998987307+00:00` becomes `18:05:50 UTC`.
pub(super) fn to_the_second(text: &str) -> String {
    static FINE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(Z|\+00:00)").ok());
    match &*FINE {
        Some(fine) => fine.replace_all(text, "$1 $2 UTC").into_owned(),
        None => text.to_owned(),
    }
}

/// An instant, to the minute.
pub(super) fn instant(at: DateTime<Utc>) -> Markup {
    html! { time datetime=(at.to_rfc3339()) { (at.format("%Y-%m-%d %H:%M")) } }
}

/// How long ago something was, with the instant behind it. What is older than a month is told by its day.
pub(super) fn ago(at: DateTime<Utc>) -> Markup {
    let words = words_ago(at, SystemClock.now());
    html! { time datetime=(at.to_rfc3339()) title=(at.format("%Y-%m-%d %H:%M:%S UTC")) { (words) } }
}

fn words_ago(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let passed = now.signed_duration_since(at);
    match (passed.num_minutes(), passed.num_hours(), passed.num_days()) {
        // What a wrong clock dated into the future was no time ago.
        (..0, _, _) => at.format("%Y-%m-%d %H:%M").to_string(),
        (0, _, _) => "just now".to_owned(),
        (minutes, 0, _) => format!("{} ago", plural(minutes, "minute")),
        (_, hours, 0) => format!("{} ago", plural(hours, "hour")),
        (_, _, days @ ..30) => format!("{} ago", plural(days, "day")),
        _ => at.format("%Y-%m-%d").to_string(),
    }
}

/// A standing with its colour. The text alone tells it too.
pub(super) fn standing(standing: Standing) -> Markup {
    let class = match standing {
        Standing::Conformant => "good",
        Standing::Unproven | Standing::Unknown => "doubt",
        Standing::NotConformant => "bad",
    };
    html! { span class=(class) { (standing.as_str()) } }
}

/// A standing as one sign and its colour.
pub(super) fn standing_sign(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Conformant => ("✓", "good"),
        Standing::NotConformant => ("✗", "bad"),
        Standing::Unproven | Standing::Unknown => ("?", "doubt"),
    }
}

/// The sign of a claim, which leads to the latest run that counts.
pub(super) fn to_latest(claim: &ClaimStanding, sign: &str) -> Markup {
    let words = claim.now.standing.to_string();
    html! {
        @match &claim.now.latest {
            Some((run, _)) => a href={ "/runs/" (run) } title=(words) aria-label=(words) { (sign) },
            None => span title=(words) { (sign) },
        }
    }
}

/// Words about how many keep something, with the colour for it.
pub(super) fn kept(keeping: usize, all: usize, words: &str) -> Markup {
    let class = if keeping == all {
        "good"
    } else if keeping == 0 {
        "bad"
    } else {
        "doubt"
    };
    html! { span class=(class) { (words) } }
}

/// How much was proven of a claim, by which edition, and the newer edition if the standing has not moved to it.
pub(super) fn proven(claim: &ClaimStanding) -> Markup {
    html! {
        @if let Some(proof) = claim.proof_in_words() { (proof) }
        @if let Some(awaited) = claim.awaited_in_words() { br; span class="faint" { (awaited) } }
    }
}

/// A verdict with its colour.
pub(super) fn verdict(verdict: Verdict) -> Markup {
    html! { span class=(verdict_class(verdict)) { (verdict.as_str()) } }
}

/// The origin of a run: this registry, a publisher who attests it, or files.
pub(super) fn run_by(origin: &RunOrigin) -> Markup {
    html! {
        @match origin {
            RunOrigin::Own => "this registry",
            RunOrigin::Files => span class="doubt" { "nobody known: read from files" },
            RunOrigin::Publisher(publisher) => span class="doubt" { "self-attested by " (one_line(publisher)) },
        }
    }
}

/// The short mark of what no run of the registry itself decided.
pub(super) fn mark(mark: Option<&str>) -> Markup {
    html! { @if let Some(mark) = mark { " " span class="doubt" { (mark) } } }
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

/// An outcome as one sign with its colour, and what it stands for.
pub(super) fn sign(outcome: Outcome, level: Level) -> (&'static str, &'static str, &'static str) {
    match (outcome, level) {
        (Outcome::Pass, _) => ("✓", "good", "pass"),
        (Outcome::Fail, Level::Must) => ("✗", "bad", "fail"),
        (Outcome::Fail, Level::Should) => ("!", "doubt", "warn"),
        (Outcome::Error, _) => ("E", "bad", "error"),
        (Outcome::Blocked, _) => ("B", "doubt", "blocked"),
        (Outcome::Skip, _) => ("–", "faint", "skip"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_reads_nanoseconds() {
        assert_eq!(
            to_the_second("until 2027-02-28T18:05:50.998987307+00:00, since 2026-11-30T01:02:03Z"),
            "until 2027-02-28 18:05:50 UTC, since 2026-11-30 01:02:03 UTC"
        );
        assert_eq!(to_the_second("1.5 of 2"), "1.5 of 2");
    }

    #[test]
    fn a_time_is_told_by_how_long_ago_it_was() {
        let now: DateTime<Utc> = "2026-11-30T12:00:00Z".parse().unwrap();
        for (at, words) in [
            ("2026-11-30T11:59:31Z", "just now"),
            ("2026-11-30T11:59:00Z", "1 minute ago"),
            ("2026-11-30T11:00:01Z", "59 minutes ago"),
            ("2026-11-30T11:00:00Z", "1 hour ago"),
            ("2026-11-29T12:00:01Z", "23 hours ago"),
            ("2026-11-29T12:00:00Z", "1 day ago"),
            ("2026-11-01T11:00:00Z", "29 days ago"),
            ("2026-10-31T12:00:00Z", "2026-10-31"),
            ("2028-01-01T00:00:00Z", "2028-01-01 00:00"),
        ] {
            assert_eq!(words_ago(at.parse().unwrap(), now), words, "{at}");
        }
    }

    #[test]
    fn what_stands_in_backticks_is_code_and_a_lone_backtick_stays() {
        assert_eq!(prose("a `b` <c>").into_string(), "a <code>b</code> &lt;c&gt;");
        assert_eq!(prose("a ` b").into_string(), "a ` b");
    }
}
