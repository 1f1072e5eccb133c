//! The places at which suite files stand.

use std::sync::Arc;

use super::shared::{EXPECTATIONS, FIXTURES, ROOT};
use crate::diagnostic::{Problem, Source, Spot};

/// The name of the file that asks for tables made from an input schema; no test can have it.
pub(super) const TABLES: &str = "_tables";

/// The path of a suite file, read from its end.
pub(super) struct Location {
    /// The domain; [`ROOT`] for what all domains share.
    pub(super) domain: String,
    /// The folder: a tool, or one of those that hold what tests share.
    pub(super) folder: String,
    /// The name of the file without `.yaml`.
    pub(super) stem: String,
}

impl Location {
    /// Reads the path of a file.
    ///
    /// # Errors
    ///
    /// No suite file stands there.
    pub(super) fn of(source: &Arc<Source>) -> Result<Self, Problem> {
        let wrong = || {
            Problem::of(
                source,
                "a suite file stands at `<domain>/<tool>/<test>.yaml`, `<domain>/_shared/<fixture>.yaml` or `_shared/<fixture>.yaml`",
            )
            .hint("tables from a schema stand at `<domain>/<tool>/_tables.yaml`, expectations at `_expectations/<expectation>.yaml`")
        };
        let mut parts = source.name().rsplit('/');
        let stem = parts
            .next()
            .and_then(|file| file.strip_suffix(".yaml"))
            .ok_or_else(wrong)?;
        let (Some(folder), Some(domain)) = (parts.next(), parts.next()) else {
            return Err(wrong());
        };
        if folder == ROOT || (domain == ROOT && ![FIXTURES, EXPECTATIONS].contains(&folder)) {
            return Err(wrong());
        }
        Ok(Self {
            domain: domain.to_owned(),
            folder: folder.to_owned(),
            stem: stem.to_owned(),
        })
    }

    /// Checks that a name in the file is the one that its place says.
    pub(super) fn agree(
        source: &Arc<Source>,
        found: &Spot<String>,
        what: &str,
        place: &str,
    ) -> Result<(), Problem> {
        if found.value == place {
            return Ok(());
        }
        Err(Problem::at(
            source,
            found.span(source),
            format!(
                "the {what} is `{}`, but the file stands at `{place}`",
                found.value
            ),
        )
        .hint("rename the one or the other"))
    }
}
