//! Copies the store, and checks that what it holds can be read.

use std::path::Path;

use super::{AppError, History};
use crate::model::RunId;
use crate::store;

/// The result of a check of the store.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct StoreCheck {
    /// The number of runs that were read.
    pub runs: usize,
    /// What is wrong with the database itself.
    pub database: Vec<String>,
    /// The runs that cannot be read or contradict themselves, with the reason.
    pub unreadable: Vec<(RunId, String)>,
}

impl StoreCheck {
    /// Returns true if nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.database.is_empty() && self.unreadable.is_empty()
    }
}

impl History {
    /// Writes a copy of the store to a new file, while others go on to use the store.
    ///
    /// # Errors
    ///
    /// The file exists or cannot be written, or the store cannot be read.
    pub fn back_up(&self, to: &Path) -> Result<(), AppError> {
        if to.exists() {
            return Err(AppError::unwritable(to, &"the file exists"));
        }
        Ok(self.store.back_up(to)?)
    }

    /// Checks the database, then reads every run from its first event to its last.
    ///
    /// # Errors
    ///
    /// The store cannot be read at all.
    pub fn check(&self) -> Result<StoreCheck, AppError> {
        let mut check = StoreCheck {
            database: self.store.check()?,
            ..StoreCheck::default()
        };
        for run in self.all_runs()? {
            check.runs += 1;
            if let Err(error) = store::load(self.store.as_ref(), &run.run) {
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
