//! The names of the formats.

use std::fmt;
use std::str::FromStr;

/// A format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Format {
    /// A table for people.
    #[default]
    Table,
    /// `proofhouse.report/1`, for programs.
    Json,
    /// JUnit XML, for pipelines.
    Junit,
    /// TAP version 14, for harnesses that collect tests.
    Tap,
    /// Markdown, for a comment or the summary of a job.
    Markdown,
    /// Workflow commands, which GitHub shows as annotations.
    Github,
    /// One page that needs no other file.
    Html,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
}

impl Format {
    /// All formats, in the order in which messages list them.
    pub const ALL: [Self; 8] = [
        Self::Table,
        Self::Json,
        Self::Junit,
        Self::Tap,
        Self::Markdown,
        Self::Github,
        Self::Html,
        Self::Sarif,
    ];

    /// The word for it, as records and reports write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Tap => "tap",
            Self::Markdown => "markdown",
            Self::Github => "github",
            Self::Html => "html",
            Self::Sarif => "sarif",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The output of a run: a report of its summary, or its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// A report.
    Report(Format),
    /// The events as they happen, a line each: see [`crate::report::EventLines`].
    Events,
}

impl Shown {
    /// The word for events.
    const EVENTS: &str = "jsonl";

    fn all() -> impl Iterator<Item = Self> {
        Format::ALL
            .into_iter()
            .map(Self::Report)
            .chain(std::iter::once(Self::Events))
    }

    /// The word for it, as records and reports write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Report(format) => format.as_str(),
            Self::Events => Self::EVENTS,
        }
    }
}

/// An error of a word that names no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a format: {} is expected{}", words(), meant(.text))]
pub struct UnknownFormat {
    /// The word.
    pub text: String,
}

fn words() -> String {
    let words: Vec<_> = Shown::all().map(Shown::as_str).collect();
    match words.split_last() {
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

fn meant(text: &str) -> String {
    /// Below this likeness a guess misleads more often than it helps.
    const ALIKE: f64 = 0.8;
    let lower = text.to_lowercase();
    Shown::all()
        .map(|shown| (strsim::jaro_winkler(&lower, shown.as_str()), shown))
        .filter(|&(likeness, _)| likeness >= ALIKE)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map_or_else(String::new, |(_, shown)| {
            format!("; did you mean `{}`?", shown.as_str())
        })
}

impl FromStr for Shown {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let found = Self::all().find(|shown| shown.as_str() == text);
        found.ok_or_else(|| UnknownFormat {
            text: text.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_reads_back_as_it_prints_and_a_slip_is_guessed() {
        for shown in Shown::all() {
            assert_eq!(shown.as_str().parse(), Ok(shown));
        }
        let refused = |text: &str| text.parse::<Shown>().unwrap_err().to_string();
        insta::assert_snapshot!(refused("mardown"), @"`mardown` is not a format: table, json, junit, tap, markdown, github, html, sarif or jsonl is expected; did you mean `markdown`?");
        insta::assert_snapshot!(refused("pdf"), @"`pdf` is not a format: table, json, junit, tap, markdown, github, html, sarif or jsonl is expected");
    }
}
