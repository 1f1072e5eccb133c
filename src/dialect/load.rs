//! Loads dialects: files in, mappings or mistakes out.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use sha2::{Digest, Sha256};

use super::compile::Compiler;
use super::raw::RawDialect;
use super::types::Dialect;
use crate::capability::Registry;
use crate::diagnostic::{Problem, Problems, Source, near_miss, read_yaml};
use crate::model::hex;

/// A dialect that is compiled when it is first asked for.
type LazyDialect = LazyLock<Result<Arc<Dialect>, Problems>, Load>;

/// Loads a dialect.
type Load = Box<dyn FnOnce() -> Result<Arc<Dialect>, Problems> + Send>;

/// Dialects by name.
#[derive(Debug, Default)]
pub struct Dialects(BTreeMap<String, LazyDialect>);

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
                    let (name, dialect) = (dialect.name.clone(), Arc::new(dialect));
                    all.insert(name, LazyDialect::new(Box::new(move || Ok(dialect))));
                }
                Err(found) => problems.extend(found),
            }
        }
        problems.or(Self(all))
    }

    /// The dialects of files that were loaded before and had no mistake, by the names of their files. Each is compiled when it is first
    /// asked for.
    pub fn deferred(sources: &[Arc<Source>], registry: &Arc<Registry>) -> Self {
        let dialect = |source: &Arc<Source>| {
            let name = stem(source).to_owned();
            let (source, registry) = (Arc::clone(source), Arc::clone(registry));
            let load = move || Self::load_one(&source, &registry).map(Arc::new);
            (name, LazyDialect::new(Box::new(load)))
        };
        Self(sources.iter().map(dialect).collect())
    }

    /// Loads one file, wherever it stands.
    ///
    /// # Errors
    ///
    /// Every mistake in it.
    pub fn load_one(source: &Arc<Source>, registry: &Registry) -> Result<Dialect, Problems> {
        let raw: RawDialect = read_yaml(source)?;
        let stem = stem(source);
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
    ///
    /// # Errors
    ///
    /// Every mistake of its file, if that was not loaded before.
    pub fn get(&self, name: &str) -> Result<Option<&Arc<Dialect>>, Problems> {
        self.0.get(name).map(compiled).transpose()
    }

    /// The name that may have been meant.
    pub fn suggest(&self, name: &str) -> Option<&str> {
        near_miss(name, self.0.keys().map(String::as_str))
    }

    /// All of them, by name.
    ///
    /// # Errors
    ///
    /// Every mistake of the first file with mistakes, if that was not loaded before.
    pub fn all(&self) -> Result<Vec<&Arc<Dialect>>, Problems> {
        self.0.values().map(compiled).collect()
    }
}

fn compiled(dialect: &LazyDialect) -> Result<&Arc<Dialect>, Problems> {
    dialect.as_ref().map_err(Clone::clone)
}

/// The name of a dialect's file, without `.yaml`.
fn stem(source: &Source) -> &str {
    let file = source.name().rsplit('/').next();
    file.and_then(|file| file.strip_suffix(".yaml"))
        .unwrap_or_default()
}
