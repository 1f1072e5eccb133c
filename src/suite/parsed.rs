//! A file that is parsed when something is first wanted of it.

use std::sync::{Arc, OnceLock};

use crate::diagnostic::{Problem, Source};

/// Reads what a file says.
type Read<R> = fn(&Arc<Source>) -> Result<R, Problem>;

/// A file, and what it says.
#[derive(Debug)]
pub(super) struct Parsed<R> {
    source: Arc<Source>,
    read: Read<R>,
    raw: OnceLock<Result<R, Problem>>,
}

impl<R> Parsed<R> {
    /// A file that `read` parses. Nothing is parsed yet.
    pub(super) fn new(source: &Arc<Source>, read: Read<R>) -> Self {
        Self {
            source: Arc::clone(source),
            read,
            raw: OnceLock::new(),
        }
    }

    /// The file.
    pub(super) fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// What the file says.
    ///
    /// # Errors
    ///
    /// Its first mistake.
    pub(super) fn raw(&self) -> Result<&R, Problem> {
        let raw = self.raw.get_or_init(|| (self.read)(&self.source));
        raw.as_ref().map_err(Clone::clone)
    }

    /// Returns true if the file was parsed.
    pub(super) fn is_parsed(&self) -> bool {
        self.raw.get().is_some()
    }
}
