//! What a registry remembers of the starts of its schedule, so that it can say which were missed while it was down.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::AppError;
use super::schedule_starts::MissedStarts;
use crate::model::hex;
use crate::store::create_private_folder;

/// The name and version of the format.
const FORMAT: &str = "proofhouse.schedule-record/1";
/// The folder of the records in a data folder.
const FOLDER: &str = "schedules";
/// The largest record that is read, in bytes.
const LARGEST: u64 = 64 * 1024;

/// The record of one schedule: a file in the data folder.
#[derive(Debug)]
pub struct ScheduleRecord {
    path: PathBuf,
    schedule: String,
}

/// What is known of the starts of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenStarts {
    /// The cron expression.
    pub cron: String,
    /// The starts until this time had a run, or were said to be missed.
    pub until: DateTime<Utc>,
    /// Those that were missed last.
    pub missed: Option<MissedStarts>,
}

/// The file. What a later version adds to it is passed over.
#[derive(Serialize, Deserialize)]
struct Written {
    format: String,
    /// The file of the schedule, for people.
    schedule: String,
    cron: String,
    until: DateTime<Utc>,
    #[serde(default)]
    missed: Option<MissedStarts>,
}

impl ScheduleRecord {
    /// The record of a schedule in a data folder. Nothing is read or written yet.
    pub fn of(data: &Path, schedule: &Path) -> Self {
        let whole = fs::canonicalize(schedule).or_else(|_| std::path::absolute(schedule));
        let schedule = whole
            .unwrap_or_else(|_| schedule.to_owned())
            .display()
            .to_string();
        let digest = hex(&Sha256::digest(schedule.as_bytes()));
        let short = digest.get(..32).unwrap_or(&digest);
        Self {
            path: data.join(FOLDER).join(format!("{short}.json")),
            schedule,
        }
    }

    /// What is known; None where nobody has followed the schedule yet.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is no such record.
    pub fn read(&self) -> Result<Option<SeenStarts>, AppError> {
        let failed = |error: &dyn std::fmt::Display| AppError::unreadable(&self.path, error);
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(|error| failed(&error))?,
        };
        let mut text = Vec::new();
        file.take(LARGEST)
            .read_to_end(&mut text)
            .map_err(|error| failed(&error))?;
        let written: Written = serde_json::from_slice(&text).map_err(|error| failed(&error))?;
        if written.format != FORMAT {
            return Err(failed(&format!("it is no `{FORMAT}`")));
        }
        Ok(Some(SeenStarts {
            cron: written.cron,
            until: written.until,
            missed: written.missed,
        }))
    }

    /// Keeps what is known, in the place of what was.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn keep(&self, seen: &SeenStarts) -> Result<(), AppError> {
        let written = Written {
            format: FORMAT.to_owned(),
            schedule: self.schedule.clone(),
            cron: seen.cron.clone(),
            until: seen.until,
            missed: seen.missed,
        };
        self.write(&written)
            .map_err(|error| AppError::unwritable(&self.path, &error))
    }

    fn write(&self, written: &Written) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            create_private_folder(folder)?;
        }
        let beside = self.path.with_extension(format!("{}.new", std::process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut text = serde_json::to_vec_pretty(written)?;
        text.push(b'\n');
        let written = options.open(&beside).and_then(|mut file| {
            file.write_all(&text)?;
            file.sync_all()
        });
        written
            .and_then(|()| fs::rename(&beside, &self.path))
            .inspect_err(|_| {
                let _ = fs::remove_file(&beside);
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::schedule_starts::WhyMissed;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn what_was_seen_is_read_back_and_each_schedule_has_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let record = ScheduleRecord::of(folder.path(), Path::new("one.yaml"));
        assert_eq!(record.read().unwrap(), None);
        let mut seen = SeenStarts {
            cron: "0 3 * * *".to_owned(),
            until: at("2026-11-27T03:00:07.5Z"),
            missed: None,
        };
        record.keep(&seen).unwrap();
        assert_eq!(record.read().unwrap().as_ref(), Some(&seen));
        seen.missed = Some(MissedStarts {
            count: 2,
            first: at("2026-11-25T03:00:00Z"),
            last: at("2026-11-26T03:00:00Z"),
            why: WhyMissed::Down,
        });
        record.keep(&seen).unwrap();
        assert_eq!(record.read().unwrap(), Some(seen));
        assert_eq!(
            ScheduleRecord::of(folder.path(), Path::new("two.yaml"))
                .read()
                .unwrap(),
            None
        );
        let files = fs::read_dir(folder.path().join(FOLDER)).unwrap().count();
        assert_eq!(files, 1, "nothing is left beside it");
    }

    #[test]
    fn a_record_of_the_first_version_is_read_and_what_is_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let record = ScheduleRecord::of(folder.path(), Path::new("one.yaml"));
        create_private_folder(record.path.parent().unwrap()).unwrap();
        let first = r#"{
  "format": "proofhouse.schedule-record/1",
  "schedule": "/etc/proofhouse/one.yaml",
  "cron": "0 3 * * *",
  "until": "2026-11-27T03:00:07Z",
  "missed": { "count": 1, "first": "2026-11-26T03:00:00Z", "last": "2026-11-26T03:00:00Z", "why": "busy" }
}"#;
        fs::write(&record.path, first).unwrap();
        let seen = record.read().unwrap().unwrap();
        assert_eq!(
            (seen.until, seen.missed.unwrap().why),
            (at("2026-11-27T03:00:07Z"), WhyMissed::Busy)
        );
        for wrong in ["", "{", "[]", &first.replace("record/1", "record/2")] {
            fs::write(&record.path, wrong).unwrap();
            assert!(record.read().is_err(), "{wrong}");
        }
    }
}
