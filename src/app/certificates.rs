//! The certificates that a registry shows: files in a folder, verified with the registry's trust file each time they are shown.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::files::{read_source, read_text};
use super::{AppError, Bundle, certify};
use crate::certificate::{self, LARGEST_ENVELOPE, Trust, Verification};
use crate::model::{CapabilityRef, hex};

/// The largest number of files that are read from the folder.
const MOST: usize = 1_000;
/// The number of digits of the digest that make the id of a certificate.
const ID: usize = 16;

/// A folder of certificates, and the trusted keys.
#[derive(Clone)]
pub struct Certificates {
    folder: PathBuf,
    trust: Arc<Trust>,
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
        let certificates = Self {
            folder: folder.to_owned(),
            trust: Arc::new(Trust::read(&read_source(trust, certify::LARGEST_TRUST)?)?),
        };
        certificates.files()?;
        Ok(certificates)
    }

    /// Every certificate, verified as of `now`. Files that cannot be read are skipped, because they may be half written.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub fn all(&self, bundle: &Bundle, now: DateTime<Utc>) -> Result<Vec<ShownCertificate>, AppError> {
        let registry = |capability: &CapabilityRef| certify::expected(bundle, capability);
        let texts = self.files()?.into_iter().filter_map(|path| {
            // One byte above the limit, so that the verification itself reports a certificate that is too large.
            read_text(&path, LARGEST_ENVELOPE as u64 + 1).ok()
        });
        Ok(texts
            .map(|text| ShownCertificate {
                id: hex(&Sha256::digest(&text))[..ID].to_owned(),
                found: certificate::verify(&text, &self.trust, &registry, now),
                text,
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
