//! Sorts the files of a registry by the version that they belong to.

use std::collections::BTreeMap;

use super::edition::{FOLDER, edition_path, is_edition_name};
use super::folder::{self, LOCK_FILE, RegistryFile};
use super::synonyms;
use crate::diagnostic::{Problem, Problems, Source, near_miss};
use crate::model::CapabilityRef;

/// The files of a version, in the order in which they are digested.
const FILES: [&str; 3] = ["capability.yaml", "input.schema.json", "output.schema.json"];

/// The names and texts of a version's files.
pub(super) type Texts<'a> = [(&'static str, &'a str); 3];

/// The path of a version's file below the registry's folder.
pub(super) fn path_of(reference: &CapabilityRef, file: &str) -> String {
    format!(
        "{}/{}/v{}/{file}",
        reference.id.domain(),
        reference.id.tool(),
        reference.version
    )
}

/// The files of a registry, by what they belong to.
#[derive(Default)]
pub(super) struct Layout<'a> {
    /// The files of each version.
    pub(super) versions: BTreeMap<CapabilityRef, Texts<'a>>,
    /// The file of each edition, by capability and name.
    pub(super) editions: BTreeMap<(CapabilityRef, String), &'a RegistryFile>,
    /// The synonyms of each domain that has some.
    pub(super) synonyms: Vec<&'a RegistryFile>,
    /// The lock file.
    pub(super) lock_file: Option<&'a RegistryFile>,
}

/// Puts the files of each version together; what belongs to none is a mistake.
pub(super) fn sort<'a>(
    files: &'a [RegistryFile],
    shown: impl Fn(&str) -> String,
    problems: &mut Problems,
) -> Layout<'a> {
    let mut folders: BTreeMap<&str, BTreeMap<&str, &RegistryFile>> = BTreeMap::new();
    let mut editions = BTreeMap::new();
    let mut lock_file = None;
    let mut all_synonyms = Vec::new();
    for file in files {
        match file.name.rsplit_once('/') {
            None if file.name == LOCK_FILE => lock_file = Some(file),
            _ if passed_over(&file.name) => {}
            Some((domain, synonyms::FILE)) if !domain.contains('/') => all_synonyms.push(file),
            Some((folder, name)) if folder.split('/').count() == 3 => {
                folders.entry(folder).or_default().insert(name, file);
            }
            _ => match edition(&file.name) {
                Some(of) => {
                    editions.insert(of, file);
                }
                None => problems.push(stray(&shown(&file.name), None)),
            },
        }
    }
    let mut versions = BTreeMap::new();
    for (folder, mut found) in folders {
        let texts = FILES.map(|name| (name, found.remove(name)));
        for name in found.keys() {
            let missing = texts
                .iter()
                .filter(|(_, file)| file.is_none())
                .map(|(name, _)| *name);
            problems.push(stray(
                &shown(&format!("{folder}/{name}")),
                near_miss(name, missing),
            ));
        }
        for (name, _) in texts.iter().filter(|(_, file)| file.is_none()) {
            let source = Source::new(shown(&format!("{folder}/{name}")), "");
            problems.push(
                Problem::of(&source, "the file is missing")
                    .hint(format!("a version has {}", FILES.join(", "))),
            );
        }
        let Some(reference) = reference(folder) else {
            problems.push(
                Problem::of(
                    &Source::new(shown(folder), ""),
                    "the folder names no capability at a version",
                )
                .hint("the form is `<domain>/<tool>/v<version>`, for example `notes/add_note/v0.1.0`"),
            );
            continue;
        };
        if let [(a, Some(contract)), (b, Some(input)), (c, Some(output))] = texts {
            versions.insert(
                reference,
                [(a, contract.text.as_str()), (b, &input.text), (c, &output.text)],
            );
        }
    }
    for (capability, name) in editions
        .keys()
        .filter(|(capability, _)| !versions.contains_key(capability))
    {
        let path = edition_path(capability, name);
        problems.push(Problem::of(
            &Source::new(shown(&path), ""),
            format!("`{capability}` has an edition and no contract"),
        ));
    }
    Layout {
        versions,
        editions,
        synonyms: all_synonyms,
        lock_file,
    }
}

/// The capability and the name of the edition in the file of this path.
fn edition(path: &str) -> Option<(CapabilityRef, String)> {
    let (folder, file) = path.rsplit_once('/')?;
    let (version, folder) = folder.rsplit_once('/')?;
    let name = file.strip_suffix(".yaml").filter(|name| is_edition_name(name))?;
    (folder == FOLDER).then_some((reference(version)?, name.to_owned()))
}

fn passed_over(path: &str) -> bool {
    path.split('/').any(folder::passed_over)
}

fn stray(shown: &str, meant: Option<&str>) -> Problem {
    Problem::of(
        &Source::new(shown, ""),
        "this file belongs to no version of a contract",
    )
    .did_you_mean(meant)
    .hint(format!(
        "a contract has {} in `<domain>/<tool>/v<version>/`, and editions in `{FOLDER}/<year>-<month>.yaml` there",
        FILES.join(", ")
    ))
}

/// The capability and version that a folder's path names.
fn reference(folder: &str) -> Option<CapabilityRef> {
    let mut parts = folder.split('/');
    let (domain, tool, version) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let id = format!("{domain}.{tool}").parse().ok()?;
    let reference = CapabilityRef {
        id,
        version: version.strip_prefix('v')?.parse().ok()?,
    };
    // One version has one spelling, or two folders could claim it.
    (format!("v{}", reference.version) == version).then_some(reference)
}
