//! The files of a registry: which there are, and what stands in them.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::edition;
use crate::diagnostic::{Problem, Problems, Source};

/// The name of the lock file, beside the domains.
pub const LOCK_FILE: &str = "capabilities.lock";

/// The most bytes that a file may have.
const FILE_CAP: usize = 256 * 1024;

/// The most files that a registry may have.
const FILES_CAP: usize = 3_000;

/// The most parts of a path without the editions of a version: domain, tool, version, file.
const DEPTH_CAP: usize = 4;

/// A file of a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryFile {
    /// Its path from the registry's folder, with `/` on every system: `notes/add_note/v0.1.0/capability.yaml`.
    pub name: String,
    /// The text.
    pub text: String,
}

/// Reads every file below `root`, in the order of their names. Hidden files and READMEs are passed over.
pub(super) fn read(root: &Path) -> Result<Vec<RegistryFile>, Problems> {
    let mut files = Vec::new();
    let mut problems = Problems::new();
    collect(root, "", 1, &mut files, &mut problems);
    problems.or(files)
}

/// Returns true if a file is passed over: no part of the registry, and no mistake either.
pub(super) fn passed_over(name: &str) -> bool {
    name.starts_with('.') || name.eq_ignore_ascii_case("README.md")
}

/// The cap on files, for those that come from memory as well.
pub(super) fn within_caps(files: &[RegistryFile], shown: impl Fn(&str) -> String) -> Result<(), Problems> {
    let mut problems = Problems::new();
    for file in files.iter().filter(|file| file.text.len() > FILE_CAP) {
        problems.push(too_big(&shown(&file.name)));
    }
    if files.len() > FILES_CAP {
        problems.push(too_many(&shown("")));
    }
    problems.or(())
}

fn of_file(name: &str, message: impl Into<String>) -> Problem {
    Problem::of(&Source::new(name, ""), message)
}

fn too_big(name: &str) -> Problem {
    of_file(name, format!("the file has more than {} KiB", FILE_CAP / 1024))
}

fn too_many(name: &str) -> Problem {
    of_file(name, format!("there are more than {FILES_CAP} files"))
}

fn collect(
    folder: &Path,
    prefix: &str,
    depth: usize,
    files: &mut Vec<RegistryFile>,
    problems: &mut Problems,
) {
    let shown = folder.display().to_string();
    let names = fs::read_dir(folder).and_then(|entries| {
        entries
            .map(|entry| entry.map(|entry| entry.file_name()))
            .collect::<Result<Vec<_>, _>>()
    });
    let mut names = match names {
        Ok(names) => names,
        Err(error) => {
            problems.push(
                of_file(&shown, format!("the folder cannot be read: {error}"))
                    .hint("contracts stand in `<domain>/<tool>/v<version>/` below the registry's folder"),
            );
            return;
        }
    };
    names.sort();
    for name in names {
        let path = folder.join(&name);
        let shown = path.display().to_string();
        let Some(name) = name.to_str() else {
            problems.push(of_file(&shown, "the name of the file is not UTF-8"));
            continue;
        };
        if passed_over(name) {
            continue;
        }
        let relative = if prefix.is_empty() {
            name.to_owned()
        } else {
            format!("{prefix}/{name}")
        };
        if path.is_dir() {
            if depth < DEPTH_CAP || (depth == DEPTH_CAP && name == edition::FOLDER) {
                collect(&path, &relative, depth.saturating_add(1), files, problems);
            } else {
                problems.push(of_file(&shown, "a version has no folders in it but `editions`"));
            }
            continue;
        }
        if files.len() == FILES_CAP {
            problems.push(too_many(&folder.display().to_string()));
            return;
        }
        match text(&path, &shown) {
            Ok(text) => files.push(RegistryFile { name: relative, text }),
            Err(problem) => problems.push(problem),
        }
    }
}

fn text(path: &Path, shown: &str) -> Result<String, Problem> {
    let unreadable = |error: std::io::Error| of_file(shown, format!("the file cannot be read: {error}"));
    let mut bytes = Vec::new();
    let cap = u64::try_from(FILE_CAP).unwrap_or(u64::MAX);
    File::open(path)
        .map_err(unreadable)?
        .take(cap.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() > FILE_CAP {
        return Err(too_big(shown));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let good = String::from_utf8_lossy(error.as_bytes().get(..at).unwrap_or_default()).into_owned();
        let source: Arc<Source> = Source::new(shown, good);
        Problem::at(&source, at..at, "the file is not UTF-8").label("the first byte that is not stands here")
    })
}
