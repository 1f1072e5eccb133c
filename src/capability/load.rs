//! Reads a registry from its files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::contract::Capability;
use super::file::ContractFile;
use super::folder::{self, LOCK_FILE, RegistryFile};
use super::layout::{self, Layout, path_of};
use super::lock::{self, Lock, Sealed};
use super::reader::{self, Expected};
use super::registry::Registry;
use super::{Schema, consistency, digest, edition, synonyms};
use crate::diagnostic::{Problem, Problems, Source};
use crate::model::CapabilityRef;

/// The treatment of a version that the lock file does not hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unlocked {
    Refuse,
    Add,
}

/// What is checked of files.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Checks {
    /// Everything.
    All,
    /// What can be wrong with files that had no mistake when they were published: another text than the lock file holds.
    Digests,
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
            Checks::All,
        )
    }

    /// The same from memory.
    ///
    /// # Errors
    ///
    /// As [`Registry::load`].
    pub fn load_files(files: &[RegistryFile]) -> Result<Self, Problems> {
        Self::read("capabilities", files, Unlocked::Refuse, Checks::All)
    }

    /// The same for files that were loaded before and had no mistake. Their schemas are compiled when a value is first held against them.
    ///
    /// # Errors
    ///
    /// A file is not the one that the lock file holds, or cannot be read.
    pub fn load_again(files: &[RegistryFile]) -> Result<Self, Problems> {
        Self::read("capabilities", files, Unlocked::Refuse, Checks::Digests)
    }

    /// Reads the folder of contracts for publishing: versions and editions that the lock file does not hold are taken, and named by
    /// [`Registry::added`].
    ///
    /// # Errors
    ///
    /// As [`Registry::load`], but for those.
    pub fn load_unlocked(root: &Path) -> Result<Self, Problems> {
        Self::read(
            &root.display().to_string(),
            &folder::read(root)?,
            Unlocked::Add,
            Checks::All,
        )
    }

    fn read(
        root: &str,
        files: &[RegistryFile],
        unlocked: Unlocked,
        checks: Checks,
    ) -> Result<Self, Problems> {
        let shown = |name: &str| {
            format!("{}/{name}", root.trim_end_matches('/'))
                .trim_end_matches('/')
                .to_owned()
        };
        folder::within_caps(files, shown)?;
        let mut problems = Problems::new();
        let Layout {
            versions,
            editions,
            synonyms: all_synonyms,
            lock_file,
        } = layout::sort(files, shown, &mut problems);
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
            // Where all contracts are drafts, there is nothing that it would hold.
            (None, Unlocked::Refuse) => Ok(Lock::empty(Arc::clone(&lock_source))),
        };
        let is_missing = lock_file.is_none() && unlocked == Unlocked::Refuse;
        let lock_is_right = read.is_ok();
        let lock = read.unwrap_or_else(|wrong| {
            problems.extend(wrong);
            Lock::empty(Arc::clone(&lock_source))
        });

        let mut registry = Self::default();
        let mut digests = BTreeMap::new();
        let mut plain_digests = BTreeMap::new();
        let mut drafts = BTreeSet::new();
        let mut unsealed = false;
        for (reference, texts) in &versions {
            let digest = digest::of(texts);
            let sealed = Sealed::contract(reference);
            digests.insert(sealed.clone(), digest.clone());
            if texts.iter().any(|(_, text)| digest::is_rewritten(text)) {
                let plain = texts.map(|(name, text)| (name, digest::plain(text)));
                let plain = plain.each_ref().map(|(name, text)| (*name, text.as_str()));
                plain_digests.insert(sealed.clone(), digest::of(&plain));
            }
            let sources = texts.map(|(name, text)| Source::new(shown(&path_of(reference, name)), text));
            let file = reader::file(&sources[0]);
            let is_draft = file.as_ref().is_ok_and(ContractFile::is_draft);
            drafts.extend(is_draft.then(|| reference.clone()));
            let capability = contract(reference, file, &sources, digest, checks)
                .map_err(|wrong| problems.extend(wrong))
                .ok();
            if is_draft {
                if lock.holds(&sealed) {
                    problems.push(lock::sealed_draft(&sources[0], &sealed));
                }
            } else if is_missing {
                unsealed = true;
            } else if !lock.holds(&sealed) {
                if unlocked == Unlocked::Add {
                    registry.note_added(sealed);
                } else if lock_is_right {
                    let at = capability
                        .as_ref()
                        .map(|capability| capability.places.version.clone());
                    problems.push(lock::unlocked(&sources[0], at, &sealed));
                }
            }
            if let Some(capability) = capability {
                registry.insert(capability);
            }
        }
        for ((capability, name), file) in &editions {
            let source = Source::new(shown(&file.name), file.text.as_str());
            let sealed = Sealed::edition(capability, name);
            digests.insert(sealed.clone(), edition::digest_of(name, &file.text));
            if digest::is_rewritten(&file.text) {
                let plain = edition::digest_of(name, &digest::plain(&file.text));
                plain_digests.insert(sealed.clone(), plain);
            }
            match edition::read(&source, capability, name) {
                Ok(edition) => registry.insert_edition(capability, edition),
                Err(wrong) => {
                    problems.extend(wrong);
                    continue;
                }
            }
            if !lock.holds(&sealed) && !is_missing && !drafts.contains(capability) {
                if unlocked == Unlocked::Add {
                    registry.note_added(sealed);
                } else if lock_is_right {
                    problems.push(lock::unlocked(&source, None, &sealed));
                }
            }
        }
        for file in all_synonyms {
            let source = Source::new(shown(&file.name), file.text.as_str());
            match synonyms::read(&source) {
                Ok(words) => registry.insert_synonyms(words),
                Err(wrong) => problems.extend(wrong),
            }
        }
        if unsealed {
            problems.push(lock::missing(&lock_source));
        }
        problems.extend(lock.check(&digests, &plain_digests));
        // A sibling that is missing for another reason is not missed twice.
        if checks == Checks::All && layout_is_right && registry.iter().count() == versions.len() {
            problems.extend(consistency::check(&registry));
        }
        problems.or(registry)
    }
}

fn contract(
    reference: &CapabilityRef,
    file: Result<ContractFile, Problem>,
    sources: &[Arc<Source>; 3],
    digest: String,
    checks: Checks,
) -> Result<Capability, Problems> {
    let [contract, input, output] = sources;
    let is_native = file.as_ref().is_ok_and(ContractFile::is_native);
    let schema = |source| match checks {
        Checks::All if is_native => Schema::read_foreign(source),
        Checks::All => Schema::read(source),
        Checks::Digests => Ok(Schema::read_again(source)?),
    };
    let (input, output) = (schema(input), schema(output));
    let mut problems = Problems::new();
    let mut keep = |schema: Result<Schema, Problems>| schema.map_err(|wrong| problems.extend(wrong)).ok();
    match (keep(input), keep(output)) {
        (Some(input), Some(output)) => {
            let expected = Expected { reference, digest };
            reader::read(contract, file?, expected, input, output)
        }
        _ => {
            problems.extend(reader::check_alone(contract, file, reference));
            Err(problems)
        }
    }
}
