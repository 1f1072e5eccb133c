//! The data folder, in which runs are stored.

use std::path::PathBuf;

/// The environment variable that names the folder.
pub const DATA_VARIABLE: &str = "PROOFHOUSE_DATA";

/// The data folder: the value of the variable, or `.proofhouse` in the current folder.
pub fn data_folder(variable: Option<std::ffi::OsString>) -> PathBuf {
    variable
        .filter(|value| !value.is_empty())
        .map_or_else(|| PathBuf::from(".proofhouse"), PathBuf::from)
}
