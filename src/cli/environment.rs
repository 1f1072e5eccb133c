//! The environment of the process: variables and the data folder.

use std::path::PathBuf;
use std::sync::OnceLock;

use crate::app::{self, AppError, DATA_VARIABLE, History, StorePlace};

/// The address of the store that `--store`, its variable or the file of defaults gives.
static GIVEN: OnceLock<String> = OnceLock::new();

/// The value of an environment variable. None if it is not set or not Unicode.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The data folder, in which runs are stored.
pub(super) fn data_folder() -> PathBuf {
    app::data_folder(std::env::var_os(DATA_VARIABLE))
}

/// Notes the address of the store that the command line gives, or the defaults that are added to it.
pub(super) fn use_store(address: &str) {
    // The command line is read once.
    let _ = GIVEN.set(address.to_owned());
}

/// The place of the store: the address that is given, or else the data folder.
///
/// # Errors
///
/// The address is none.
pub(super) fn store_place() -> Result<StorePlace, AppError> {
    match GIVEN.get().filter(|address| !address.is_empty()) {
        Some(address) => Ok(StorePlace::of_address(address)?),
        None => Ok(StorePlace::Folder(data_folder())),
    }
}

/// Opens the store, and makes it if there is none.
///
/// # Errors
///
/// The store cannot be used.
pub(super) fn open_runs() -> Result<History, AppError> {
    History::open_at(&store_place()?)
}

/// Opens the store if there is one.
///
/// # Errors
///
/// The store cannot be used.
pub(super) fn existing_runs() -> Result<Option<History>, AppError> {
    History::open_existing(&store_place()?)
}

/// Opens the store, which must be there.
///
/// # Errors
///
/// There is no store, or it cannot be used.
pub(super) fn stored_runs() -> Result<History, AppError> {
    History::open_required(&store_place()?)
}
