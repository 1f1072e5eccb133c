//! The values of arguments: formats by their names, files, numbers and times.

use std::fs::File;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use chrono::TimeDelta;
use clap::ValueEnum;
use time_zones::Zone;

use crate::app::{AppError, Catalogue, Revision, ServerRequests};
use crate::report::{Format, MatrixFormat, Shown};

/// The format of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ListFormat {
    /// A table for people.
    Table,
    /// JSON for programs.
    Json,
}

/// The format of a diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DiffFormat {
    /// A table for people.
    Table,
    /// `proofhouse.diff/1`, for programs.
    Json,
}

/// The kinds of suite files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum SchemaKind {
    /// A test.
    Test,
    /// A shared fixture.
    Fixture,
    /// An expectation that calls share.
    Expectation,
    /// Tables made from an input schema.
    Tables,
}

/// The formats by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum FormatName {
    /// A table for people.
    Table,
    /// `proofhouse.report/1`, for programs.
    Json,
    /// JUnit XML, for pipelines.
    Junit,
    /// TAP version 14, for test harnesses.
    Tap,
    /// Markdown, for a comment or the summary of a job.
    Markdown,
    /// Annotations of a GitHub job, and its summary if `GITHUB_STEP_SUMMARY` names a file.
    Github,
    /// A self-contained HTML page.
    Html,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// The events of the run as they happen, one per line.
    Jsonl,
}

impl FormatName {
    pub(in crate::cli) fn shown(self) -> Shown {
        match self {
            Self::Table => Shown::Report(Format::Table),
            Self::Json => Shown::Report(Format::Json),
            Self::Junit => Shown::Report(Format::Junit),
            Self::Tap => Shown::Report(Format::Tap),
            Self::Markdown => Shown::Report(Format::Markdown),
            Self::Github => Shown::Report(Format::Github),
            Self::Html => Shown::Report(Format::Html),
            Self::Sarif => Shown::Report(Format::Sarif),
            Self::Jsonl => Shown::Events,
        }
    }
}

/// The formats of a matrix by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum MatrixFormatName {
    /// A table for people.
    Table,
    /// `proofhouse.matrix/1`, for programs.
    Json,
    /// Markdown, for documents.
    Markdown,
}

impl MatrixFormatName {
    pub(in crate::cli) fn format(self) -> MatrixFormat {
        match self {
            Self::Table => MatrixFormat::Table,
            Self::Json => MatrixFormat::Json,
            Self::Markdown => MatrixFormat::Markdown,
        }
    }
}

/// A time zone by its IANA name.
pub(super) fn zone(text: &str) -> Result<Zone, String> {
    text.parse()
        .map_err(|_| "no time zone of the IANA database has this name".to_owned())
}

/// A catalogue by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct CatalogueName(pub(in crate::cli) Catalogue);

impl FromStr for CatalogueName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Catalogue::named(text).map(Self).ok_or_else(|| {
            let names = Catalogue::ALL.map(Catalogue::name).join(", ");
            format!("there are: {names}")
        })
    }
}

/// A report in a file.
pub(in crate::cli) type Output = InFile<Shown>;

/// A matrix in a file.
pub(in crate::cli) type MatrixOutput = InFile<MatrixFormat>;

/// A file to write, and its format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct InFile<F> {
    pub(in crate::cli) format: F,
    pub(in crate::cli) path: PathBuf,
}

impl<F> InFile<F> {
    /// Opens the file before any provider is called, so that one that cannot be written is reported early.
    pub(in crate::cli) fn create(&self) -> Result<File, AppError> {
        File::create(&self.path).map_err(|error| AppError::unwritable(&self.path, &error))
    }
}

impl<F: FromStr<Err: ToString>> FromStr for InFile<F> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text
            .split_once('=')
            .filter(|(_, path)| !path.is_empty())
            .ok_or_else(|| "FORMAT=FILE is expected, for example `json=report.json`".to_owned())?;
        let format = format.parse::<F>().map_err(|error| error.to_string())?;
        Ok(Self {
            format,
            path: PathBuf::from(path),
        })
    }
}

pub(super) fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least 1 is expected".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err("a whole number is expected".to_owned()),
    }
}

/// The largest number of retries. More would hide flaky tests.
const MOST_RETRIES: usize = 100;

pub(super) fn few(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number <= MOST_RETRIES => Ok(number),
        Ok(_) => Err(format!("at most {MOST_RETRIES} are possible")),
        Err(_) => Err("a whole number is expected".to_owned()),
    }
}

pub(super) fn whole_number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "a whole number is expected".to_owned())
}

/// Reads the domain of contracts.
pub(super) fn domain(text: &str) -> Result<String, String> {
    let is_domain = crate::model::CapabilityId::from_str(&format!("{text}.tool")).is_ok();
    match is_domain {
        true => Ok(text.to_owned()),
        false => Err("a domain is in snake_case, such as `notes`".to_owned()),
    }
}

/// The form of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum LogFormat {
    /// Lines of words.
    Text,
    /// An object of JSON a line.
    Json,
}

/// Reads the address of a site: `http` or `https`, a host, perhaps a port and a path. A slash at its end is left out.
pub(super) fn site_address(text: &str) -> Result<String, String> {
    let wrong = || "an address such as `https://registry.example` is expected".to_owned();
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme))
        .ok_or_else(wrong)?;
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-._~:/[]%".contains(letter);
    let is_address = rest.chars().all(plain)
        && !rest.starts_with(['/', ':', '.'])
        && !rest.is_empty()
        && axum::http::Uri::from_str(text).is_ok_and(|uri| uri.host().is_some());
    match is_address {
        true => Ok(text.trim_end_matches('/').to_owned()),
        false => Err(wrong()),
    }
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "a time such as `10s`, `500ms` or `2m` is expected".to_owned();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().map_err(|_| wrong())?;
    let duration = match &text[digits..] {
        "ms" => Duration::from_millis(number),
        "" | "s" => Duration::from_secs(number),
        "m" => Duration::from_secs(number.saturating_mul(60)),
        _ => return Err(wrong()),
    };
    if duration.is_zero() || duration > Duration::from_secs(3600) {
        return Err("between 1ms and 60m are possible".to_owned());
    }
    Ok(duration)
}

/// The largest age in days. It keeps the arithmetic of dates within its limits.
const LONGEST_AGE_DAYS: i64 = 36_500;

pub(super) fn age(text: &str) -> Result<TimeDelta, String> {
    let wrong = || "a time such as `7d`, `12h`, `30m` or `90s` is expected".to_owned();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: i64 = text[..digits].parse().map_err(|_| wrong())?;
    let seconds: i64 = match &text[digits..] {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return Err(wrong()),
    };
    let age = number.checked_mul(seconds).and_then(TimeDelta::try_seconds);
    match age {
        Some(age) if age > TimeDelta::zero() && age <= TimeDelta::days(LONGEST_AGE_DAYS) => Ok(age),
        _ => Err(format!("between 1s and {LONGEST_AGE_DAYS}d are possible")),
    }
}

/// A header and the environment variable that holds its value: `X-Api-Key=MY_KEY`.
pub(super) fn header(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, variable)) if !name.is_empty() && is_variable(variable) => {
            Ok((name.to_owned(), variable.to_owned()))
        }
        _ => Err("expected is the name of a header and of the variable that holds its value, as `X-Api-Key=MY_KEY`".to_owned()),
    }
}

/// A variable of a command and ours that holds its value: `API_KEY`, or `API_KEY=MY_KEY`.
pub(super) fn variable(text: &str) -> Result<(String, String), String> {
    let (name, ours) = text.split_once('=').unwrap_or((text, text));
    match is_variable(name) && is_variable(ours) {
        true => Ok((name.to_owned(), ours.to_owned())),
        false => {
            Err("expected is the name of a variable, as `API_KEY`, or two, as `API_KEY=MY_KEY`".to_owned())
        }
    }
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A revision of MCP.
pub(super) fn revision(text: &str) -> Result<Revision, String> {
    Revision::of(text).ok_or_else(|| {
        let known = Revision::ALL.map(Revision::as_str);
        format!("expected is one of {}", known.join(", "))
    })
}

/// The answer to what a server asks of its client.
pub(super) fn server_requests(text: &str) -> Result<ServerRequests, String> {
    ServerRequests::of(text).ok_or_else(|| format!("expected is one of {}", ServerRequests::NAMES.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read_with_their_units() {
        assert_eq!(age("7d"), Ok(TimeDelta::days(7)));
        assert_eq!(age("2w"), Ok(TimeDelta::days(14)));
        assert_eq!(age("90s"), Ok(TimeDelta::seconds(90)));
        for wrong in [
            "",
            "7",
            "0d",
            "-1d",
            "1.5d",
            "99999999999999999999d",
            "9223372036854775807w",
            "7 d",
        ] {
            assert!(age(wrong).is_err(), "{wrong} was taken");
        }
    }

    #[test]
    fn times_are_read_with_their_units() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("10"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for wrong in ["", "s", "0s", "1h", "-1s", "61m", "1.5s"] {
            assert!(duration(wrong).is_err(), "{wrong} was taken");
        }
    }

    #[test]
    fn an_output_names_its_format_and_its_file() {
        let output: Output = "json=a=b.json".parse().unwrap();
        assert_eq!(
            (output.format, output.path),
            (Shown::Report(Format::Json), PathBuf::from("a=b.json"))
        );
        assert!("report.json".parse::<Output>().is_err());
        assert!(
            "jsn=x"
                .parse::<Output>()
                .unwrap_err()
                .contains("did you mean `json`?")
        );
    }
}
