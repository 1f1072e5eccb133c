//! All contracts of a folder, or of the copy that the binary carries, by id and version.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::contract::Capability;
use super::edition::PublishedEdition;
use super::lock::{self, Sealed};
use crate::diagnostic::near_miss;
use crate::model::{CapabilityId, CapabilityRef, Version};

/// Every contract, by id and version.
#[derive(Debug, Default)]
pub struct Registry {
    capabilities: BTreeMap<CapabilityRef, Arc<Capability>>,
    /// The editions of each contract, oldest first.
    editions: BTreeMap<CapabilityRef, Vec<PublishedEdition>>,
    added: Vec<Sealed>,
    /// What people say, and the words of contracts for it.
    synonyms: Vec<(String, Vec<String>)>,
}

impl Registry {
    /// Adds a contract that was read.
    pub(super) fn insert(&mut self, capability: Capability) {
        let reference = capability.reference.clone();
        self.capabilities.insert(reference, Arc::new(capability));
    }

    /// Adds an edition that was read. They come in the order of their names.
    pub(super) fn insert_edition(&mut self, capability: &CapabilityRef, edition: PublishedEdition) {
        self.editions.entry(capability.clone()).or_default().push(edition);
    }

    /// Adds the synonyms of a domain.
    pub(super) fn insert_synonyms(&mut self, words: IndexMap<String, Vec<String>>) {
        self.synonyms.extend(words);
    }

    /// What people say, and the words of contracts for it.
    pub fn synonyms(&self) -> impl Iterator<Item = (&str, &[String])> {
        let all = self.synonyms.iter();
        all.map(|(said, meant)| (said.as_str(), meant.as_slice()))
    }

    /// Notes a version or an edition that the lock file does not hold yet.
    pub(super) fn note_added(&mut self, sealed: Sealed) {
        self.added.push(sealed);
    }

    /// The versions and editions that the lock file does not hold yet, in words.
    pub fn added(&self) -> Vec<String> {
        let words = |sealed: &Sealed| sealed.to_string().replace('`', "");
        self.added.iter().map(words).collect()
    }

    /// The editions of a contract, oldest first.
    pub fn editions(&self, capability: &CapabilityRef) -> &[PublishedEdition] {
        self.editions.get(capability).map_or(&[], Vec::as_slice)
    }

    /// The text of a lock file that holds every version and edition of this registry. The digest of a published one is never rewritten: a
    /// registry in which it differs does not load.
    pub fn lock_text(&self) -> String {
        let published = self.iter().filter(|capability| !capability.is_draft);
        lock::text(published.flat_map(|capability| {
            let reference = &capability.reference;
            let contract = (Sealed::contract(reference), capability.digest.as_str());
            let editions = self.editions(reference).iter();
            std::iter::once(contract)
                .chain(editions.map(|one| (Sealed::edition(reference, one.name()), one.digest())))
        }))
    }

    /// The contract of a capability; without a version, the first published one.
    pub fn get(&self, id: &CapabilityId, version: Option<&Version>) -> Option<&Arc<Capability>> {
        self.iter().find(|capability| {
            capability.reference.id == *id
                && version.is_none_or(|version| capability.reference.version == *version)
        })
    }

    /// The contract of a capability at a version.
    pub fn at(&self, reference: &CapabilityRef) -> Option<&Arc<Capability>> {
        self.capabilities.get(reference)
    }

    /// Every contract, by id and version.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Capability>> {
        self.capabilities.values()
    }

    /// Every version of a capability, the first published one first.
    pub fn versions(&self, id: &CapabilityId) -> Vec<&Arc<Capability>> {
        self.iter()
            .filter(|capability| capability.reference.id == *id)
            .collect()
    }

    /// Another tool. Of the same domain: at the same version where that is published, else at the last one before it; what was
    /// published later is no sibling, for a provider of this version need not know it. Of another domain, which `tool` names in
    /// full: the first.
    pub fn sibling(&self, of: &Capability, tool: &str) -> Option<&Arc<Capability>> {
        let id = of.reference.id.sibling(tool).ok()?;
        // Versions of two domains have nothing to do with each other.
        if id.domain() != of.reference.id.domain() {
            return self.get(&id, None);
        }
        self.versions(&id)
            .into_iter()
            .rfind(|sibling| sibling.reference.version <= of.reference.version)
    }

    /// The claims of a listing that names these tools and no versions: each at the first version of its domain, and nothing that
    /// the domain has had only since a later one.
    pub fn listed(&self, is_listed: impl Fn(&str) -> bool) -> Vec<CapabilityRef> {
        let mut first: BTreeMap<&str, &Version> = BTreeMap::new();
        for capability in self.iter() {
            let version = &capability.reference.version;
            let known = first.entry(capability.reference.id.domain()).or_insert(version);
            *known = (*known).min(version);
        }
        self.iter()
            .filter(|capability| {
                first.get(capability.reference.id.domain()) == Some(&&capability.reference.version)
            })
            .filter(|capability| is_listed(capability.tool()))
            .map(|capability| capability.reference.clone())
            .collect()
    }

    /// The capability that may have been meant by a text that names none: an id, an id at a version, or a tool.
    pub fn suggest(&self, text: &str) -> Option<String> {
        let (name, version) = text
            .split_once('@')
            .map_or((text, None), |(name, version)| (name, Some(version)));
        let by_tool = |capability: &&Arc<Capability>| {
            capability.tool() == name || capability.reference.id.tool() == name
        };
        let id = match self.iter().find(by_tool) {
            Some(capability) => capability.reference.id.as_str(),
            None => {
                let ids = self.iter().map(|capability| capability.reference.id.as_str());
                let tools = self.iter().map(|capability| capability.reference.id.tool());
                let meant = near_miss(name, ids).or_else(|| near_miss(name, tools))?;
                let is_meant =
                    |id: &&str| *id == meant || id.split_once('.').is_some_and(|(_, tool)| tool == meant);
                self.iter()
                    .map(|capability| capability.reference.id.as_str())
                    .find(is_meant)?
            }
        };
        let Some(version) = version else {
            return Some(id.to_owned());
        };
        let versions: Vec<_> = self
            .iter()
            .filter(|capability| capability.reference.id.as_str() == id)
            .map(|one| one.reference.version.to_string())
            .collect();
        let version = version.trim_start_matches('v');
        let meant = near_miss(version, versions.iter().map(String::as_str))
            .or(versions.first().map(String::as_str))?;
        Some(format!("{id}@{meant}"))
    }
}

#[cfg(test)]
mod tests;
