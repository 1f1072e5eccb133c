//! Loads dialects: files in, mappings or mistakes out.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::compile::Compiler;
use super::raw::RawDialect;
use super::types::Dialect;
use crate::capability::Registry;
use crate::diagnostic::{Problem, Problems, Source, near_miss, read_yaml};
use crate::model::hex;

/// Dialects by name.
#[derive(Debug, Default)]
pub struct Dialects(BTreeMap<String, Arc<Dialect>>);

impl Dialects {
    /// Loads all files of a `dialects/` folder, each named by its path.
    ///
    /// # Errors
    ///
    /// Every mistake of every file.
    pub fn load(sources: &[Arc<Source>], registry: &Registry) -> Result<Self, Problems> {
        let mut problems = Problems::new();
        let mut all = BTreeMap::new();
        for source in sources {
            match Self::load_one(source, registry) {
                Ok(dialect) => {
                    all.insert(dialect.name.clone(), Arc::new(dialect));
                }
                Err(found) => problems.extend(found),
            }
        }
        problems.or(Self(all))
    }

    /// Loads one file, wherever it stands.
    ///
    /// # Errors
    ///
    /// Every mistake in it.
    pub fn load_one(source: &Arc<Source>, registry: &Registry) -> Result<Dialect, Problems> {
        let raw: RawDialect = read_yaml(source)?;
        let stem = source
            .name()
            .rsplit('/')
            .next()
            .and_then(|file| file.strip_suffix(".yaml"))
            .unwrap_or_default();
        let mut problems = Problems::new();
        if raw.dialect.value != stem {
            problems.push(
                Problem::at(
                    source,
                    raw.dialect.span(source),
                    format!(
                        "the dialect is `{}`, but the file is `{stem}.yaml`",
                        raw.dialect.value
                    ),
                )
                .hint("rename the one or the other"),
            );
        }
        let digest = hex(&Sha256::digest(source.text()));
        match Compiler::new(source, registry, &raw).dialect(&raw, digest) {
            Ok(dialect) => problems.or(dialect),
            Err(found) => {
                problems.extend(found);
                Err(problems)
            }
        }
    }

    /// The dialect of a name.
    pub fn get(&self, name: &str) -> Option<&Arc<Dialect>> {
        self.0.get(name)
    }

    /// The name that may have been meant.
    pub fn suggest(&self, name: &str) -> Option<&str> {
        near_miss(name, self.0.keys().map(String::as_str))
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Dialect>> {
        self.0.values()
    }
}
