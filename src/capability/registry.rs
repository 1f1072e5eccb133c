//! All contracts of a folder, or of the copy that the binary carries.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::contract::Capability;
use super::folder::{self, LOCK_FILE, RegistryFile};
use super::layout::{self, path_of};
use super::lock::{self, Lock};
use super::reader::{self, Expected};
use super::{Schema, consistency, digest};
use crate::diagnostic::{Problem, Problems, Source, near_miss};
use crate::model::{CapabilityId, CapabilityRef, Version};

/// Every contract, by id and version.
#[derive(Debug, Default)]
pub struct Registry {
    capabilities: BTreeMap<CapabilityRef, Arc<Capability>>,
    added: Vec<CapabilityRef>,
}

/// What becomes of a version that the lock file does not hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unlocked {
    Refuse,
    Add,
}

impl Registry {
    /// Reads the folder of contracts, `capabilities/`.
    ///
    /// # Errors
    ///
    /// Every mistake in the files, each with its place; a published version that was changed or taken away; a version that the lock
    /// file does not hold.
    pub fn load(root: &Path) -> Result<Self, Problems> {
        Self::read(
            &root.display().to_string(),
            &folder::read(root)?,
            Unlocked::Refuse,
        )
    }

    /// The same from memory.
    ///
    /// # Errors
    ///
    /// As [`Registry::load`].
    pub fn load_files(files: &[RegistryFile]) -> Result<Self, Problems> {
        Self::read("capabilities", files, Unlocked::Refuse)
    }

    /// Reads the folder of contracts for publishing: versions that the lock file does not hold are taken, and named by
    /// [`Registry::added`].
    ///
    /// # Errors
    ///
    /// As [`Registry::load`], but for those.
    pub fn load_unlocked(root: &Path) -> Result<Self, Problems> {
        Self::read(&root.display().to_string(), &folder::read(root)?, Unlocked::Add)
    }

    /// The versions that the lock file does not hold yet.
    pub fn added(&self) -> &[CapabilityRef] {
        &self.added
    }

    /// The text of a lock file that holds every version of this registry. The digest of a published one is never rewritten: a
    /// registry in which it differs does not load.
    pub fn lock_text(&self) -> String {
        lock::text(
            self.iter()
                .map(|capability| (&capability.reference, capability.digest.as_str())),
        )
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

    /// What a listing claims that names these tools and no versions: each at the first version of its domain, and nothing that
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
        let by_tool = |capability: &&Arc<Capability>| capability.tool() == name;
        let id = match self.iter().find(by_tool) {
            Some(capability) => capability.reference.id.as_str(),
            None => {
                let ids = self.iter().map(|capability| capability.reference.id.as_str());
                let tools = self.iter().map(|capability| capability.tool());
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

    fn read(root: &str, files: &[RegistryFile], unlocked: Unlocked) -> Result<Self, Problems> {
        let shown = |name: &str| {
            format!("{}/{name}", root.trim_end_matches('/'))
                .trim_end_matches('/')
                .to_owned()
        };
        folder::within_caps(files, shown)?;
        let mut problems = Problems::new();
        let (versions, lock_file) = layout::sort(files, shown, &mut problems);
        let layout_is_right = problems.is_empty();
        if versions.is_empty() && problems.is_empty() {
            let problem = Problem::of(&Source::new(shown(""), ""), "no contract stands in this folder")
                .hint("a contract stands in `<domain>/<tool>/v<version>/capability.yaml`");
            return Err(problem.into());
        }
        let lock_source = Source::new(shown(LOCK_FILE), lock_file.map_or("", |file| file.text.as_str()));
        let read = match (lock_file, unlocked) {
            (Some(_), _) => Lock::read(Arc::clone(&lock_source)),
            (None, Unlocked::Add) => Ok(Lock::empty(Arc::clone(&lock_source))),
            (None, Unlocked::Refuse) => Err(lock::missing(&lock_source).into()),
        };
        let lock_is_right = read.is_ok();
        let lock = read.unwrap_or_else(|wrong| {
            problems.extend(wrong);
            Lock::empty(lock_source)
        });

        let mut registry = Self::default();
        let mut digests = BTreeMap::new();
        for (reference, texts) in &versions {
            let digest = digest::of(texts);
            digests.insert(reference.clone(), digest.clone());
            let sources = texts.map(|(name, text)| Source::new(shown(&path_of(reference, name)), text));
            let capability = contract(reference, &sources, digest)
                .map_err(|wrong| problems.extend(wrong))
                .ok();
            if !lock.holds(reference) {
                if unlocked == Unlocked::Add {
                    registry.added.push(reference.clone());
                } else if lock_is_right {
                    let at = capability
                        .as_ref()
                        .map(|capability| capability.places.version.clone());
                    problems.push(lock::unlocked(&sources[0], at, reference));
                }
            }
            if let Some(capability) = capability {
                registry
                    .capabilities
                    .insert(reference.clone(), Arc::new(capability));
            }
        }
        problems.extend(lock.check(&digests));
        // A sibling that is missing for another reason is not missed twice.
        if layout_is_right && registry.capabilities.len() == versions.len() {
            problems.extend(consistency::check(&registry));
        }
        problems.or(registry)
    }
}

fn contract(
    reference: &CapabilityRef,
    sources: &[Arc<Source>; 3],
    digest: String,
) -> Result<Capability, Problems> {
    let [contract, input, output] = sources;
    let (input, output) = (Schema::read(input), Schema::read(output));
    let mut problems = Problems::new();
    let mut keep = |schema: Result<Schema, Problems>| schema.map_err(|wrong| problems.extend(wrong)).ok();
    match (keep(input), keep(output)) {
        (Some(input), Some(output)) => reader::read(contract, Expected { reference, digest }, input, output),
        _ => {
            problems.extend(reader::check_alone(contract, reference));
            Err(problems)
        }
    }
}

#[cfg(test)]
mod tests;
