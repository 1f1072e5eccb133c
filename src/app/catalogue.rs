//! Use cases over contracts and suites: show, compare, lint, lock.

use std::path::Path;
use std::sync::Arc;

use super::{AppError, Bundle, History, editions};
use crate::capability::diff::{Diff, diff};
use crate::capability::{
    Capability, LOCK_FILE, LintFinding, Registry, TestNames, edition_path, edition_text, is_edition_name,
    lint, lint_editions,
};
use crate::diagnostic::near_miss;
use crate::model::{CapabilityId, CapabilityRef, TestId, Version};
use crate::store::{ResultFilter, StoredResult};
use crate::suite::Test;

/// The number of recent results on the page of a capability.
const RECENT: usize = 40;

/// The data of the page of a capability.
#[derive(Debug)]
pub struct CapabilityPage {
    /// The contract.
    pub capability: Arc<Capability>,
    /// Every published version of it, the oldest first.
    pub versions: Vec<Version>,
    /// A remark on the version that was meant, if the name had none and there are several.
    pub meant: Option<String>,
    /// The recent results, newest first.
    pub recent: Vec<StoredResult>,
}

impl CapabilityPage {
    /// The page of `domain.tool@version`, or of the first published version of `domain.tool`. Without a store it has no recent results.
    ///
    /// # Errors
    ///
    /// There is no such capability or version, or the store cannot be read.
    pub fn find(registry: &Registry, name: &str, history: Option<&History>) -> Result<Self, AppError> {
        let capability = find_first(registry, name)?;
        let recent = match history {
            Some(history) => history.recent(&ResultFilter {
                capability: Some(capability.reference.id.clone()),
                version: Some(capability.reference.version.clone()),
                limit: RECENT,
                ..ResultFilter::default()
            })?,
            None => Vec::new(),
        };
        let versions = registry
            .versions(&capability.reference.id)
            .into_iter()
            .map(|known| known.reference.version.clone())
            .collect();
        Ok(Self {
            meant: which_version(registry, name, &capability.reference),
            capability: Arc::clone(capability),
            versions,
            recent,
        })
    }
}

fn first<'r>(versions: &[&'r Arc<Capability>]) -> Option<&'r Arc<Capability>> {
    versions.first().copied()
}

fn newest<'r>(versions: &[&'r Arc<Capability>]) -> Option<&'r Arc<Capability>> {
    versions.last().copied()
}

/// The contract of `domain.tool@version`, or the first version of `domain.tool`, as a manifest names it.
pub(super) fn find_first<'r>(registry: &'r Registry, name: &str) -> Result<&'r Arc<Capability>, AppError> {
    find(registry, name, first)
}

/// Says which version a name without one means, if there are several: the first published one, as in a manifest.
pub(super) fn which_version(registry: &Registry, name: &str, found: &CapabilityRef) -> Option<String> {
    let versions = registry.versions(&found.id);
    if name.contains('@') || versions.len() < 2 {
        return None;
    }
    let others = versions.iter().map(|known| &known.reference.version);
    let others: Vec<_> = others
        .filter(|version| **version != found.version)
        .map(|version| format!("@{version}"))
        .collect();
    Some(format!(
        "`{}` without a version means the first published one, {}; {} is published too",
        found.id,
        found.version,
        others.join(", ")
    ))
}

/// The contract of `domain.tool@version`, or one of the versions of `domain.tool`.
fn find<'r>(
    registry: &'r Registry,
    name: &str,
    choose: impl Fn(&[&'r Arc<Capability>]) -> Option<&'r Arc<Capability>>,
) -> Result<&'r Arc<Capability>, AppError> {
    let unknown = || AppError::UnknownCapability {
        name: name.to_owned(),
        suggestion: registry.suggest(name),
    };
    if name.contains('@') {
        let reference: CapabilityRef = name.parse().map_err(|_| unknown())?;
        registry.at(&reference).ok_or_else(unknown)
    } else {
        let id: CapabilityId = name.parse().map_err(|_| unknown())?;
        choose(&registry.versions(&id)).ok_or_else(unknown)
    }
}

/// The tests of this name: `domain.tool@version/test`, `tool@version/test`, `tool/test`, or the test alone. A name without a version means
/// the test at every version.
///
/// # Errors
///
/// No test has the name, now or formerly.
pub fn find_tests<'b>(bundle: &'b Bundle, name: &str) -> Result<Vec<&'b Arc<Test>>, AppError> {
    let is_named = |id: &TestId| {
        let (tool, version, test) = (id.capability.id.tool(), &id.capability.version, &id.name);
        let id = &id.capability.id;
        [
            format!("{id}@{version}/{test}"),
            format!("{id}/{test}"),
            format!("{tool}@{version}/{test}"),
            format!("{tool}/{test}"),
            test.to_string(),
        ]
        .iter()
        .any(|known| known == name)
    };
    let named: Vec<_> = bundle
        .suites
        .iter()
        .filter(|test| test.ids().any(|id| is_named(&id)))
        .collect();
    if named.is_empty() {
        let all: Vec<String> = bundle
            .suites
            .iter()
            .flat_map(|test| {
                let (tool, name) = (test.id.capability.id.tool(), &test.id.name);
                [test.id.to_string(), format!("{tool}/{name}"), name.to_string()]
            })
            .collect();
        return Err(AppError::UnknownTest {
            name: name.to_owned(),
            suggestion: near_miss(name, all.iter().map(String::as_str)).map(str::to_owned),
        });
    }
    Ok(named)
}

/// Compares two versions of a contract, each `domain.tool@version`. Without a version `before` is the first one; `after` may be a
/// version alone, and is the newest one by default.
///
/// # Errors
///
/// There is no such capability or version, or the two are versions of different capabilities.
pub fn diff_contracts(registry: &Registry, before: &str, after: Option<&str>) -> Result<Diff, AppError> {
    let before = find(registry, before, first)?;
    let id = &before.reference.id;
    let after = match after {
        None => find(registry, id.as_str(), newest)?,
        Some(version) if version.parse::<Version>().is_ok() => find(
            registry,
            &format!("{id}@{}", version.trim_start_matches('v')),
            newest,
        )?,
        Some(name) => find(registry, name, newest)?,
    };
    if after.reference.id != *id {
        return Err(AppError::UnrelatedVersions {
            before: before.reference.clone(),
            after: after.reference.clone(),
        });
    }
    Ok(diff(before, after))
}

/// The findings of the linter about contracts and their editions. It knows which rules the suites verify, and their tests.
pub fn lint_findings(bundle: &Bundle) -> Vec<LintFinding> {
    let mut findings = lint(&bundle.registry, &bundle.suites.verified());
    let mut tests = TestNames::new();
    for test in bundle.suites.iter() {
        let names = tests.entry(test.id.capability.clone()).or_default();
        names.extend(test.ids().map(|id| id.name));
    }
    findings.extend(lint_editions(&bundle.registry, &tests));
    findings
}

/// Publishes the must-level tests of today as an edition of this name, for every contract of a folder whose newest edition has others.
/// Returns the contracts.
///
/// # Errors
///
/// The name is none, is published already with other tests, or is older than the newest edition; or a file cannot be written.
pub fn publish_editions(folder: &Path, name: &str) -> Result<Vec<CapabilityRef>, AppError> {
    if !is_edition_name(name) {
        return Err(AppError::EditionName(name.to_owned()));
    }
    let bundle = Bundle::load(Some(folder))?;
    let mut published = Vec::new();
    for contract in bundle.registry.iter() {
        let capability = &contract.reference;
        let today = editions::of_suite(&bundle, capability);
        let newest = editions::newest_edition(&bundle, capability);
        let is_same = newest.essential == today.essential && newest.required == today.required;
        if today.required.is_empty() || (newest.record.is_some() && is_same) {
            continue;
        }
        if newest.name().is_some_and(|newest| newest >= name) {
            return Err(AppError::EditionExists {
                capability: capability.clone(),
                name: newest.name().unwrap_or_default().to_owned(),
            });
        }
        published.push((capability.clone(), edition_text(capability, name, &today)));
    }
    for (capability, text) in &published {
        let path = folder.join("capabilities").join(edition_path(capability, name));
        let written = match path.parent() {
            Some(parent) => std::fs::create_dir_all(parent).and_then(|()| std::fs::write(&path, text)),
            None => Ok(()),
        };
        written.map_err(|error| AppError::unwritable(&path, &error))?;
    }
    lock_contracts(folder)?;
    Ok(published.into_iter().map(|(capability, _)| capability).collect())
}

/// Adds new versions and editions to the lock file, and returns them in words.
///
/// # Errors
///
/// A published version has changed, or the lock cannot be written.
pub fn lock_contracts(folder: &Path) -> Result<Vec<String>, AppError> {
    let root = folder.join("capabilities");
    let registry = Registry::load_unlocked(&root)?;
    let added = registry.added();
    if !added.is_empty() {
        let path = root.join(LOCK_FILE);
        std::fs::write(&path, registry.lock_text()).map_err(|error| AppError::unwritable(&path, &error))?;
    }
    Ok(added)
}
