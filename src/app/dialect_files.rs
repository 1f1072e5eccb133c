//! The files of dialects: reading them, and checking what they say of tests against the suites.

use std::path::Path;
use std::sync::Arc;

use super::{AppError, files::read_source};
use crate::capability::Registry;
use crate::diagnostic::{Problems, Source};
use crate::dialect::{Dialect, Dialects};
use crate::suite::Suites;

/// The largest file of a dialect that is read, in bytes.
const LARGEST: u64 = 256 * 1024;

/// Loads the files of a `dialects/` folder and checks that every test that a gap names exists.
///
/// # Errors
///
/// Every mistake of every file.
pub(super) fn load(
    sources: &[Arc<Source>],
    registry: &Registry,
    suites: &Suites,
) -> Result<Dialects, AppError> {
    let dialects = Dialects::load(sources, registry)?;
    let mut problems = Problems::new();
    for dialect in dialects.all()? {
        problems.extend(unknown_tests(dialect, suites));
    }
    Ok(problems.or(dialects)?)
}

/// Reads a dialect from a file, wherever it stands, and checks that every test that a gap names exists.
///
/// # Errors
///
/// The file cannot be read, or every mistake in it.
pub(super) fn load_file(path: &Path, registry: &Registry, suites: &Suites) -> Result<Arc<Dialect>, AppError> {
    let mut dialect = Dialects::load_one(&read_source(path, LARGEST)?, registry)?;
    dialect.source = path.display().to_string();
    unknown_tests(&dialect, suites).or(())?;
    Ok(Arc::new(dialect))
}

/// The tests that gaps name and no suite has.
fn unknown_tests(dialect: &Dialect, suites: &Suites) -> Problems {
    let mut problems = Problems::new();
    for call in &dialect.calls {
        for test in call.gaps.iter().flat_map(|gap| &gap.tests) {
            let known = suites.iter().any(|known| {
                known.id.capability.id == call.contract.reference.id
                    && known.ids().any(|id| id.name.as_str() == test.name)
            });
            if !known {
                problems.push(test.problem.clone());
            }
        }
    }
    problems
}
