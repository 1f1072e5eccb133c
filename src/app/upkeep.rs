//! Copies the store, and checks that what it holds can be read.

use std::path::{Path, PathBuf};

use super::transparency::open_log;
use super::{AppError, History};
use crate::model::RunId;
use crate::store::{self, Wait};

/// The result of a check of the store.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct StoreCheck {
    /// The number of runs that were read.
    pub runs: usize,
    /// What is wrong with the database itself.
    pub database: Vec<String>,
    /// The runs that cannot be read or contradict themselves, with the reason.
    pub unreadable: Vec<(RunId, String)>,
    /// What is wrong with the transparency log.
    pub log: Option<String>,
}

/// The name that the copy of the log has after that of the copy of the store.
const LOG_SUFFIX: &str = ".tlog";

impl StoreCheck {
    /// Returns true if nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.database.is_empty() && self.unreadable.is_empty() && self.log.is_none()
    }
}

impl History {
    /// Writes a copy of the store to a new file, while others go on to use the store. Where the data folder has a transparency log, it is
    /// copied to a new folder beside the file, whose path is returned.
    ///
    /// # Errors
    ///
    /// The file or the folder exists or cannot be written, or the store or the log cannot be read.
    pub fn back_up(&self, data: &Path, to: &Path) -> Result<Option<PathBuf>, AppError> {
        if to.exists() {
            return Err(AppError::unwritable(to, &"the file exists"));
        }
        let log = open_log(data)?;
        let mut beside = to.as_os_str().to_owned();
        beside.push(LOG_SUFFIX);
        let folder = PathBuf::from(beside);
        if log.is_some() && folder.exists() {
            return Err(AppError::unwritable(&folder, &"the folder exists"));
        }
        self.store.back_up(to).wait()?;
        let Some(log) = log else { return Ok(None) };
        store::create_private_folder(&folder).map_err(|error| AppError::unwritable(&folder, &error))?;
        if let Err(error) = log.back_up(&folder) {
            // Half a copy must not be taken for one.
            let _ = std::fs::remove_dir_all(&folder);
            return Err(error.into());
        }
        Ok(Some(folder))
    }

    /// Checks the database, then reads every run from its first event to its last, and checks the transparency log of the data folder.
    ///
    /// # Errors
    ///
    /// The store cannot be read at all.
    pub fn check(&self, data: &Path) -> Result<StoreCheck, AppError> {
        let mut check = StoreCheck {
            database: self.store.check().wait()?,
            log: log_mistake(data),
            ..StoreCheck::default()
        };
        for run in self.all_runs()? {
            check.runs += 1;
            if let Err(error) = store::load(self.store.as_ref(), &run.run).wait() {
                let mut reason = error.kind.to_string();
                let mut cause = std::error::Error::source(&error);
                while let Some(deeper) = cause {
                    reason = format!("{reason}: {deeper}");
                    cause = deeper.source();
                }
                check.unreadable.push((run.run, reason));
            }
        }
        Ok(check)
    }
}

fn log_mistake(data: &Path) -> Option<String> {
    let log = match open_log(data) {
        Ok(log) => log?,
        Err(error) => return Some(error.to_string()),
    };
    log.verify(None).err().map(|error| error.to_string())
}
