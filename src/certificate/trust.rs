//! Trusted keys with the providers and the time for which they are trusted, and revoked keys and runs.

use chrono::{DateTime, Utc};

use super::keys::PublicKey;
use super::log_key::LogKey;
use crate::model::ProviderId;
use crate::plan::NameFilter;

/// The role of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A provider, which certifies its own runs.
    Provider,
    /// A registry, which ran the tests itself.
    Registry,
}

/// A trusted key.
#[derive(Debug)]
pub struct TrustedKey {
    /// Its name for people.
    pub name: String,
    /// The key.
    pub key: PublicKey,
    /// Its role.
    pub role: Role,
    /// The providers that it may certify.
    pub providers: NameFilter,
    /// The start of the time in which it is trusted.
    pub from: DateTime<Utc>,
    /// The end of the time in which it is trusted. The moment itself is not included.
    pub until: DateTime<Utc>,
}

/// A revoked key or run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    /// The id of a key or of a run.
    pub id: String,
    /// The reason.
    pub reason: String,
}

/// The content of a trust file.
#[derive(Debug)]
pub struct Trust {
    /// The keys.
    pub keys: Vec<TrustedKey>,
    /// The revoked keys.
    pub revoked_keys: Vec<Revoked>,
    /// The revoked runs: their certificates are void.
    pub revoked_runs: Vec<Revoked>,
    /// The transparency logs of which one must hold a certificate. None asks for no log.
    pub logs: Vec<LogKey>,
}

impl Trust {
    /// The reason why a key is revoked, in words. None if it is not.
    pub(super) fn revocation(&self, key: &TrustedKey) -> Option<String> {
        let id = key.key.id();
        let revoked = self.revoked_keys.iter().find(|revoked| revoked.id == id)?;
        Some(format!("the key `{}` was revoked: {}", key.name, revoked.reason))
    }

    /// The role in which a key may sign a certificate of a provider now. None for a key that the file does not name.
    ///
    /// # Errors
    ///
    /// The objection to the key: it is revoked, may not speak of the provider, or is not trusted for that time.
    pub fn role(
        &self,
        key: &PublicKey,
        provider: &ProviderId,
        issued_on: DateTime<Utc>,
        not_after: DateTime<Utc>,
    ) -> Result<Option<Role>, String> {
        let mut objection = None;
        let mut roles = Vec::new();
        for entry in self.keys.iter().filter(|entry| entry.key == *key) {
            let speaks = entry.providers.takes(provider.as_str());
            match (self.revocation(entry), entry.covers(issued_on, not_after)) {
                (Some(revoked), _) => objection = Some(revoked),
                (None, _) if !speaks => {
                    objection = Some(format!("`{}` may not speak of {provider}", entry.name));
                }
                (None, Err(outside)) => objection = Some(outside),
                (None, Ok(())) => roles.push(entry.role),
            }
        }
        // A key that is both signs as the registry: that says more.
        let role = roles.iter().copied().find(|role| *role == Role::Registry);
        match (role.or(roles.first().copied()), objection) {
            (None, Some(objection)) => Err(objection),
            (role, _) => Ok(role),
        }
    }
}

impl TrustedKey {
    /// Checks that a certificate is written, and ends, within the time in which the key is trusted.
    ///
    /// # Errors
    ///
    /// The objection in words.
    pub(super) fn covers(&self, issued_on: DateTime<Utc>, not_after: DateTime<Utc>) -> Result<(), String> {
        let trusted = format!(
            "`{}` is trusted from {} to {}",
            self.name,
            self.from.date_naive(),
            self.until.date_naive()
        );
        if issued_on < self.from || issued_on >= self.until {
            return Err(format!(
                "{trusted}, and it was written on {}",
                issued_on.date_naive()
            ));
        }
        if not_after > self.until {
            return Err(format!(
                "{trusted}, and it would hold until {}",
                not_after.to_rfc3339()
            ));
        }
        Ok(())
    }
}
