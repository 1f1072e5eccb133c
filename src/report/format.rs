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
}

impl Format {
    /// All formats, in the order in which they are told.
    pub const ALL: [Self; 3] = [Self::Table, Self::Json, Self::Junit];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Junit => "junit",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that names no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a format: table, json or junit is expected{}", meant(.text))]
pub struct UnknownFormat {
    /// The word.
    pub text: String,
}

fn meant(text: &str) -> String {
    /// Below this likeness a guess misleads more often than it helps.
    const ALIKE: f64 = 0.8;
    let lower = text.to_lowercase();
    Format::ALL
        .into_iter()
        .map(|format| (strsim::jaro_winkler(&lower, format.as_str()), format))
        .filter(|&(likeness, _)| likeness >= ALIKE)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map_or_else(String::new, |(_, format)| format!("; did you mean `{format}`?"))
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let found = Self::ALL.into_iter().find(|format| format.as_str() == text);
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
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        let refused = |text: &str| text.parse::<Format>().unwrap_err().to_string();
        insta::assert_snapshot!(refused("jsn"), @"`jsn` is not a format: table, json or junit is expected; did you mean `json`?");
        insta::assert_snapshot!(refused("html"), @"`html` is not a format: table, json or junit is expected");
    }
}
