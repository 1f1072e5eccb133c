//! The dialect that an entry of a manifest, a record or a command names.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::{AppError, Bundle, dialect_files};
use crate::diagnostic::Problem;
use crate::dialect::Dialect;
use crate::event::DialectRecord;
use crate::model::Endpoint;
use crate::provider::{Manifest, ManifestEntry, NamedDialect};

/// The dialect of an entry, looked up by its name or read from its path beside the manifest.
pub(super) fn of_entry(
    manifest: &Manifest,
    entry: &ManifestEntry,
    folder: &Path,
    bundle: &Bundle,
) -> Result<Option<Arc<Dialect>>, AppError> {
    let Some(named) = &entry.dialect else {
        return Ok(None);
    };
    let dialect = match named.name.ends_with(".yaml") {
        true => from_file(&folder.join(&named.name), bundle)?,
        false => Arc::clone(bundle.dialects.get(&named.name)?.ok_or_else(|| {
            at(
                manifest,
                named,
                format!("no dialect named `{}` is known", named.name),
            )
            .did_you_mean(bundle.dialects.suggest(&named.name))
            .hint("`proofhouse dialects list` shows all of them; a path ends in `.yaml`")
        })?),
    };
    agrees(manifest, entry, named, &dialect)?;
    Ok(Some(dialect))
}

/// Reads a dialect from a file, wherever it stands.
fn from_file(path: &Path, bundle: &Bundle) -> Result<Arc<Dialect>, AppError> {
    dialect_files::load_file(path, &bundle.registry, &bundle.suites)
}

fn at(manifest: &Manifest, named: &NamedDialect, message: String) -> Problem {
    Problem::at(manifest.source(), named.span.clone(), message)
}

/// An entry reaches its provider as its dialect does, and gives what the dialect needs.
fn agrees(
    manifest: &Manifest,
    entry: &ManifestEntry,
    named: &NamedDialect,
    dialect: &Dialect,
) -> Result<(), Problem> {
    let transport = match &entry.endpoint {
        Endpoint::Http { .. } => "http",
        Endpoint::Mcp { .. } => "mcp",
        Endpoint::Stdio { .. } => "stdio",
    };
    let speaks = dialect.protocol.as_str();
    // Tools are tools, whatever carries them.
    if transport != speaks && (transport == "http" || speaks == "http") {
        let message = format!("the dialect `{}` goes with `transport: {speaks}`", dialect.name);
        return Err(at(manifest, named, message));
    }
    let missing = dialect
        .constants
        .iter()
        .find(|(name, constant)| constant.default.is_none() && !entry.fixtures.contains_key(*name));
    match missing {
        None => Ok(()),
        Some((name, constant)) => Err(at(
            manifest,
            named,
            format!(
                "the dialect `{}` needs `{name}` under `fixtures`: {}",
                dialect.name, constant.title
            ),
        )),
    }
}

/// The dialect that a record names.
pub(super) fn of_record(record: &DialectRecord, bundle: &Bundle) -> Result<Arc<Dialect>, AppError> {
    if record.source.ends_with(".yaml") {
        return from_file(Path::new(&record.source), bundle);
    }
    let found = bundle.dialects.get(&record.name)?.map(Arc::clone);
    found.ok_or_else(|| AppError::UnknownDialect {
        name: record.name.clone(),
        suggestion: None,
    })
}

/// Reads dialects from files, or all of the bundle, and names them: every mistake is an error.
///
/// # Errors
///
/// A file cannot be read, or something in it is wrong.
pub fn check_dialects(bundle: &Bundle, files: &[std::path::PathBuf]) -> Result<Vec<Arc<Dialect>>, AppError> {
    match files {
        [] => Ok(bundle.dialects.all()?.into_iter().map(Arc::clone).collect()),
        files => files.iter().map(|file| from_file(file, bundle)).collect(),
    }
}

/// The dialect of a name or a path.
///
/// # Errors
///
/// There is none, or something in it is wrong.
pub fn find_dialect(bundle: &Bundle, name: &str) -> Result<Arc<Dialect>, AppError> {
    if name.ends_with(".yaml") {
        return from_file(Path::new(name), bundle);
    }
    bundle
        .dialects
        .get(name)?
        .map(Arc::clone)
        .ok_or_else(|| AppError::UnknownDialect {
            name: name.to_owned(),
            suggestion: bundle.dialects.suggest(name).map(str::to_owned),
        })
}

/// The JSON Schema of a dialect's file.
pub fn dialect_schema() -> Value {
    crate::dialect::dialect_schema()
}
