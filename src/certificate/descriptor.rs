//! The descriptor of a provider: what a run knew of it, without its address in the clear.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::model::{Endpoint, ProviderId, hex};
use crate::summary::RunSummary;

/// The provider as a run knew it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Descriptor {
    /// The provider.
    pub(super) id: String,
    /// The salt of the addresses: the id of the run.
    #[serde(default)]
    pub(super) salt: String,
    /// The entries of the manifest.
    #[serde(default)]
    pub(super) entries: Vec<Entry>,
}

/// An entry of the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// The word for the binding.
    pub(super) transport: String,
    /// [`place_digest`] of the address.
    pub(super) place_sha256: String,
    /// SHA-256 of the dialect, in hex.
    #[serde(default)]
    pub(super) dialect: Option<String>,
    /// [`constants_digest`] of the constants of the dialect. None without constants, and in older descriptors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) constants_sha256: Option<String>,
    /// The claims, `domain.tool@version`.
    #[serde(default)]
    pub(super) claims: Vec<String>,
}

impl Descriptor {
    /// The entry that claims a capability.
    pub(super) fn entry(&self, capability: &str) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.claims.iter().any(|claim| claim == capability))
    }
}

/// The descriptor of a provider in a run, as JSON. The address is in it as a hash with the run's id as salt: a reader who knows the
/// address can check it, and nobody can read it.
pub(super) fn bytes(summary: &RunSummary, id: &ProviderId) -> Vec<u8> {
    let run = summary.header.run.as_str();
    let entries = summary.header.providers.iter().filter(|record| record.id == *id);
    let entries = entries.map(|record| Entry {
        transport: record.endpoint.transport().to_owned(),
        place_sha256: place_digest(run, &record.endpoint),
        dialect: record.dialect.as_ref().map(|dialect| dialect.digest.clone()),
        constants_sha256: record
            .dialect
            .as_ref()
            .and_then(|dialect| constants_digest(run, &dialect.constants)),
        claims: record
            .claims
            .iter()
            .map(|claim| format!("{}@{}", claim.capability, claim.version))
            .collect(),
    });
    let descriptor = Descriptor {
        id: id.to_string(),
        salt: run.to_owned(),
        entries: entries.collect(),
    };
    // Text only: this cannot fail.
    serde_json::to_vec(&descriptor).unwrap_or_default()
}

/// SHA-256 of a run's id and the constants of a dialect in the order of their names, each after a line feed, in hex: they may say which
/// tenant is asked. None without constants.
pub(super) fn constants_digest(run: &str, constants: &IndexMap<String, Value>) -> Option<String> {
    if constants.is_empty() {
        return None;
    }
    let mut lines: Vec<_> = constants
        .iter()
        .map(|(name, value)| format!("\n{name}={value}"))
        .collect();
    lines.sort();
    Some(hex(&Sha256::digest(format!("{run}{}", lines.concat()))))
}

/// SHA-256 of a run's id, a line feed and an address, in hex. The address of a command is the command and its arguments, a line each.
pub(super) fn place_digest(run: &str, endpoint: &Endpoint) -> String {
    let mut place = format!("{run}\n{}", endpoint.target());
    if let Endpoint::Stdio { args, .. } = endpoint {
        for argument in args {
            place.push('\n');
            place.push_str(argument);
        }
    }
    hex(&Sha256::digest(place))
}
