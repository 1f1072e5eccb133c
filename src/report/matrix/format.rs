//! The names of the formats of a matrix.

use std::str::FromStr;

/// A format of a matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatrixFormat {
    /// A table for people.
    Table,
    /// `proofhouse.matrix/1`, for programs.
    Json,
    /// Markdown, for the guides.
    Markdown,
}

impl FromStr for MatrixFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "table" => Ok(Self::Table),
            "json" => Ok(Self::Json),
            "markdown" => Ok(Self::Markdown),
            _ => Err(format!(
                "`{text}` is not a format: table, json or markdown is expected"
            )),
        }
    }
}
