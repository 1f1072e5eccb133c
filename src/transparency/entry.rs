//! The entries of a log: lines of JSON.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The version of the entries that are written.
const VERSION: u32 = 1;

/// An entry of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    version: u32,
    /// The time at which it was added, by the registry's clock.
    pub at: DateTime<Utc>,
    /// The content.
    #[serde(flatten)]
    pub kind: EntryKind,
}

/// The content of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EntryKind {
    /// A certificate of a provider.
    Certificate(Certified),
    /// A statement of a registry about its own run, with or without the certificate of the provider that it countersigns.
    Countersignature(Certified),
    /// A key or a run that is revoked.
    Revocation(Revoked),
}

/// A certificate, by its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certified {
    /// SHA-256 of its file, in hex.
    pub sha256: String,
    /// The provider.
    pub provider: String,
    /// The capability at its version.
    pub capability: String,
    /// The run.
    pub run: String,
    /// The time at which it expires.
    pub not_after: DateTime<Utc>,
}

/// A revocation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// The id of the key, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The id of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The reason.
    pub reason: String,
}

impl Entry {
    /// An entry that is added now.
    pub fn new(kind: EntryKind, at: DateTime<Utc>) -> Self {
        Self {
            version: VERSION,
            at,
            kind,
        }
    }

    /// The bytes of the entry, one line without its end.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Text and times only: this cannot fail.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads an entry. None for one of a later version or of another form.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let entry: Self = serde_json::from_slice(bytes).ok()?;
        (entry.version <= VERSION).then_some(entry)
    }

    /// The certificate that it is about. None for a revocation.
    pub fn certified(&self) -> Option<&Certified> {
        match &self.kind {
            EntryKind::Certificate(certified) | EntryKind::Countersignature(certified) => Some(certified),
            EntryKind::Revocation(_) => None,
        }
    }
}
