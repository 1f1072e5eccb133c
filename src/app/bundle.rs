//! The contracts and suites that a command works with: those in the binary, or those of a folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use include_dir::{Dir, include_dir};

use super::{AppError, dialect_files, files::read_source};
use crate::capability::{Registry, RegistryFile};
use crate::diagnostic::Source;
use crate::dialect::Dialects;
use crate::suite::{SuiteIndex, Suites};

static CAPABILITIES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/capabilities");
static DIALECTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/dialects");
static SUITES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/suites");

/// The index of the suites in the binary.
const INDEX: &str = include_str!("suite_index.json");

/// A hash of the contracts and suites in the binary, which the index repeats.
const FINGERPRINT: &str = env!("PROOFHOUSE_SUITES_FINGERPRINT");

/// The largest suite file that is read.
const LARGEST_FILE: u64 = 256 * 1024;

/// Contracts and the suites that prove them.
#[derive(Debug)]
pub struct Bundle {
    /// The contracts.
    pub registry: Arc<Registry>,
    /// The suites.
    pub suites: Arc<Suites>,
    /// Mappings to providers' own interfaces.
    pub dialects: Arc<Dialects>,
}

impl Bundle {
    /// Loads `capabilities/`, `suites/` and, where there are any, `dialects/` of a folder, or those in the binary. A folder is read whole,
    /// for its mistakes. Of the binary, a suite or a dialect is parsed when something of it is first needed.
    ///
    /// # Errors
    ///
    /// Every mistake in the contracts; where there is none, every mistake in the suites, then in the dialects.
    pub fn load(folder: Option<&Path>) -> Result<Self, AppError> {
        // Without an index of these very files, as while a suite is being written, all of them are read.
        match SuiteIndex::read(INDEX, FINGERPRINT) {
            Some(index) if folder.is_none() => Self::indexed(index),
            _ => Self::load_whole(folder),
        }
    }

    /// The contracts, suites and dialects in the binary, of which the index holds.
    fn indexed(index: SuiteIndex) -> Result<Self, AppError> {
        let registry = Arc::new(Self::contracts(None)?);
        let suites = Suites::indexed(index, &embedded(&SUITES, "suites"), &registry)?;
        let dialects = Dialects::deferred(&embedded(&DIALECTS, "dialects"), &registry);
        Ok(Self {
            registry,
            suites: Arc::new(suites),
            dialects: Arc::new(dialects),
        })
    }

    /// Loads the same, and parses and compiles every file.
    ///
    /// # Errors
    ///
    /// As [`Bundle::load`].
    pub fn load_whole(folder: Option<&Path>) -> Result<Self, AppError> {
        let registry = match folder {
            Some(folder) => Registry::load(&folder.join("capabilities"))?,
            None => Registry::load_files(&contract_files())?,
        };
        let sources = match folder {
            Some(folder) => read_folder(&folder.join("suites"))?,
            None => embedded(&SUITES, "suites"),
        };
        let suites = Suites::load(&sources, &registry)?;
        let sources = match folder.map(|folder| folder.join("dialects")) {
            Some(folder) if folder.is_dir() => read_folder(&folder)?,
            Some(_) => Vec::new(),
            None => embedded(&DIALECTS, "dialects"),
        };
        let dialects = dialect_files::load(&sources, &registry, &suites)?;
        Ok(Self {
            registry: Arc::new(registry),
            suites: Arc::new(suites),
            dialects: Arc::new(dialects),
        })
    }

    /// Loads the contracts alone. Those in the binary had no mistake when they were published, and the lock file holds that they are the
    /// same.
    ///
    /// # Errors
    ///
    /// Every mistake in them.
    pub fn contracts(folder: Option<&Path>) -> Result<Registry, AppError> {
        Ok(match folder {
            Some(folder) => Registry::load(&folder.join("capabilities"))?,
            None => Registry::load_again(&contract_files())?,
        })
    }
}

/// The files of the contracts in the binary.
fn contract_files() -> Vec<RegistryFile> {
    let file = |source: &Arc<Source>| RegistryFile {
        name: source.name().to_owned(),
        text: source.text().to_owned(),
    };
    embedded(&CAPABILITIES, "").iter().map(file).collect()
}

/// The files of an embedded folder, by name. Files that are hidden or for people only are no part of it.
fn embedded(folder: &Dir<'_>, prefix: &str) -> Vec<Arc<Source>> {
    let mut sources = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        folders.extend(folder.dirs());
        for file in folder.files() {
            let path = file.path().to_string_lossy().replace('\\', "/");
            if let Some(text) = file.contents_utf8().filter(|_| !is_aside(file.path())) {
                let name = if prefix.is_empty() {
                    path
                } else {
                    format!("{prefix}/{path}")
                };
                sources.push(Source::new(name, text));
            }
        }
    }
    sources.sort_by(|left, right| left.name().cmp(right.name()));
    sources
}

fn is_aside(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || name == "README.md"
}

/// The files of a folder, by name.
fn read_folder(root: &Path) -> Result<Vec<Arc<Source>>, AppError> {
    let unreadable = |path: &Path, error: &std::io::Error| AppError::Unreadable {
        path: path.display().to_string(),
        reason: error.to_string(),
    };
    let mut sources = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))? {
            let path = entry.map_err(|error| unreadable(&folder, &error))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if !is_aside(&path) {
                sources.push(read_source(&path, LARGEST_FILE)?);
            }
        }
    }
    sources.sort_by(|left, right| left.name().cmp(right.name()));
    Ok(sources)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UPDATE: &str = "UPDATE_INDEX=1 cargo test --lib app::bundle";

    #[test]
    fn the_index_says_what_reading_every_suite_says() {
        let whole = Bundle::load_whole(None).unwrap();
        let text = whole.suites.index().text(FINGERPRINT).unwrap();
        if std::env::var_os("UPDATE_INDEX").is_some() {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/app/suite_index.json");
            std::fs::write(path, &text).unwrap();
            return;
        }
        assert!(
            text == INDEX,
            "the index is out of date; write it again with `{UPDATE}`"
        );
    }

    #[test]
    fn every_file_of_the_binary_compiles_alone() {
        let bundle = Bundle::load(None).unwrap();
        assert_eq!(bundle.suites.files_parsed(), Some(Vec::new()));
        for test in bundle.suites.iter() {
            test.prepare().unwrap_or_else(|problem| panic!("{problem}"));
        }
        bundle
            .dialects
            .all()
            .unwrap_or_else(|problems| panic!("{problems}"));
        let whole = Bundle::load_whole(None).unwrap();
        assert_eq!(bundle.suites.index(), whole.suites.index());
    }
}
