//! Reads files of users, up to a size limit.

use std::path::Path;
use std::sync::Arc;

use super::AppError;
use crate::diagnostic::Source;

/// Reads a file, named by its path. A file larger than `cap` bytes is refused before it is read.
pub(super) fn read_source(path: &Path, cap: u64) -> Result<Arc<Source>, AppError> {
    let size = std::fs::metadata(path)
        .map_err(|error| AppError::unreadable(path, &error))?
        .len();
    if size > cap {
        let reason = format!("it has {size} bytes, {cap} are read at most");
        return Err(AppError::unreadable(path, &reason));
    }
    let text = std::fs::read_to_string(path).map_err(|error| AppError::unreadable(path, &error))?;
    Ok(Source::new(path.display().to_string().replace('\\', "/"), text))
}

/// Reads the text of a file. A file larger than `cap` bytes is refused before it is read.
pub(super) fn read_text(path: &Path, cap: u64) -> Result<String, AppError> {
    Ok(read_source(path, cap)?.text().to_owned())
}
