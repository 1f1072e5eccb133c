//! The schedule of a registry, as a file: which providers are run, and when.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::AppError;
use super::files::read_source;
use super::schedule_starts::Starts;
use crate::diagnostic::{self, Problem, Problems, Spot, check_format, read_yaml, truth};
use crate::provider::Manifest;

/// The name and version of the format.
const FORMAT: &str = "proofhouse.schedule/1";
/// The largest schedule that is read, in bytes.
const LARGEST: u64 = 64 * 1024;
/// The largest manifest that is read, in bytes.
const LARGEST_MANIFEST: u64 = 8 * 1024 * 1024;
/// The largest random delay of a start, in minutes.
const LONGEST_JITTER: u32 = 24 * 60;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSchedule {
    format: Spot<String>,
    providers: Spot<String>,
    cron: Spot<String>,
    #[serde(default)]
    jitter_minutes: Option<Spot<u32>>,
    #[serde(default, deserialize_with = "truth")]
    private_addresses: bool,
}

/// A schedule: the providers of a manifest, and the times at which they are run.
#[derive(Debug)]
pub struct Schedule {
    pub(super) manifest: PathBuf,
    pub(super) starts: Starts,
    pub(super) jitter: TimeDelta,
    pub(super) private_addresses: bool,
}

impl Schedule {
    /// Reads a schedule. A relative path of the manifest is relative to the folder of the schedule.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or every mistake in it.
    pub fn read(path: &Path) -> Result<Self, AppError> {
        let source = read_source(path, LARGEST)?;
        Ok(Self::parse(&source, path.parent().unwrap_or(Path::new("")))?)
    }

    /// Parses a schedule. A relative path of the manifest is relative to `folder`.
    ///
    /// # Errors
    ///
    /// Every mistake in it.
    pub fn parse(source: &Arc<diagnostic::Source>, folder: &Path) -> Result<Self, Problems> {
        let raw: RawSchedule = read_yaml(source)?;
        let mut problems = Problems::new();
        check_format(source, &raw.format, FORMAT, "a schedule", &mut problems);
        let starts = Starts::read(&raw.cron.value);
        if let Err(error) = &starts {
            let message = format!("`{}` is no cron expression: {error}", raw.cron.value);
            problems.push(
                Problem::at(source, raw.cron.span(source), message)
                    .label("minute, hour, day, month and weekday in UTC, such as `0 3 * * *`"),
            );
        }
        if let Some(problem) = raw
            .jitter_minutes
            .as_ref()
            .and_then(|given| given.respelled(source))
        {
            problems.push(problem);
        }
        let jitter = raw.jitter_minutes.as_ref().map_or(0, |jitter| jitter.value);
        if let Some(given) = raw
            .jitter_minutes
            .as_ref()
            .filter(|given| given.value > LONGEST_JITTER)
        {
            let message = format!("at most {LONGEST_JITTER} minutes are possible");
            problems.push(Problem::at(source, given.span(source), message));
        }
        match starts {
            Ok(starts) => problems.or(Self {
                manifest: folder.join(&raw.providers.value),
                starts,
                jitter: TimeDelta::minutes(jitter.into()),
                private_addresses: raw.private_addresses,
            }),
            Err(_) => Err(problems),
        }
    }

    /// The next times of the cron expression after `now`, without the random delay.
    pub fn next_times(&self, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        self.starts.after(now)
    }

    /// The largest random delay of a start.
    pub fn jitter(&self) -> TimeDelta {
        self.jitter
    }

    /// Reads the manifest that it names. Returns the path and the number of entries.
    ///
    /// # Errors
    ///
    /// The manifest cannot be read, or every mistake in its form.
    pub fn read_manifest(&self) -> Result<(&Path, usize), AppError> {
        let manifest = Manifest::parse(&read_source(&self.manifest, LARGEST_MANIFEST)?)?;
        Ok((&self.manifest, manifest.entries.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Schedule, String> {
        let source = diagnostic::Source::new("schedule.yaml", text);
        Schedule::parse(&source, Path::new("/etc/proofhouse")).map_err(|problems| problems.render(false))
    }

    #[test]
    fn a_path_is_relative_to_the_folder_of_the_schedule() {
        let schedule =
            read("format: proofhouse.schedule/1\nproviders: providers.yaml\ncron: '0 3 * * *'\n").unwrap();
        assert_eq!(schedule.manifest, Path::new("/etc/proofhouse/providers.yaml"));
        assert!(!schedule.private_addresses);
    }

    #[test]
    fn a_number_in_another_spelling_is_refused() {
        for written in ["0o17", "1_0", "+5", "0x10"] {
            let text = format!(
                "format: proofhouse.schedule/1\nproviders: p\ncron: '0 3 * * *'\njitter_minutes: {written}\n"
            );
            let error = read(&text).unwrap_err();
            assert!(
                error.contains("not how it is written") && error.contains(":4:17"),
                "{error}"
            );
        }
    }

    #[test]
    fn mistakes_in_a_schedule_are_told_with_their_places() {
        let wrong = read("format: proofhouse.schedule/2\nproviders: p\ncron: often\njitter_minutes: 9999\n")
            .unwrap_err();
        for words in [
            "no format of a schedule",
            "no cron expression",
            "at most 1440",
            "schedule.yaml:3",
        ] {
            assert!(wrong.contains(words), "{wrong}");
        }
        let unknown = read("format: proofhouse.schedule/1\nproviders: p\ncrom: often\n").unwrap_err();
        assert!(unknown.contains("crom"), "{unknown}");
    }
}
