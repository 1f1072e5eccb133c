//! Reads files of users, up to a size limit.

use std::path::Path;
use std::sync::Arc;

use super::AppError;
use crate::diagnostic::Source;
use crate::transport::trust_also;

/// Reads a file, named by its path. A file larger than `cap` bytes is refused before it is read.
pub(super) fn read_source(path: &Path, cap: u64) -> Result<Arc<Source>, AppError> {
    let size = std::fs::metadata(path)
        .map_err(|error| AppError::unreadable(path, &error))?
        .len();
    if size > cap {
        let reason = format!("it has {size} bytes, {cap} are read at most");
        return Err(AppError::unreadable(path, &reason));
    }
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => AppError::unreadable(path, &"it is no text in UTF-8"),
        _ => AppError::unreadable(path, &error),
    })?;
    Ok(Source::new(path.display().to_string().replace('\\', "/"), text))
}

/// The largest file of authorities: several times that of a whole machine.
const LARGEST_AUTHORITIES: u64 = 4 * 1024 * 1024;

/// Trusts the authorities of a file too, for every connection of this process.
///
/// # Errors
///
/// The file cannot be read, or holds no certificate.
pub fn trust_authorities(file: &Path) -> Result<(), AppError> {
    let text = read_text(file, LARGEST_AUTHORITIES)?;
    trust_also(text.as_bytes())
        .map(drop)
        .map_err(|wrong| AppError::unreadable(file, &wrong))
}

/// Reads the text of a file. A file larger than `cap` bytes is refused before it is read.
pub(super) fn read_text(path: &Path, cap: u64) -> Result<String, AppError> {
    Ok(read_source(path, cap)?.text().to_owned())
}
