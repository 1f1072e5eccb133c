//! The signatures of an envelope: the keys that made them, and the objections to each key.
//!
//! It follows DSSE: a signature that does not hold, or whose key is not known, counts for nothing and takes nothing away from another
//! one. It refuses to read names of keys as anything but hints.

use super::check::Found;
use super::envelope::Envelope;
use super::statement::{Assurance, Extension};
use super::trust::{Role, Trust, TrustedKey};

/// The signatures of an envelope that hold by a trusted key.
#[derive(Debug)]
pub(super) struct Signers<'t> {
    /// Each signature that holds, with the entries of the trust file for its key: a key may be trusted twice, for different times.
    signatures: Vec<Vec<&'t TrustedKey>>,
    /// The names of the keys that are said to have signed, and did not.
    broken: Vec<&'t str>,
    /// The number of signatures by keys that are not trusted.
    strangers: usize,
}

/// The keys that count for a certificate, or the first objections.
#[derive(Debug)]
pub(super) struct Accepted<'t> {
    /// The keys that may sign it. Empty if there is an objection to each.
    pub(super) keys: Vec<&'t TrustedKey>,
    /// The finding on what the keys may certify.
    pub(super) key: Found,
    /// The finding on revocation.
    pub(super) revocation: Found,
}

impl<'t> Signers<'t> {
    /// The signatures of an envelope that hold.
    pub(super) fn of(envelope: &Envelope, trust: &'t Trust) -> Self {
        let bytes = envelope.signed_bytes();
        let mut signers = Self {
            signatures: Vec::new(),
            broken: Vec::new(),
            strangers: 0,
        };
        for signature in &envelope.signatures {
            let made = |trusted: &&TrustedKey| {
                let sig = signature.sig.as_ref();
                sig.is_some_and(|sig| trusted.key.verifies(&bytes, sig))
            };
            // The name of the key is a hint only: every key is tried.
            let entries: Vec<_> = trust.keys.iter().filter(made).collect();
            let said = trust
                .keys
                .iter()
                .find(|trusted| trusted.key.id() == signature.keyid);
            match (entries.is_empty(), said) {
                (false, _) => signers.signatures.push(entries),
                (true, Some(said)) => signers.broken.push(&said.name),
                (true, None) => signers.strangers = signers.strangers.saturating_add(1),
            }
        }
        signers
    }

    /// Returns true if no signature holds.
    pub(super) fn is_empty(&self) -> bool {
        self.signatures.is_empty()
    }

    /// Returns true if every signature is of keys that the trust file does not name, and none is said to be of one that it does.
    pub(super) fn are_unknown(&self) -> bool {
        self.signatures.is_empty() && self.broken.is_empty()
    }

    /// The finding on the signatures.
    pub(super) fn found(&self) -> Found {
        let first = self.signatures.iter().filter_map(|entries| entries.first());
        let mut parts: Vec<String> = Vec::new();
        let names: Vec<_> = first.map(|entry| entry.name.as_str()).collect();
        if !names.is_empty() {
            parts.push(format!("by {}", names.join(", ")));
        }
        if self.strangers > 0 {
            parts.push(format!("{} by keys that are not trusted", self.strangers));
        }
        for name in &self.broken {
            parts.push(format!(
                "one that is said to be of `{name}` does not hold and counts for nothing"
            ));
        }
        if names.is_empty() {
            return Err(match self.broken.first() {
                Some(name) => {
                    format!("a signature that is said to be of `{name}` does not hold, and there is no other")
                }
                None => "no key of the trust file signed it".to_owned(),
            });
        }
        Ok(parts.join("; "))
    }

    /// The keys that may sign this certificate.
    pub(super) fn accepted(&self, trust: &Trust, about: &Extension) -> Accepted<'t> {
        if about.assurance == Assurance::SelfAttested
            && let Some(registry) = self.registry_alone()
        {
            return Accepted {
                keys: Vec::new(),
                key: Err(format!(
                    "`{registry}` is a registry's key and signed the provider's own statement: such a second signature vouches for \
                     nothing that the registry saw; a registry countersigns with a statement about its own run"
                )),
                revocation: self.revocation(trust, about),
            };
        }
        let entries = || self.signatures.iter().flatten().copied();
        let keys: Vec<_> = entries()
            .filter(|entry| may_sign(entry, about).is_ok() && trust.revocation(entry).is_none())
            .collect();
        let first = keys.first().copied().or_else(|| {
            let registry = |entry: &&TrustedKey| entry.role == Role::Registry;
            let of_its_role =
                entries().find(|entry| registry(entry) == (about.assurance == Assurance::RegistryRun));
            of_its_role.or_else(|| entries().next())
        });
        Accepted {
            key: first.map_or_else(
                || Err("no key signed it".to_owned()),
                |entry| may_sign(entry, about),
            ),
            revocation: match first.and_then(|entry| trust.revocation(entry)) {
                Some(wrong) => Err(wrong),
                None => revoked_run(trust, about),
            },
            keys,
        }
    }

    fn revocation(&self, trust: &Trust, about: &Extension) -> Found {
        let mut entries = self.signatures.iter().flatten();
        match entries.find_map(|entry| trust.revocation(entry)) {
            Some(wrong) => Err(wrong),
            None => revoked_run(trust, about),
        }
    }

    /// The name of a key that signed and is trusted as a registry's only.
    fn registry_alone(&self) -> Option<&'t str> {
        let alone = |entries: &&Vec<&TrustedKey>| entries.iter().all(|entry| entry.role == Role::Registry);
        let entries = self.signatures.iter().find(alone)?;
        entries.first().map(|entry| entry.name.as_str())
    }
}

/// The objection to a key that signs this certificate, if there is one.
fn may_sign(key: &TrustedKey, about: &Extension) -> Found {
    match (about.assurance, key.role) {
        (Assurance::RegistryRun, Role::Provider) => {
            return Err("it says that a registry ran the tests, and no registry signed it".to_owned());
        }
        (Assurance::SelfAttested, Role::Registry) => {
            return Err(format!(
                "`{}` is a registry's key, and this is the provider's own statement",
                key.name
            ));
        }
        _ => {}
    }
    if !key.providers.takes(&about.provider) {
        return Err(format!("`{}` may not speak of {}", key.name, about.provider));
    }
    key.covers(about.issued_on, about.not_after)?;
    Ok(match about.assurance {
        Assurance::RegistryRun => "a registry vouches for it".to_owned(),
        Assurance::SelfAttested => "the provider's own word".to_owned(),
    })
}

fn revoked_run(trust: &Trust, about: &Extension) -> Found {
    let mut runs = trust.revoked_runs.iter();
    match runs.find(|revoked| revoked.id == about.run) {
        Some(revoked) => Err(format!("run {} was revoked: {}", revoked.id, revoked.reason)),
        None => Ok("neither the run nor a key was".to_owned()),
    }
}
