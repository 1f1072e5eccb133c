//! The certificates that a registry shows: files in a folder, verified with the registry's trust file each time they are shown.
//!
//! The trust file is read again when it has changed. One that is wrong changes nothing: the keys and revocations that were read before
//! stay, and the operator is told.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::expected::expected;
use super::files::read_text;
use super::transparency::{check_log, proof_file};
use super::{AppError, Bundle, keys};
use crate::certificate::{self, LARGEST_ENVELOPE, Trust, Verification};
use crate::diagnostic::Source;
use crate::model::{CapabilityRef, hex};

/// The largest number of files that are read from the folder.
const MOST: usize = 1_000;
/// The number of digits of the digest that make the id of a certificate.
const ID: usize = 16;

/// A folder of certificates, and the trusted keys.
#[derive(Clone)]
pub struct Certificates {
    folder: PathBuf,
    trust_file: PathBuf,
    trust: Arc<Mutex<Loaded>>,
}

/// The trust that was read last.
#[derive(Debug)]
struct Loaded {
    trust: Arc<Trust>,
    /// The text of the file as it was seen last, right or wrong. None if it could not be read.
    seen: Option<String>,
    /// The mistake of the file of today, if the trust is of an earlier one.
    mistake: Option<String>,
}

/// A certificate with what verification found.
#[derive(Debug)]
pub struct ShownCertificate {
    /// The beginning of the SHA-256 of its file, in hex.
    pub id: String,
    /// The text of the file.
    pub text: String,
    /// The result of the verification.
    pub found: Verification,
}

impl Certificates {
    /// Opens a folder of certificates with a trust file.
    ///
    /// # Errors
    ///
    /// The folder cannot be read, or the trust file is wrong.
    pub fn open(folder: &Path, trust: &Path) -> Result<Self, AppError> {
        let text = read_text(trust, keys::LARGEST_TRUST)?;
        let certificates = Self {
            folder: folder.to_owned(),
            trust_file: trust.to_owned(),
            trust: Arc::new(Mutex::new(Loaded {
                trust: Arc::new(parsed(trust, &text)?),
                seen: Some(text),
                mistake: None,
            })),
        };
        certificates.files()?;
        Ok(certificates)
    }

    /// Reads the trust file again if it has changed. Returns a mistake of it that was not there before: the trust of the file before it
    /// stays.
    pub fn reread_trust(&self) -> Option<String> {
        let mut loaded = self.loaded();
        let read = match read_text(&self.trust_file, keys::LARGEST_TRUST) {
            Ok(text) if loaded.seen.as_ref() == Some(&text) => return None,
            Ok(text) => {
                let read = parsed(&self.trust_file, &text);
                loaded.seen = Some(text);
                read
            }
            Err(error) => {
                loaded.seen = None;
                Err(error)
            }
        };
        match read {
            Ok(trust) => {
                loaded.trust = Arc::new(trust);
                loaded.mistake = None;
                None
            }
            Err(error) => {
                let mistake = error
                    .problems()
                    .map_or_else(|| error.to_string(), |problems| problems.render(false));
                let is_new = loaded.mistake.as_ref() != Some(&mistake);
                loaded.mistake = Some(mistake.clone());
                is_new.then(|| {
                    format!("the trust file has changed and cannot be used, the one before it still holds: {mistake}")
                })
            }
        }
    }

    /// Returns true if the trust file of today cannot be used, so that certificates are verified with an earlier one.
    pub fn trust_is_outdated(&self) -> bool {
        self.loaded().mistake.is_some()
    }

    fn loaded(&self) -> MutexGuard<'_, Loaded> {
        self.trust.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every certificate, verified as of `now`. Files that cannot be read are skipped, because they may be half written.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub fn all(&self, bundle: &Bundle, now: DateTime<Utc>) -> Result<Vec<ShownCertificate>, AppError> {
        let registry = |capability: &CapabilityRef| expected(bundle, capability);
        let trust = Arc::clone(&self.loaded().trust);
        let texts = self.files()?.into_iter().filter_map(|path| {
            // One byte above the limit, so that the verification itself reports a certificate that is too large.
            let text = read_text(&path, LARGEST_ENVELOPE as u64 + 1).ok()?;
            Some((path, text))
        });
        Ok(texts
            .map(|(path, text)| {
                let mut found = certificate::verify(&text, &trust, &registry, now);
                check_log(&mut found, &trust, &text, &proof_file(&path));
                ShownCertificate {
                    id: hex(&Sha256::digest(&text))[..ID].to_owned(),
                    found,
                    text,
                }
            })
            .collect())
    }

    fn files(&self) -> Result<Vec<PathBuf>, AppError> {
        let entries =
            std::fs::read_dir(&self.folder).map_err(|error| AppError::unreadable(&self.folder, &error))?;
        let mut files: Vec<_> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
            .collect();
        files.sort();
        files.truncate(MOST);
        Ok(files)
    }
}

fn parsed(path: &Path, text: &str) -> Result<Trust, AppError> {
    Ok(Trust::read(&Source::new(path.display().to_string(), text))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REVOKED: &str = "revoked:\n  keys:\n    - id: 0c9f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7\n      reason: lost\n";

    #[test]
    fn a_trust_file_that_changes_is_read_again_and_a_broken_one_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("trust.yaml");
        let write =
            |more: &str| std::fs::write(&file, format!("format: proofhouse.trust/1\n{more}")).unwrap();
        write("");
        let certificates = Certificates::open(folder.path(), &file).unwrap();
        let other_handle = certificates.clone();
        let revoked = || other_handle.loaded().trust.revoked_keys.len();
        assert_eq!((certificates.reread_trust(), revoked()), (None, 0));
        write(REVOKED);
        assert_eq!((certificates.reread_trust(), revoked()), (None, 1));

        write("keys: none\n");
        let told = certificates.reread_trust().unwrap();
        assert!(
            told.contains("the one before it still holds") && told.contains("trust.yaml"),
            "{told}"
        );
        assert_eq!(
            (certificates.reread_trust(), revoked()),
            (None, 1),
            "told once, and the old one stays"
        );
        assert!(other_handle.trust_is_outdated());
        std::fs::remove_file(&file).unwrap();
        assert!(certificates.reread_trust().is_some());
        assert_eq!((certificates.reread_trust(), revoked()), (None, 1));

        write("");
        assert_eq!((certificates.reread_trust(), revoked()), (None, 0));
        assert!(!certificates.trust_is_outdated());
    }
}
