//! Key files: readable by their owner alone, never overwritten, and never printed.

use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Months, NaiveDate, Utc};

use super::AppError;
use super::files::{read_source, read_text};
use crate::certificate::{self, PrivateKey, PublicKey, Trust};
use crate::diagnostic::Source;

/// The largest key file that is read, in bytes.
const LARGEST_KEY: u64 = 16 * 1024;
/// The largest trust file that is read, in bytes.
pub(super) const LARGEST_TRUST: u64 = 4 * 1024 * 1024;

/// Makes a key: the private key in `path`, readable by its owner alone, the public key beside it with the suffix `.pub`.
///
/// # Errors
///
/// One of the files exists or cannot be written, or the system has no random bytes.
pub fn new_key(path: &Path) -> Result<(PublicKey, PathBuf), AppError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| AppError::unwritable(path, &error))?;
    let key = PrivateKey::from_seed(&seed);
    let mut beside = path.as_os_str().to_owned();
    beside.push(".pub");
    let beside = PathBuf::from(beside);
    if beside.exists() {
        return Err(AppError::unwritable(&beside, &"it is there already"));
    }
    write_new(path, &key.to_pem(), true)?;
    write_new(&beside, &key.public().to_pem(), false)?;
    Ok((key.public(), beside))
}

/// Reads a private key.
///
/// # Errors
///
/// The file cannot be read, holds no Ed25519 key, or may be read by others than its owner.
pub fn private_key(path: &Path) -> Result<PrivateKey, AppError> {
    let text = read_text(path, LARGEST_KEY)?;
    if let Some(mode) = open_to_others(path) {
        let reason = format!("its mode is {mode:o}, so others may read it: `chmod 600` keeps it yours");
        return Err(AppError::unreadable(path, &reason));
    }
    PrivateKey::from_pem(&text).map_err(|error| AppError::unreadable(path, &error))
}

/// Reads a public key, from its own file or from the file of the private key.
///
/// # Errors
///
/// The file cannot be read, or holds no key.
pub fn public_key(path: &Path) -> Result<PublicKey, AppError> {
    let text = read_text(path, LARGEST_KEY)?;
    match PublicKey::from_pem(&text) {
        Ok(key) => Ok(key),
        Err(error) => match private_key(path) {
            Ok(key) => Ok(key.public()),
            Err(_) if !text.contains("PRIVATE") => Err(AppError::unreadable(path, &error)),
            Err(error) => Err(error),
        },
    }
}

/// Reads a trust file.
pub(super) fn read_trust(path: &Path) -> Result<Trust, AppError> {
    Ok(Trust::read(&read_source(path, LARGEST_TRUST)?)?)
}

/// The text of a trust file that trusts the key in a file for a year from `now`. The text is checked by reading it back.
///
/// # Errors
///
/// The file holds no key, or one of the globs is invalid.
pub fn trust_file(
    path: &Path,
    name: &str,
    providers: &[String],
    now: DateTime<Utc>,
) -> Result<String, AppError> {
    let today = now.date_naive();
    let until = today
        .checked_add_months(Months::new(12))
        .unwrap_or(NaiveDate::MAX);
    let text = certificate::trust_file(name, &public_key(path)?, providers, today, until);
    Trust::read(&Source::new("the trust file", text.as_str()))?;
    Ok(text)
}

fn write_new(path: &Path, text: &str, secret: bool) -> Result<(), AppError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if secret { 0o600 } else { 0o644 });
    let written = options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => AppError::unwritable(path, &"it is there already"),
        _ => AppError::unwritable(path, &error),
    })
}

/// The mode of a file, if others than its owner may read it.
#[cfg(unix)]
fn open_to_others(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Other systems have no mode.
#[cfg(not(unix))]
fn open_to_others(_: &Path) -> Option<u32> {
    None
}
