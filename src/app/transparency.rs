//! The use cases of the transparency log: it is kept in the data folder, beside the store.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::expected::expected;
use super::files::read_text;
use super::keys::{private_key, read_trust};
use super::{AppError, Bundle};
use crate::certificate::{self, Assurance, Check, Extension, LARGEST_ENVELOPE, LogKey, Trust, Verification};
use crate::model::{CapabilityRef, hex};
use crate::transparency::{Certified, Checkpoint, Entry, EntryKind, Log, LogProof, PROOF_SUFFIX, Revoked};

/// The name of the folder of the log in the data folder.
const FOLDER: &str = "log";

/// The largest proof or checkpoint that is read, in bytes.
pub(super) const LARGEST_PROOF: u64 = 256 * 1024;

/// Makes the log of a data folder.
///
/// # Errors
///
/// There is one, the key cannot be used, or the folder cannot be written.
pub fn new_log(data: &Path, name: &str, key: &Path) -> Result<LogKey, AppError> {
    let key = private_key(key)?;
    crate::store::create_private_folder(data).map_err(|error| AppError::unwritable(data, &error))?;
    Ok(Log::create(&data.join(FOLDER), name, &key)?.key().clone())
}

/// Opens the log of a data folder. None if there is none.
///
/// # Errors
///
/// The key of the log cannot be read.
pub fn open_log(data: &Path) -> Result<Option<Log>, AppError> {
    Ok(Log::open(&data.join(FOLDER))?)
}

/// The log of a data folder.
fn the_log(data: &Path) -> Result<Log, AppError> {
    open_log(data)?.ok_or_else(|| AppError::NoLog(data.to_owned()))
}

/// The file of the proof of a certificate, beside it.
pub fn proof_file(certificate: &Path) -> PathBuf {
    let mut name = certificate.as_os_str().to_owned();
    name.push(PROOF_SUFFIX);
    PathBuf::from(name)
}

/// Verifies a certificate and adds it to the log.
///
/// # Errors
///
/// A file cannot be read or written, the key is not the log's, or the log was rewritten. The certificate does not hold: then the
/// verification is returned instead of a proof.
pub fn log_certificate(
    bundle: &Bundle,
    data: &Path,
    file: &Path,
    trust: &Path,
    key: &Path,
    now: DateTime<Utc>,
) -> Result<Result<LogProof, Box<Verification>>, AppError> {
    let mut trust = read_trust(trust)?;
    // It is not in the log yet.
    trust.logs.clear();
    let text = read_text(file, LARGEST_ENVELOPE as u64)?;
    let registry = |capability: &CapabilityRef| expected(bundle, capability);
    let found = certificate::verify(&text, &trust, &registry, now);
    match &found.about {
        Some(about) if found.holds() => Ok(Ok(log_text(data, &text, about, key, now)?)),
        _ => Ok(Err(Box::new(found))),
    }
}

/// Adds a certificate that was verified, or just made, to the log.
pub(super) fn log_text(
    data: &Path,
    text: &str,
    about: &Extension,
    key: &Path,
    now: DateTime<Utc>,
) -> Result<LogProof, AppError> {
    let certified = Certified {
        sha256: hex(&Sha256::digest(text)),
        provider: about.provider.clone(),
        capability: about.capability.clone(),
        run: about.run.clone(),
        not_after: about.not_after,
    };
    let digest = certified.sha256.clone();
    let kind = match about.assurance {
        Assurance::SelfAttested => EntryKind::Certificate(certified),
        Assurance::RegistryRun => EntryKind::Countersignature(certified),
    };
    let is_same = |entry: &Entry| entry.certified().is_some_and(|one| one.sha256 == digest);
    Ok(the_log(data)?.add(&Entry::new(kind, now), &is_same, &private_key(key)?)?)
}

/// Adds a revocation to the log. The ids are those that a trust file takes.
///
/// # Errors
///
/// The id is of neither form, the key is not the log's, or the log cannot be written.
pub fn log_revocation(
    data: &Path,
    revoked: RevokedId<'_>,
    reason: &str,
    key: &Path,
    now: DateTime<Utc>,
) -> Result<LogProof, AppError> {
    let (key_id, run) = match revoked {
        RevokedId::Key(id) => (Some(certificate::key_id(id)), None),
        RevokedId::Run(id) => (None, Some(certificate::run_id(id))),
    };
    let normal = |id: Option<Option<String>>| match id {
        Some(None) => Err(AppError::RevokedId),
        Some(found) => Ok(found),
        None => Ok(None),
    };
    let revoked = Revoked {
        key: normal(key_id)?,
        run: normal(run)?,
        reason: reason.to_owned(),
    };
    let same = EntryKind::Revocation(revoked.clone());
    let entry = Entry::new(EntryKind::Revocation(revoked), now);
    Ok(the_log(data)?.add(&entry, &|one| one.kind == same, &private_key(key)?)?)
}

/// The id of what is revoked.
#[derive(Debug, Clone, Copy)]
pub enum RevokedId<'a> {
    /// A key.
    Key(&'a str),
    /// A run.
    Run(&'a str),
}

/// The latest signed checkpoint of the log.
///
/// # Errors
///
/// There is no log, or it cannot be read.
pub fn log_checkpoint(data: &Path) -> Result<String, AppError> {
    Ok(the_log(data)?.checkpoint()?)
}

/// Checks that the entries of the log have the root that it signed, and that nothing was rewritten since an earlier checkpoint.
///
/// # Errors
///
/// There is no log, a file cannot be read, or the log was rewritten or cut.
pub fn verify_log(data: &Path, from: Option<&Path>) -> Result<Checkpoint, AppError> {
    let from = from.map(|path| read_text(path, LARGEST_PROOF)).transpose()?;
    Ok(the_log(data)?.verify(from.as_deref())?)
}

/// Checks that a certificate is in one of the logs that the trust file names, by the proof beside it, and adds the check. A trust file
/// without logs asks for none.
pub(super) fn check_log(found: &mut Verification, trust: &Trust, text: &str, proof: &Path) {
    if !trust.logs.is_empty() {
        found.add(Check::Log, in_log(trust, text, proof));
    }
}

fn in_log(trust: &Trust, text: &str, proof: &Path) -> Result<String, String> {
    let file = read_text(proof, LARGEST_PROOF)
        .map_err(|error| format!("no proof of a log is beside it: {error}"))?;
    let proof = LogProof::read(&file).map_err(|error| error.to_string())?;
    let (entry, checkpoint) = proof.verify(&trust.logs).map_err(|error| error.to_string())?;
    match entry.certified() {
        Some(certified) if certified.sha256 == hex(&Sha256::digest(text)) => Ok(format!(
            "entry {} of {} in {}",
            proof.index, checkpoint.size, checkpoint.origin
        )),
        _ => Err("the proof is of another entry".to_owned()),
    }
}
