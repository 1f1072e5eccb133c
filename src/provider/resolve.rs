//! Looks up the claims of a manifest in the registry.

use std::collections::HashMap;
use std::sync::Arc;

use super::{ClaimSpec, Manifest, ManifestEntry, Provider};
use crate::diagnostic::{Problem, Problems, Span};
use crate::dialect::Dialect;
use crate::model::{CapabilityId, CapabilityRef, ProviderId, Version};

/// A capability, or a version of one, that the registry does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The capability that may have been meant.
    pub suggestion: Option<String>,
}

/// Finds a capability at a version, at the first published one without.
pub type Lookup<'a> = dyn Fn(&CapabilityId, Option<&Version>) -> Result<CapabilityRef, Unknown> + 'a;

/// An entry with its claims looked up.
#[derive(Debug, Clone)]
pub struct Claims<'a> {
    /// The entry.
    pub entry: &'a ManifestEntry,
    /// Its capabilities at their versions; `None` where its own listing says what it offers.
    pub capabilities: Option<Vec<CapabilityRef>>,
}

impl Claims<'_> {
    /// The provider that the entry declares, with the dialect that it names.
    pub fn declare(self, dialect: Option<Arc<Dialect>>) -> Provider {
        let entry = self.entry;
        let given = entry.fixtures.iter();
        Provider::new(entry.id.clone(), entry.endpoint.clone())
            .with_name(entry.name.clone())
            .with_about(entry.about.clone())
            .with_auth(entry.auth.clone())
            .with_claims(self.capabilities)
            .with_max_per_second(entry.max_per_second)
            .with_client(entry.client)
            .with_time_limit(entry.provider_timeout)
            .with_given(
                given
                    .map(|(key, given)| (key.clone(), given.value.clone()))
                    .collect(),
            )
            .with_dialect(dialect)
    }
}

impl Manifest {
    /// Looks up the claims of every entry.
    ///
    /// # Errors
    ///
    /// Every claim that `resolve` does not know, and every one that two entries of a provider make.
    pub fn resolve(&self, resolve: &Lookup<'_>) -> Result<Vec<Claims<'_>>, Problems> {
        let mut problems = Problems::new();
        let mut first: HashMap<(&ProviderId, CapabilityRef), &Span> = HashMap::new();
        let mut found = Vec::with_capacity(self.entries.len());
        for entry in &self.entries {
            let mut known = Vec::new();
            for claim in entry.capabilities.iter().flatten() {
                let at = match resolve(&claim.id, claim.version.as_ref()) {
                    Ok(at) => at,
                    Err(unknown) => {
                        problems.push(self.unknown(claim, &unknown));
                        continue;
                    }
                };
                let other = first.insert((&entry.id, at.clone()), &claim.span);
                if let Some(other) = other {
                    let line = self.source.place(other.start).line;
                    let message = format!("`{}` with `{at}` stands twice, first in line {line}", entry.id);
                    problems.push(Problem::at(&self.source, claim.span.clone(), message));
                }
                known.push(at);
            }
            found.push(Claims {
                entry,
                capabilities: entry.capabilities.is_some().then_some(known),
            });
        }
        problems.or(found)
    }

    fn unknown(&self, claim: &ClaimSpec, unknown: &Unknown) -> Problem {
        Problem::at(
            &self.source,
            claim.span.clone(),
            format!("`{claim}` is not in the registry"),
        )
        .did_you_mean(unknown.suggestion.as_deref())
    }
}
