//! Sorts the files of a registry by the version that they belong to.

use std::collections::BTreeMap;

use super::folder::{self, LOCK_FILE, RegistryFile};
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

/// Puts the files of each version together; what belongs to none is a mistake.
pub(super) fn sort<'a>(
    files: &'a [RegistryFile],
    shown: impl Fn(&str) -> String,
    problems: &mut Problems,
) -> (BTreeMap<CapabilityRef, Texts<'a>>, Option<&'a RegistryFile>) {
    let mut folders: BTreeMap<&str, BTreeMap<&str, &RegistryFile>> = BTreeMap::new();
    let mut lock_file = None;
    for file in files {
        match file.name.rsplit_once('/') {
            None if file.name == LOCK_FILE => lock_file = Some(file),
            _ if passed_over(&file.name) => {}
            Some((folder, name)) if folder.split('/').count() == 3 => {
                folders.entry(folder).or_default().insert(name, file);
            }
            _ => problems.push(stray(&shown(&file.name), None)),
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
                .hint(
                    "the form is `<domain>/<tool>/v<version>`, for example `booking/create_booking/v0.1.0`",
                ),
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
    (versions, lock_file)
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
        "a contract has {} in `<domain>/<tool>/v<version>/`",
        FILES.join(", ")
    ))
}

/// The capability and version that a folder's path names.
fn reference(folder: &str) -> Option<CapabilityRef> {
    let mut parts = folder.split('/');
    let (domain, tool, version) = (parts.next()?, parts.next()?, parts.next()?);
    let id = format!("{domain}.{tool}").parse().ok()?;
    let reference = CapabilityRef {
        id,
        version: version.strip_prefix('v')?.parse().ok()?,
    };
    // One version has one spelling, or two folders could claim it.
    (format!("v{}", reference.version) == version).then_some(reference)
}
