//! The environment of the process: variables and the data folder.

use std::path::PathBuf;

use crate::app::{self, AppError, DATA_VARIABLE, History};

/// The value of an environment variable. None if it is not set or not Unicode.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The data folder, in which runs are stored.
pub(super) fn data_folder() -> PathBuf {
    app::data_folder(std::env::var_os(DATA_VARIABLE))
}

/// Opens the store of the data folder.
///
/// # Errors
///
/// No runs are stored in the folder, or the database cannot be used.
pub(super) fn stored_runs() -> Result<History, AppError> {
    History::open_required(&data_folder())
}
